package chat

import (
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// Stream writes the chunks of one streamed answer: any pieces, a Finish for each choice, then End. Each method gives
// out one event. The zero Stream is ready; keep it in the exchange's state.
//
// For the completions endpoint only text is given out: it has no place for reasoning and tool calls.
type Stream struct {
	// Choice is the number of the choice that the next pieces belong to, 0 to 63.
	Choice int

	head     string // what each chunk begins with, up to the choices
	text     bool
	begun    uint64 // choices, as bits
	finished uint64
	delta    sdk.Object
	next     string // what each further chunk of choice 0 begins with, up to what is in its delta
}

// Begin fixes the answer's id and model. "" stands for a new id and the model that was asked for. Only the first call
// counts; without one the first piece begins the answer.
func (s *Stream) Begin(c *sdk.Call, id, model string) {
	if s.head != "" {
		return
	}
	s.text = c.Endpoint() == hostabi.Completions
	s.head = string(appendHead(nil, c, id, model, s.text, true))
}

// Begun reports whether the answer has begun.
func (s *Stream) Begun() bool { return s.head != "" }

// Finished reports whether the answer has begun and each of its choices has ended.
func (s *Stream) Finished() bool { return s.finished != 0 && s.begun&^s.finished == 0 }

// appendHead writes the members that all pieces of an answer share, up to the value of choices.
func appendHead(b []byte, c *sdk.Call, id, model string, text, stream bool) []byte {
	object, prefix := "chat.completion", "chatcmpl-"
	if text {
		object, prefix = "text_completion", "cmpl-"
	} else if stream {
		object = "chat.completion.chunk"
	}
	if id == "" {
		id = sdk.RandomID(prefix)
	}
	if model == "" {
		model = c.Attr(attrModel)
	}
	b = append(b, `{"id":"`...)
	b = tape.AppendQuoted(b, []byte(id))
	b = append(b, `","object":"`...)
	b = append(b, object...)
	b = append(b, `","created":`...)
	b = strconv.AppendInt(b, sdk.Now(), 10)
	b = append(b, `,"model":"`...)
	b = tape.AppendQuoted(b, []byte(model))
	return append(b, `","choices":`...)
}

// Text gives out a piece of the answer's text: the inside of a string value. Once a choice has begun, the host answers
// further events that are alike but for v by itself: whoever calls Text must not need to see each of them.
func (s *Stream) Text(c *sdk.Call, v sdk.Value) {
	if !s.simple(v) {
		s.closeText(c, s.openText(c).Content(v))
		return
	}
	c.Repeat(v)
	c.Emit(c.Out().Lit(s.next).Lit(`"content":`).Raw(v).Lit(`}}]}`))
}

// simple reports whether a piece can be written in one go. Nearly all pieces of a stream can.
func (s *Stream) simple(v sdk.Value) bool { return s.Choice == 0 && s.next != "" && v.IsString() }

// TextString is Text for a string.
func (s *Stream) TextString(c *sdk.Call, text string) { s.closeText(c, s.openText(c).Escape(text)) }

func (s *Stream) openText(c *sdk.Call) *sdk.Out {
	if s.Begin(c, "", ""); s.text {
		s.begun |= 1 << s.Choice
		return s.open(c).Lit(`,"text":"`)
	}
	return s.Open(c).Key("content").Lit(`"`)
}

func (s *Stream) closeText(c *sdk.Call, o *sdk.Out) {
	o.Lit(`"`)
	if s.text {
		c.Emit(o.Lit(`,"logprobs":null,"finish_reason":null}]}`))
		return
	}
	s.Emit(c)
}

func (s *Stream) open(c *sdk.Call) *sdk.Out {
	return c.Out().Lit(s.head).Lit(`[{"index":`).Int(int64(s.Choice))
}

// Open begins a chunk of a chat whose delta the caller fills with members; Emit gives it out. The first chunk of a
// choice has its role already.
func (s *Stream) Open(c *sdk.Call) *sdk.Object {
	s.Begin(c, "", "")
	s.delta = s.open(c).Lit(`,"delta":`).Object()
	if bit := uint64(1) << s.Choice; s.begun&bit == 0 {
		s.begun |= bit
		s.delta.Key("role").Lit(`"assistant"`)
		if s.Choice == 0 {
			s.next = s.head + `[{"index":0,"delta":{`
		}
	}
	return &s.delta
}

// Emit gives out the chunk that Open began.
func (s *Stream) Emit(c *sdk.Call) { c.Emit(s.delta.Close().Lit(`}]}`)) }

// Reasoning gives out a piece of the model's reasoning as reasoning_content.
func (s *Stream) Reasoning(c *sdk.Call, v sdk.Value) {
	if s.Begin(c, "", ""); s.text {
		return
	}
	s.Open(c).Key("reasoning_content").Lit(`"`).Content(v).Lit(`"`)
	s.Emit(c)
}

// ToolCall begins the tool call with that number, counted from 0 within the choice. An id that doesn't exist is made up.
func (s *Stream) ToolCall(c *sdk.Call, index int, id, name sdk.Value) {
	if s.Begin(c, "", ""); s.text {
		return
	}
	o := s.openCall(c, index).Lit(`,`)
	writeCallHead(o, id, name)
	o.Lit(`""}}]`)
	s.Emit(c)
}

// Arguments gives out a piece of a tool call's arguments: a string holds JSON text, any other value is JSON itself.
func (s *Stream) Arguments(c *sdk.Call, index int, piece sdk.Value) {
	if s.simple(piece) {
		c.Repeat(piece)
		o := c.Out().Lit(s.next).Lit(`"tool_calls":[{"index":`).Int(int64(index))
		c.Emit(o.Lit(`,"function":{"arguments":`).Raw(piece).Lit(`}}]}}]}`))
		return
	}
	if s.Begin(c, "", ""); s.text {
		return
	}
	o := s.openCall(c, index).Lit(`,"function":{"arguments":`)
	writeArguments(o, piece)
	o.Lit(`}}]`)
	s.Emit(c)
}

// ArgumentsString is Arguments for JSON text in a string.
func (s *Stream) ArgumentsString(c *sdk.Call, index int, json string) {
	if s.Begin(c, "", ""); s.text {
		return
	}
	o := s.openCall(c, index).Lit(`,"function":{"arguments":`)
	o.String(json).Lit(`}}]`)
	s.Emit(c)
}

func (s *Stream) openCall(c *sdk.Call, index int) *sdk.Out {
	return s.Open(c).Key("tool_calls").Lit(`[{"index":`).Int(int64(index))
}

// Finish ends the choice. Only its first call counts.
func (s *Stream) Finish(c *sdk.Call, reason string) {
	s.Begin(c, "", "")
	bit := uint64(1) << s.Choice
	if s.finished&bit != 0 {
		return
	}
	s.finished |= bit
	if s.text {
		c.Emit(s.open(c).Lit(`,"text":"","logprobs":null,"finish_reason":`).String(reason).Lit(`}]}`))
		return
	}
	if s.begun&bit == 0 {
		s.TextString(c, "")
	}
	c.Emit(s.open(c).Lit(`,"delta":{},"finish_reason":`).String(reason).Lit(`}]}`))
}

// FinishAll ends every choice that has begun and not ended, and an answer without any choice, for upstreams that don't
// say why they stopped.
func (s *Stream) FinishAll(c *sdk.Call, reason string) {
	if s.begun|s.finished == 0 {
		s.Finish(c, reason)
	}
	for s.Choice = range 64 {
		if mark := uint64(1) << s.Choice; s.begun&mark != 0 && s.finished&mark == 0 {
			s.Finish(c, reason)
		}
	}
	s.Choice = 0
}

// End reports the usage and, when the client asked for it, gives it out as the last event.
func (s *Stream) End(c *sdk.Call, u sdk.Usage) {
	c.Usage(u)
	if !c.IncludeUsage() {
		return
	}
	s.Begin(c, "", "")
	o := c.Out().Lit(s.head).Lit(`[],"usage":`)
	WriteUsage(o, u)
	c.Emit(o.Lit(`}`))
}
