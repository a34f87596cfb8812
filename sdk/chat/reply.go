package chat

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// Reply writes one complete answer. For each choice: texts, then reasoning, then tool calls, then Finish; after the
// last choice Send. For the completions endpoint only text is given out.
type Reply struct {
	c      *sdk.Call
	out    *sdk.Out
	text   bool
	choice int
	part   part
}

// part is the member of the message that is being written.
type part uint8

const (
	partNone part = iota
	partText
	partAfterText
	partReasoning
	partCalls
)

// NewReply begins the answer. "" stands for a new id and the model that was asked for.
func NewReply(c *sdk.Call, id, model string) Reply {
	text := c.Endpoint() == hostabi.Completions
	o := c.Out().Lit(string(appendHead(nil, c, id, model, text, false))).Lit(`[`)
	return Reply{c: c, out: o, text: text}
}

// Text adds the inside of a string value to the choice's text.
func (r *Reply) Text(v sdk.Value) { r.openText().Content(v) }

// TextString is Text for a string.
func (r *Reply) TextString(s string) { r.openText().Escape(s) }

func (r *Reply) openText() *sdk.Out {
	if r.part == partText {
		return r.out
	}
	r.part = partText
	r.openChoice()
	if r.text {
		return r.out.Lit(`,"text":"`)
	}
	return r.out.Lit(`,"message":{"role":"assistant","content":"`)
}

func (r *Reply) openChoice() {
	if r.choice > 0 {
		r.out.Lit(`,`)
	}
	r.out.Lit(`{"index":`).Int(int64(r.choice))
}

// leaveText closes the text, or says that there is none.
func (r *Reply) leaveText() {
	switch r.part {
	case partText:
		r.out.Lit(`"`)
	case partNone:
		r.openChoice()
		r.out.Lit(r.noText())
	default:
		return
	}
	r.part = partAfterText
}

func (r *Reply) noText() string {
	if r.text {
		return `,"text":""`
	}
	return `,"message":{"role":"assistant","content":null`
}

// Reasoning adds the inside of a string value to the choice's reasoning_content.
func (r *Reply) Reasoning(v sdk.Value) {
	r.leaveText()
	if r.text {
		return
	}
	if r.part == partAfterText {
		r.out.Lit(`,"reasoning_content":"`)
		r.part = partReasoning
	}
	r.out.Content(v)
}

// ToolCall adds a tool call. An id that doesn't exist is made up; arguments are a string that holds JSON text, or any
// other value, which is JSON itself; without them they are empty.
func (r *Reply) ToolCall(id, name, arguments sdk.Value) {
	r.leaveText()
	if r.text {
		return
	}
	if r.part == partCalls {
		r.out.Lit(`,{`)
	} else {
		r.leaveReasoning()
		r.out.Lit(`,"tool_calls":[{`)
	}
	r.part = partCalls
	writeCallHead(r.out, id, name)
	if arguments.Exists() {
		writeArguments(r.out, arguments)
	} else {
		r.out.Lit(`"{}"`)
	}
	r.out.Lit(`}}`)
}

func (r *Reply) leaveReasoning() {
	if r.part == partReasoning {
		r.out.Lit(`"`)
		r.part = partAfterText
	}
}

// Finish ends the choice; what follows belongs to the next one.
func (r *Reply) Finish(reason string) {
	if r.part == partNone {
		r.openText()
	}
	r.leaveText()
	r.leaveReasoning()
	if r.part == partCalls {
		r.out.Lit(`]`)
	}
	if r.text {
		r.out.Lit(`,"logprobs":null`)
	} else {
		r.out.Lit(`}`)
	}
	r.out.Lit(`,"finish_reason":`).String(reason).Lit(`}`)
	r.part = partNone
	r.choice++
}

// Send ends the answer with its usage, which it reports too.
func (r *Reply) Send(u sdk.Usage) {
	r.c.Usage(u)
	r.out.Lit(`],"usage":`)
	WriteUsage(r.out, u)
	r.end()
}

// SendUncounted ends the answer without usage: the gateway estimates it.
func (r *Reply) SendUncounted() {
	r.out.Lit(`]`)
	r.end()
}

func (r *Reply) end() {
	if !r.text {
		r.out.Lit(`,"system_fingerprint":null`)
	}
	r.c.Body(r.out.Lit(`}`))
}
