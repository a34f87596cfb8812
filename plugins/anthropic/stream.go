package main

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// stream is what a streamed answer needs to remember between events.
type stream struct {
	chat.Stream
	// block is the kind of the content block that is open, as far as it concerns the client.
	block uint8
	// tools counts the client's tools that were called; the last has index tools-1.
	tools int
	// fed tells that the open tool got arguments.
	fed bool
	// answered tells that jsonTool was called; held is the text that came although JSON was asked for.
	answered bool
	held     []byte
	foreign  bool // the stream is in OpenAI's format already
	reason   string
	usage    tokens
}

const (
	eventDelta uint8 = 1 + iota
	eventBlockStart
	eventBlockStop
	eventStart
	eventMessageDelta
	eventStop
	eventError
)

var events = number(map[string]uint8{
	"content_block_delta": eventDelta,
	"content_block_start": eventBlockStart,
	"content_block_stop":  eventBlockStop,
	"message_start":       eventStart,
	"message_delta":       eventMessageDelta,
	"message_stop":        eventStop,
	"error":               eventError,
})

var nameChunk = sdk.Name("chat.completion.chunk")

// onChunk translates one event. Kinds that it doesn't know, pings among them, mean nothing to the client.
func onChunk(c *sdk.Call, s *state) error {
	d, t := c.Doc(), &s.stream
	switch events.of(d.Get(keyType).Atom()) {
	case eventDelta:
		t.piece(c, s.json, d.Get(keyDelta))
	case eventBlockStart:
		t.open(c, s.json, d.Get(keyContentBlock))
	case eventBlockStop:
		t.close(c)
	case eventStart:
		t.start(c, d.Get(keyMessage))
	case eventMessageDelta:
		t.count(c, d.Get(keyUsage))
		t.finish(c, chat.FinishReason(d.Get(keyDelta).Get(keyStopReason)))
	case eventStop:
		t.finish(c, chat.Stop)
	case eventError:
		return chat.ErrorIn(d)
	default:
		t.other(c, d)
	}
	return nil
}

// onEnd refuses to call an answer complete that Anthropic didn't finish.
func onEnd(c *sdk.Call, s *state) error {
	t := &s.stream
	switch {
	case t.foreign:
	case t.reason == "":
		return sdk.Refuse(hostabi.APIConnection, "the stream ended before the answer was complete")
	case t.usage.known:
		t.End(c, t.usage.usage())
	}
	return nil
}

// start takes over what the message says of itself. Nothing is sent before there is content, so that an answer that
// fails at once can be tried elsewhere.
func (t *stream) start(c *sdk.Call, message sdk.Value) {
	t.Begin(c, message.Get(keyID).Text(), message.Get(keyModel).Text())
	t.count(c, message.Get(keyUsage))
}

// count reports what was used so far, for streams that are left early.
func (t *stream) count(c *sdk.Call, usage sdk.Value) {
	if t.usage.read(usage); t.usage.known {
		c.Usage(t.usage.usage())
	}
}

// finish sends the reason why the answer ended, once; "" says that it goes on.
func (t *stream) finish(c *sdk.Call, reason string) {
	if reason == "" || t.reason != "" {
		return
	}
	t.reason = reason
	if len(t.held) > 0 && !t.answered {
		t.TextString(c, string(t.held))
	}
	t.Finish(c, outcome(reason, t.answered && t.tools == 0))
}

// other passes chunks that are OpenAI's already.
func (t *stream) other(c *sdk.Call, d sdk.Value) {
	if d.Get(keyObject).Is(nameChunk) {
		t.foreign = true
		reportOpenAI(c, d.Get(keyUsage))
		c.Pass()
	}
}
