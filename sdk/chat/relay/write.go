package relay

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// part says which half of a chunk is written.
type part uint8

const (
	partAll  part = iota
	partSays      // without the reasons to stop
	partEnds      // nothing but them
)

// write gives out a chunk with what is wrong in it made right.
func (s *State) write(c *sdk.Call, doc sdk.Value, p part, r right) {
	o := c.Out()
	w := o.Object()
	if !r.head {
		s.writeHead(c, &w)
	}
	for m := doc.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyUsage:
		case keyID, keyObject, keyCreated, keyModel:
			if r.head {
				w.Keep(m)
			}
		case keyChoices:
			if r.choices {
				w.Keep(m)
				continue
			}
			w.Key("choices")
			s.writeChoices(c, o, m, p)
		default:
			if p != partEnds {
				w.Keep(m)
			}
		}
	}
	c.Emit(w.Close())
}

// writeHead adds the members that all chunks share.
func (s *State) writeHead(c *sdk.Call, w *sdk.Object) {
	w.Key("id").String(s.id)
	if c.Endpoint() == hostabi.Completions {
		w.Key("object").Lit(`"text_completion"`)
	} else {
		w.Key("object").Lit(`"chat.completion.chunk"`)
	}
	w.Key("created").Lit(s.created)
	w.Key("model").String(s.model)
}

func (s *State) writeChoices(c *sdk.Call, o *sdk.Out, choices sdk.Value, p part) {
	before := s.seen
	o.Lit("[")
	separator := ""
	position := 0
	for choice := choices.First(); choice.Exists(); choice = choice.Next() {
		calls := before
		v := view{index: position}
		if c.Endpoint() == hostabi.Completions {
			before.lookText(choice, &v)
		} else {
			before.look(choice, &v, "")
		}
		position++
		if !v.wanted(p) {
			continue
		}
		o.Lit(separator)
		separator = ","
		if c.Endpoint() == hostabi.Completions {
			writeText(o, choice, v)
		} else {
			writeChoice(o, choice, v, p, &calls)
		}
	}
	o.Lit("]")
}

func (v view) wanted(p part) bool {
	switch p {
	case partSays:
		return v.first || v.says
	case partEnds:
		return v.ends != ""
	}
	return v.first || v.says || v.ends != "" || !v.mended
}

func writeChoice(o *sdk.Out, choice sdk.Value, v view, p part, calls *seen) {
	w := o.Object()
	if index := choice.Get(keyIndex); index.IsNull() {
		w.Key("index").Int(int64(v.index))
	} else {
		w.Keep(index)
	}
	for m := choice.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyIndex, keyFinishReason, keyMessage:
		case keyDelta:
			if p != partEnds {
				writeDelta(w.Key("delta"), m, v, calls)
			}
		default:
			if p != partEnds {
				w.Keep(m)
			}
		}
	}
	if p == partEnds || !choice.Get(keyDelta).Exists() {
		w.Key("delta").Lit("{}")
	}
	if v.ends != "" && p != partSays {
		w.Key("finish_reason").String(v.ends)
	}
	w.Close()
}

func writeDelta(o *sdk.Out, delta sdk.Value, v view, calls *seen) {
	w := o.Object()
	if v.first {
		w.Key("role").Lit(`"assistant"`)
	}
	known := delta.Get(keyReasoningContent).Exists()
	for m := delta.First(); m.Exists(); m = m.Next() {
		switch {
		case m.Key() == keyRole:
		case m.Key() == keyContent && m.IsArray():
			writeThoughts(&w, m)
			if hasPart(m, typeText) {
				writeTexts(w.Key("content"), m)
			}
		case m.Key() == keyReasoning && m.IsString() && !known:
			w.Key("reasoning_content").Raw(m)
		case m.Key() == keyToolCalls && m.IsArray():
			w.Key("tool_calls")
			calls.writeCalls(o, m, v.index)
		default:
			w.Keep(m)
		}
	}
	w.Close()
}

// writeUsage gives out a chunk with nothing but usage.
func (s *State) writeUsage(c *sdk.Call, usage string) {
	w := c.Out().Object()
	s.writeHead(c, &w)
	w.Key("choices").Lit("[]")
	w.Key("usage").Lit(usage)
	c.Emit(w.Close())
}
