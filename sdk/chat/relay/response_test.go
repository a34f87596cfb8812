package relay_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestResponse(t *testing.T) {
	head := `{"id":"i","object":"chat.completion","created":7,"model":"m","system_fingerprint":null,`
	for _, tc := range []struct{ name, in, want string }{
		{"right", head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`, same},
		{"right with calls", head + `"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`, same},
		{"right with function", head + `"choices":[{"index":0,"message":{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]}`, same},
		{"no choices", head + `"choices":[]}`, same},
		{"no fingerprint", `{"id":"i","object":"chat.completion","created":7,"model":"m","choices":[]}`, head + `"choices":[]}`},
		{"no head", `{"choices":[]}`, `{"id":"chatcmpl-*","object":"chat.completion","created":N,"model":"asked-for","system_fingerprint":null,"choices":[]}`},
		{"odd head", `{"id":"","object":"x","created":7.9,"model":"","choices":[],"citations":[1],"usage":null}`, `{"id":"chatcmpl-*","object":"chat.completion","created":N,"model":"asked-for","system_fingerprint":null,"choices":[],"citations":[1]}`},
		{"bare choice", head + `"choices":[{"message":{"content":"x"}}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}`},
		{"no content", head + `"choices":[{"index":1,"message":{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":""}]}`, head + `"choices":[{"index":1,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`},
		{"foreign reason", head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"model_length"}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"length"}]}`},
		{"empty function call", head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x","function_call":{"name":"","arguments":""},"tool_calls":null},"finish_reason":"eos"}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}`},
		{"reasoning", head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x","reasoning":"r","more":1},"finish_reason":"stop"}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x","reasoning_content":"r","more":1},"finish_reason":"stop"}]}`},
		{"content parts", head + `"choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"x"}]},"finish_reason":"stop"}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x","reasoning_content":"t"},"finish_reason":"stop"}]}`},
		{"odd calls", head + `"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"index":0,"function":{"name":"f","arguments":{"a":1}},"extra":2}]},"finish_reason":"tool_calls"}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_*","type":"function","function":{"name":"f","arguments":"{\"a\":1}"},"extra":2}]},"finish_reason":"tool_calls"}]}`},
		{"call without function call", head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"function_call"}]}`, head + `"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"tool_calls"}]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := exchange(t, "openai", hostabi.Chat, 0)
			x.Request(`{}`)
			check(t, x.Response(tc.in).Body, tc.in, tc.want)
		})
	}
}

var (
	madeUp = regexp.MustCompile(`(chatcmpl-|cmpl-|call_)[0-9A-Za-z]{29}`)
	now    = regexp.MustCompile(`"created":(7,"model":"asked|\d{10})`)
)

// check compares with want, where ids and times are wild cards; a want of same is the input.
func check(t *testing.T, got, in, want string) {
	t.Helper()
	valid(t, got)
	if want == same {
		want = in
	}
	text := madeUp.ReplaceAllString(got, "$1*")
	if strings.Contains(want, `"created":N`) {
		text = now.ReplaceAllStringFunc(text, func(s string) string {
			if strings.HasSuffix(s, "asked") {
				return `"created":N,"model":"asked`
			}
			return `"created":N`
		})
	}
	if text != want {
		t.Errorf("\ngot  %s\nwant %s", text, want)
	}
}

func TestResponseOfCompletions(t *testing.T) {
	for _, tc := range []struct{ name, vendor, in, want string }{
		{"right", "openai", `{"id":"i","object":"text_completion","created":7,"model":"m","choices":[{"index":0,"text":"x","finish_reason":"stop"}]}`, same},
		{"bare", "openai", `{"choices":[{"text":"x","log_probs":null}]}`, `{"id":"cmpl-*","object":"text_completion","created":N,"model":"asked-for","choices":[{"index":0,"log_probs":null,"text":"x","finish_reason":"stop"}]}`},
		{"odd object", "openai", `{"id":"i","object":"text.completion","created":7,"model":"m","choices":[{"index":1,"text":null,"finish_reason":"eos"}]}`, `{"id":"i","object":"text_completion","created":7,"model":"m","choices":[{"index":1,"text":"","finish_reason":"stop"}]}`},
		{"by chat", "by_chat", `{"id":"i","model":"m","choices":[{"message":{"content":"x"},"finish_reason":"length"},{"message":{"content":[{"type":"text","text":"y"}]}}]}`, `{"id":"i","object":"text_completion","created":N,"model":"m","choices":[{"index":0,"text":"x","logprobs":null,"finish_reason":"length"},{"index":1,"text":"y","logprobs":null,"finish_reason":"stop"}]}`},
		{"by chat with usage", "by_chat", `{"id":"i","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`, `{"id":"i","object":"text_completion","created":N,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := exchange(t, tc.vendor, hostabi.Completions, 0)
			x.Request(`{"prompt":"p"}`)
			check(t, x.Response(tc.in).Body, tc.in, tc.want)
		})
	}
}

func TestResponseOfLists(t *testing.T) {
	for _, tc := range []struct {
		name     string
		endpoint hostabi.Endpoint
		in, want string
	}{
		{"right", hostabi.Embeddings, `{"object":"list","model":"m","data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}`, same},
		{"without usage", hostabi.Embeddings, `{"object":"list","model":"m","data":[]}`, same},
		{"total only", hostabi.Embeddings, `{"data":[{"embedding":[1]}],"usage":{"total_tokens":3},"x":1}`, `{"object":"list","model":"asked-for","data":[{"embedding":[1]}],"x":1,"usage":{"prompt_tokens":3,"total_tokens":3}}`},
		{"moderation", hostabi.Moderations, `{"id":"modr-1","results":[]}`, same},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := exchange(t, "openai", tc.endpoint, 0)
			x.Request(`{}`)
			check(t, x.Response(tc.in).Body, tc.in, tc.want)
		})
	}
}

func TestResponseFaults(t *testing.T) {
	for _, tc := range []struct {
		in     string
		status int
		class  hostabi.Class
	}{
		{`<html><title>Sign in</title></html>`, 0, hostabi.InternalServer},
		{``, 0, hostabi.InternalServer},
		{`[1]`, 0, hostabi.InternalServer},
		{`{"id":"i"}`, 0, hostabi.InternalServer},
		{`{"error":{"code":502,"message":"Provider returned error"},"user_id":"u"}`, 502, hostabi.ClassByStatus},
		{`{"id":"i","choices":[{"error":{"code":429,"message":"busy"}}]}`, 429, hostabi.ClassByStatus},
	} {
		x := exchange(t, "openai", hostabi.Chat, 0)
		x.Request(`{}`)
		f := x.Response(tc.in).Failure
		if f == nil || f.Status != tc.status || f.Class != tc.class || f.Message == "" {
			t.Errorf("%s: got %+v", tc.in, f)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		usage string
		want  [hostabi.UsageCounters]uint32
	}{
		{`{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}`, [...]uint32{9, 2, 0, 0, 0}},
		{`{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3},"completion_tokens_details":{"reasoning_tokens":1}}`, [...]uint32{9, 2, 4, 3, 1}},
		{`{"prompt_tokens":12,"completion_tokens":2,"total_tokens":334,"completion_tokens_details":{"reasoning_tokens":320}}`, [...]uint32{12, 322, 0, 0, 320}},
		{`{"prompt_tokens":9,"completion_tokens":2,"cached_tokens":5}`, [...]uint32{9, 2, 5, 0, 0}},
		{`{"prompt_tokens":9,"completion_tokens":2,"num_cached_tokens":50}`, [...]uint32{9, 2, 9, 0, 0}},
		{`{"prompt_tokens":9,"completion_tokens":2,"prompt_cache_hit_tokens":5}`, [...]uint32{9, 2, 5, 0, 0}},
		{`{"prompt_tokens":9,"completion_tokens":2,"cache_read_input_tokens":5,"cache_creation_input_tokens":1}`, [...]uint32{9, 2, 5, 1, 0}},
		{`{"input_tokens":9,"output_tokens":2,"reasoning_tokens":1}`, [...]uint32{9, 2, 0, 0, 1}},
		{`{"prompt_tokens":9,"completion_tokens":null,"total_tokens":null}`, [...]uint32{9, 0, 0, 0, 0}},
	} {
		x := exchange(t, "openai", hostabi.Chat, 0)
		x.Request(`{}`)
		if got := x.Response(`{"choices":[],"usage":` + tc.usage + `}`).Usage; got == nil || *got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.usage, got, tc.want)
		}
	}
}
