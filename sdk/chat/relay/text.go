package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// lookText is look for a choice of a completions stream.
func (n *seen) lookText(choice sdk.Value, v *view) {
	var at [choiceMembers]sdk.Value
	choiceShape.Read(choice, at[:])
	v.number(at[atIndex])
	v.says = !at[atText].Empty()
	v.mended = v.mended || !at[atText].IsString()
	mark := bit(v.index)
	n.begun |= mark
	if v.ends = chat.FinishReason(at[atFinish]); v.ends != "" {
		n.finished |= mark
		v.mended = v.mended || !isOpenAIs(at[atFinish].Atom())
	}
}

// writeText adds a choice of a completions reply or chunk.
func writeText(o *sdk.Out, choice sdk.Value, v view) {
	w := o.Object()
	w.Key("index").Int(int64(v.index))
	for m := choice.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyIndex, keyText, keyFinishReason:
		default:
			w.Keep(m)
		}
	}
	if text := choice.Get(keyText); text.IsString() {
		w.Key("text").Raw(text)
	} else {
		w.Key("text").Lit(`""`)
	}
	if v.ends != "" {
		w.Key("finish_reason").String(v.ends)
	} else {
		w.Key("finish_reason").Lit("null")
	}
	w.Close()
}

// chatAsText turns a chunk of a chat into chunks of a completion.
func (s *State) chatAsText(c *sdk.Call, doc sdk.Value) {
	position := 0
	for choice := doc.Get(keyChoices).First(); choice.Exists(); choice = choice.Next() {
		s.text.Choice = min(position, maxTracked-1)
		if index := choice.Get(keyIndex); !index.IsNull() {
			s.text.Choice = min(int(index.Int()), maxTracked-1)
		}
		position++
		s.text.Begin(c, doc.Get(keyID).Text(), doc.Get(keyModel).Text())
		if content := choice.Get(keyDelta).Get(keyContent); content.IsString() && !content.Empty() {
			s.text.Text(c, content)
		}
		if reason := reasonOr("", choice); reason != "" {
			s.text.Finish(c, reason)
		}
	}
}

// replyAsText turns a reply to a chat into one to a completions request.
func replyAsText(c *sdk.Call, s *State, doc sdk.Value) {
	r := chat.NewReply(c, doc.Get(keyID).Text(), doc.Get(keyModel).Text())
	for choice := doc.Get(keyChoices).First(); choice.Exists(); choice = choice.Next() {
		content := choice.Get(keyMessage).Get(keyContent)
		r.Text(content)
		for part := content.First(); part.Exists(); part = part.Next() {
			r.Text(part.Get(keyText))
		}
		r.Finish(reasonOr(chat.Stop, choice))
	}
	s.send(&r)
}
