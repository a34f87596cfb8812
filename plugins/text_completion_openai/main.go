// Package main is the guest for models that only continue a text: it turns chats into prompts and texts into messages.
package main

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

// state is what the hooks keep for one exchange.
type state struct {
	relay  relay.State // of a completions request: nothing has to be turned
	stream chat.Stream
	usage  sdk.Usage
	used   bool
}

func init() {
	sdk.Provide(sdk.Provider[state]{
		Request:  request,
		Response: response,
		Chunk:    chunk,
		End:      end,
		Error:    func(c *sdk.Call, _ *state) error { return chat.ReplyError(c) },
	})
}

func main() {}

var (
	keyChoices       = sdk.Name("choices")
	keyFinishReason  = sdk.Name("finish_reason")
	keyID            = sdk.Name("id")
	keyIndex         = sdk.Name("index")
	keyLogprobs      = sdk.Name("logprobs")
	keyMessages      = sdk.Name("messages")
	keyModel         = sdk.Name("model")
	keyStreamOptions = sdk.Name("stream_options")
	keyText          = sdk.Name("text")
	keyTopLogprobs   = sdk.Name("top_logprobs")
	keyUsage         = sdk.Name("usage")
)

// request turns a chat into a prompt: by the deployment's template, or else the messages' texts with a space between.
func request(c *sdk.Call, s *state) error {
	if c.Endpoint() == hostabi.Completions {
		return relay.Request(c, &s.relay)
	}
	w := c.Out().Object()
	for m := c.Doc().First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyMessages:
			writePrompt(c, w.Key("prompt"), m)
		case keyLogprobs:
			writeLogprobs(&w, m, c.Doc().Get(keyTopLogprobs))
		case keyTopLogprobs, keyStreamOptions:
		default:
			w.Keep(m)
		}
	}
	if c.Stream() {
		w.Key("stream_options").Lit(`{"include_usage":true}`)
	}
	c.Body(w.Close())
	return nil
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

// writeLogprobs turns chat's switch and count into the one number that completions take.
func writeLogprobs(w *sdk.Object, on, top sdk.Value) {
	if on.True() {
		w.Key("logprobs").Int(max(1, top.Int()))
	}
}

func response(c *sdk.Call, s *state) error {
	if c.Endpoint() == hostabi.Completions {
		return relay.Response(c, &s.relay)
	}
	doc := c.Doc()
	if err := chat.ErrorIn(doc); err != nil {
		return err
	}
	if !doc.Get(keyChoices).IsArray() {
		return sdk.Refuse(hostabi.InternalServer, "the upstream's reply has no choices: "+chat.PlainText(c.Bytes()))
	}
	r := chat.NewReply(c, doc.Get(keyID).Text(), doc.Get(keyModel).Text())
	for choice := doc.Get(keyChoices).First(); choice.Exists(); choice = choice.Next() {
		r.Text(choice.Get(keyText))
		reason := chat.FinishReason(choice.Get(keyFinishReason))
		if reason == "" {
			reason = chat.Stop
		}
		r.Finish(reason)
	}
	if usage := doc.Get(keyUsage); usage.IsObject() {
		r.Send(chat.ReadUsage(usage, hostabi.Chat))
	} else {
		r.SendUncounted()
	}
	return nil
}

func chunk(c *sdk.Call, s *state) error {
	doc := c.Doc()
	if c.Endpoint() == hostabi.Completions || !doc.IsObject() {
		return relay.Chunk(c, &s.relay)
	}
	if err := chat.ErrorIn(doc); err != nil {
		return err
	}
	if usage := doc.Get(keyUsage); usage.IsObject() {
		s.usage, s.used = chat.ReadUsage(usage, hostabi.Chat), true
		c.Usage(s.usage)
	}
	s.stream.Begin(c, doc.Get(keyID).Text(), doc.Get(keyModel).Text())
	for choice := doc.Get(keyChoices).First(); choice.Exists(); choice = choice.Next() {
		s.stream.Choice = int(choice.Get(keyIndex).Int()) & 63
		if text := choice.Get(keyText); !text.Empty() {
			s.stream.Text(c, text)
		}
		if reason := chat.FinishReason(choice.Get(keyFinishReason)); reason != "" {
			s.stream.Finish(c, reason)
		}
	}
	return nil
}

func end(c *sdk.Call, s *state) error {
	if c.Endpoint() == hostabi.Completions {
		return relay.End(c, &s.relay)
	}
	if s.stream.Begun() {
		s.stream.FinishAll(c, chat.Stop)
	}
	if s.used {
		s.stream.End(c, s.usage)
	}
	return nil
}
