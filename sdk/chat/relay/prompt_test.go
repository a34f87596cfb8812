package relay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestPrompts(t *testing.T) {
	for _, tc := range []struct {
		name, vendor string
		flags        uint32
		attrs        []string
		path         string
		in, want     string
	}{
		{"joined", "prompt", 0, nil, "", `{"model":"m","messages":[{"role":"system","content":"a \"b\""},{"role":"user","content":"c"}],"n":1}`, `{"model":"m","prompt":"a \"b\" c","n":1}`},
		{"template", "prompt", 0, []string{"roles", `{"user":{"pre_message":"<u>"}}`}, "", `{"messages":[{"role":"user","content":"c"}]}`, `{"prompt":"<u>c"}`},
		{"streamed", "prompt", hostabi.FlagStream, nil, "", `{"messages":[],"stream_options":{"include_usage":false}}`, `{"prompt":"","stream_options":{"include_usage":true}}`},
		{"logprobs", "prompt", 0, nil, "", `{"messages":[],"logprobs":true,"top_logprobs":3}`, `{"prompt":"","logprobs":3}`},
		{"one logprob", "prompt", 0, nil, "", `{"messages":[],"logprobs":true}`, `{"prompt":"","logprobs":1}`},
		{"no logprobs", "prompt", 0, nil, "", `{"messages":[],"logprobs":false}`, `{"prompt":""}`},
		{"no template", "templates", 0, nil, "/v1/chat/completions", `{"messages":[]}`, same},
		{"a template", "templates", 0, []string{"initial_prompt_value", "I:"}, "/v1/completions", `{"messages":[{"role":"user","content":"c"}]}`, `{"prompt":"I:c"}`},
		{"a template at /v1", "templates", 0, []string{"initial_prompt_value", "I:", "api_base_path", "/x/v1"}, "/completions", `{"messages":[]}`, `{"prompt":"I:"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := exchange(t, tc.vendor, hostabi.Chat, tc.flags, tc.attrs...).Request(tc.in)
			if a.Passed != (tc.want == same) || tc.want != same && a.Body != tc.want || a.Path != tc.path {
				t.Errorf("got %s at %q, want %s", a.Body, a.Path, tc.want)
			}
		})
	}
}

func TestPromptReplies(t *testing.T) {
	x := exchange(t, "prompt", hostabi.Chat, 0)
	x.Request(`{"messages":[]}`)
	a := x.Response(`{"id":"i","object":"text_completion","model":"m","choices":[{"index":0,"text":"a","finish_reason":"length"},{"index":1,"text":"b","finish_reason":null}]}`)
	want := `"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"length"},{"index":1,"message":{"role":"assistant","content":"b"},"finish_reason":"stop"}],"system_fingerprint":null}`
	if valid(t, a.Body); !strings.HasPrefix(a.Body, `{"id":"i","object":"chat.completion",`) || !strings.HasSuffix(a.Body, want) {
		t.Errorf("got %s, want %s", a.Body, want)
	}
}

func TestPromptStreams(t *testing.T) {
	head := `{"id":"i","object":"text_completion","created":7,"model":"m","choices":`
	first, second := `[{"index":0,"text":"a","finish_reason":null}],"usage":null}`, `[{"index":0,"text":"b","finish_reason":"length"}]}`
	usage := `[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`
	want := []string{`[{"index":0,"delta":{"role":"assistant","content":"a"}}]}`, `[{"index":0,"delta":{"content":"b"}}]}`, `[{"index":0,"delta":{},"finish_reason":"length"}]}`, usage}
	for _, tc := range []struct {
		flags    uint32
		in, want []string
	}{
		{hostabi.FlagIncludeUsage, []string{head + first, head + second, head + usage}, want},
		{0, []string{head + first, head + second, head + usage}, want[:3]},
		{0, []string{head + first, head + usage}, []string{want[0], ends}},
	} {
		got, _ := stream(t, "prompt", hostabi.Chat, tc.flags, tc.in...)
		for i, e := range got {
			_, got[i], _ = strings.Cut(e, `"choices":`)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}
