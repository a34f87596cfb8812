package main

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// conversation is a chat request of about size bytes, in messages of about 500.
func conversation(size int) string {
	message := `{"role":"user","content":"` + strings.Repeat("All work and no play. ", 21) + `"}`
	list := strings.Repeat(message+",", size/len(message))
	return `{"model":"gpt-4o","temperature":0.5,"messages":[` + list + message + `]}`
}

const (
	plainChunk = `{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1741850000,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}`
	nullUsage  = `{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1741850000,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}`
	roleChunk  = `{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1741850000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"role":"assistant","content":" word"},"finish_reason":null}]}`
	reply      = `{"id":"chatcmpl-1","object":"chat.completion","created":1741850000,"model":"gpt-4o-2024-08-06","system_fingerprint":null,"choices":[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default"}`
)

func BenchmarkGuest(b *testing.B) {
	p := sdktest.Wasm(b, ".")
	for _, bm := range []struct {
		name, vendor string
		event        hostabi.Event
		flags        uint32
		body         string
	}{
		{"request 1 KB passed", "openai", hostabi.EventRequest, 0, conversation(500)},
		{"request 10 KB passed", "openai", hostabi.EventRequest, 0, conversation(10 << 10)},
		{"request 100 KB passed", "openai", hostabi.EventRequest, 0, conversation(100 << 10)},
		{"request 50 KB passed", "openai", hostabi.EventRequest, 0, conversation(50 << 10)},
		{"request 50 KB passed, roles read", "groq", hostabi.EventRequest, 0, conversation(50 << 10)},
		{"request 50 KB streamed", "openai", hostabi.EventRequest, hostabi.FlagStream, conversation(50 << 10)},
		{"request 50 KB without system", "openai", hostabi.EventRequest, hostabi.FlagNoSystem, conversation(50 << 10)},
		{"response passed", "openai", hostabi.EventResponse, 0, reply},
		{"chunk passed", "openai", hostabi.EventChunk, hostabi.FlagStream, plainChunk},
		{"chunk without its null usage", "openai", hostabi.EventChunk, hostabi.FlagStream, nullUsage},
		{"chunk with a repeated role", "openai", hostabi.EventChunk, hostabi.FlagStream, roleChunk},
	} {
		b.Run(bm.name, func(b *testing.B) {
			x := sdktest.Exchange{Vendor: bm.vendor, Flags: bm.flags}
			p.Measure(b, x, sdktest.Step{Event: hostabi.EventRequest, Data: `{}`}, sdktest.Step{Event: bm.event, Data: bm.body})
		})
	}
}
