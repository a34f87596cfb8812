package relay

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// prompted reports whether a chat goes to the completions endpoint: always, or when the deployment has a template.
func prompted(c *sdk.Call, q Quirks) bool {
	if c.Endpoint() != hostabi.Chat || !q.has(ChatByCompletions|PromptTemplates) {
		return false
	}
	_, template := chat.TemplateOf(c)
	return template || q.has(ChatByCompletions)
}

// prompt turns a chat into a completions request: by the deployment's template, or else the messages' texts with a
// space between.
func prompt(c *sdk.Call, q Quirks) {
	if !q.has(ChatByCompletions) {
		c.Path(v1(c, q) + "/completions")
	}
	w := c.Out().Object()
	for m := c.Doc().First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyMessages:
			writePrompt(c, w.Key("prompt"), m)
		case keyLogprobs:
			if m.True() { // chat has a switch and a count, completions the one number
				w.Key("logprobs").Int(max(1, c.Doc().Get(keyTopLogprobs).Int()))
			}
		case keyTopLogprobs:
		case keyStreamOptions:
			if q.has(StreamOptionsAsGiven) {
				w.Keep(m)
			}
		default:
			w.Keep(m)
		}
	}
	if c.Stream() && !q.has(NoStreamOptions|StreamOptionsAsGiven) {
		w.Key("stream_options").Lit(`{"include_usage":true}`)
	}
	c.Body(w.Close())
}

func writePrompt(c *sdk.Call, o *sdk.Out, messages sdk.Value) {
	o.Lit(`"`)
	if template, ok := chat.TemplateOf(c); ok {
		template.Write(o, messages)
	} else {
		chat.WriteJoined(o, messages)
	}
	o.Lit(`"`)
}

// textAsReply turns a reply of the completions endpoint into a chat's.
func textAsReply(c *sdk.Call, s *State, doc sdk.Value) {
	r := chat.NewReply(c, doc.Get(keyID).Text(), doc.Get(keyModel).Text())
	for choice := doc.Get(keyChoices).First(); choice.Exists(); choice = choice.Next() {
		r.Text(choice.Get(keyText))
		r.Finish(reasonOr(chat.Stop, choice))
	}
	s.send(&r)
}

// textAsChat turns a chunk of the completions endpoint into chunks of a chat.
func (s *State) textAsChat(c *sdk.Call, k *chunk) {
	s.text.Begin(c, k.at[atID].Text(), k.at[atModel].Text())
	for choice := k.at[atChoices].First(); choice.Exists(); choice = choice.Next() {
		s.text.Choice = int(choice.Get(keyIndex).Int()) & (maxTracked - 1)
		if text := choice.Get(keyText); !text.Empty() {
			s.text.Text(c, text)
		}
		if reason := reasonOr("", choice); reason != "" {
			s.text.Finish(c, reason)
		}
	}
}

// reasonOr is a choice's reason to stop, or other when it gives none.
func reasonOr(other string, choice sdk.Value) string {
	if reason := chat.FinishReason(choice.Get(keyFinishReason)); reason != "" {
		return reason
	}
	return other
}

// send ends a reply with the usage that was counted.
func (s *State) send(r *chat.Reply) {
	if s.usage == (sdk.Usage{}) {
		r.SendUncounted()
		return
	}
	r.Send(s.usage)
}
