package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// conversationOf is a request of about size bytes: instructions, a tool, and turns of a conversation with a tool call.
func conversationOf(messages, size int) string {
	var b strings.Builder
	b.WriteString(`{"model":"claude-sonnet-4-5","max_tokens":1024,"temperature":0.2,"stream":true,"messages":[{"role":"system","content":"Be brief."}`)
	text := strings.Repeat(`The quick brown fox jumps over the lazy dog, and nobody in the whole village minds.\n`, 1+(size-600)/messages/85)
	for i := range messages {
		if i%2 == 0 {
			fmt.Fprintf(&b, `,{"role":"user","content":"%s"}`, text)
		} else if i%8 == 3 {
			fmt.Fprintf(&b, `,{"role":"assistant","content":null,"tool_calls":[{"id":"call_%d","type":"function","function":{"name":"find","arguments":"{\"text\":\"fox\"}"}}]},{"role":"tool","tool_call_id":"call_%d","content":"%s"}`, i, i, text)
		} else {
			fmt.Fprintf(&b, `,{"role":"assistant","content":"%s"}`, text)
		}
	}
	b.WriteString(`],"tools":[{"type":"function","function":{"name":"find","description":"Finds text.","parameters":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}}]}`)
	return b.String()
}

const (
	benchStart = `{"type":"message_start","message":{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4-5-20250929","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}}`
	benchBlock = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	benchDelta = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" quick brown fox"}}`
	benchTool  = `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_01","name":"find","input":{}}}`
	benchInput = `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"text\": \"fo"}}`
	benchReply = `{"model":"claude-sonnet-4-5-20250929","id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","content":[{"type":"text","text":"I look for the fox."},{"type":"tool_use","id":"toolu_01","name":"find","input":{"text":"fox"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":31,"service_tier":"standard"}}`
)

// both runs a benchmark over the same source, in wasm and natively.
func both(b *testing.B, x sdktest.Exchange, steps ...sdktest.Step) {
	b.Run("wasm", func(b *testing.B) { sdktest.Wasm(b, ".").Measure(b, x, steps...) })
	b.Run("native", func(b *testing.B) { sdktest.Native(b, ".").Measure(b, x, steps...) })
}

func event(data string) sdktest.Step { return sdktest.Step{Event: hostabi.EventChunk, Data: data} }

func BenchmarkRequest(b *testing.B) {
	for _, size := range []struct {
		name            string
		messages, bytes int
	}{{"1KB", 2, 1 << 10}, {"10KB", 12, 10 << 10}, {"100KB", 40, 100 << 10}} {
		body := conversationOf(size.messages, size.bytes)
		b.Run(size.name, func(b *testing.B) {
			both(b, sdktest.Exchange{Flags: hostabi.FlagStream}, sdktest.Step{Event: hostabi.EventRequest, Data: body})
		})
	}
}

func BenchmarkChunk(b *testing.B) {
	b.Run("text", func(b *testing.B) {
		both(b, sdktest.Exchange{}, event(benchStart), event(benchBlock), event(benchDelta))
	})
	b.Run("arguments", func(b *testing.B) {
		both(b, sdktest.Exchange{}, event(benchStart), event(benchTool), event(benchInput))
	})
}

func BenchmarkResponse(b *testing.B) {
	both(b, sdktest.Exchange{}, sdktest.Step{Event: hostabi.EventResponse, Data: benchReply})
}
