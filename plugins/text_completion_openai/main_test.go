package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestRequest(t *testing.T) {
	cases := []struct {
		name     string
		endpoint hostabi.Endpoint
		flags    uint32
		attrs    map[string]string
		in, want string // want "" = passed
	}{
		{"messages joined", hostabi.Chat, 0, nil,
			`{"model":"m","messages":[{"role":"system","content":"Be \"brief\"."},{"role":"user","content":[{"type":"text","text":"Hi"}]}],"max_tokens":5}`,
			`{"model":"m","prompt":"Be \"brief\". Hi","max_tokens":5}`},
		{"template", hostabi.Chat, 0, map[string]string{"roles": `{"user":{"pre_message":"<u>","post_message":"</u>"}}`, "final_prompt_value": "\n"},
			`{"messages":[{"role":"user","content":"Hi"}]}`, `{"prompt":"<u>Hi</u>\n"}`},
		{"streamed", hostabi.Chat, hostabi.FlagStream, nil, `{"messages":[],"stream":true,"stream_options":{"include_usage":false}}`,
			`{"prompt":"","stream":true,"stream_options":{"include_usage":true}}`},
		{"logprobs", hostabi.Chat, 0, nil, `{"messages":[],"logprobs":true,"top_logprobs":3}`, `{"prompt":"","logprobs":3}`},
		{"logprobs alone", hostabi.Chat, 0, nil, `{"messages":[],"logprobs":true}`, `{"prompt":"","logprobs":1}`},
		{"no logprobs", hostabi.Chat, 0, nil, `{"messages":[],"logprobs":false,"n":2}`, `{"prompt":"","n":2}`},
		{"completions", hostabi.Completions, 0, nil, `{"model":"m","prompt":[1,2]}`, ""},
		{"completions streamed", hostabi.Completions, hostabi.FlagStream, nil, `{"prompt":"x"}`, `{"prompt":"x","stream_options":{"include_usage":true}}`},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			a := p.Open(sdktest.Exchange{Endpoint: tc.endpoint, Flags: tc.flags, Attrs: tc.attrs}).Request(tc.in)
			if a.Passed != (tc.want == "") || !a.Passed && a.Body != tc.want {
				t.Errorf("%s: passed %v, got %s, want %s", tc.name, a.Passed, a.Body, tc.want)
			}
		}
	})
}

func TestResponse(t *testing.T) {
	reply := `{"id":"cmpl-1","object":"text_completion","created":7,"model":"m","choices":[{"index":0,"text":"a \"b\"","logprobs":null,"finish_reason":"length"},{"index":1,"text":"c","finish_reason":null}]`
	cases := []struct {
		name     string
		endpoint hostabi.Endpoint
		in, want string
	}{
		{"chat", hostabi.Chat, reply + `,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`,
			`"choices":[{"index":0,"message":{"role":"assistant","content":"a \"b\""},"finish_reason":"length"},{"index":1,"message":{"role":"assistant","content":"c"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"system_fingerprint":null}`},
		{"chat without usage", hostabi.Chat, reply + `}`,
			`"choices":[{"index":0,"message":{"role":"assistant","content":"a \"b\""},"finish_reason":"length"},{"index":1,"message":{"role":"assistant","content":"c"},"finish_reason":"stop"}],"system_fingerprint":null}`},
		{"completions", hostabi.Completions, `{"id":"cmpl-1","object":"text_completion","created":7,"model":"m","choices":[{"index":0,"text":"x","finish_reason":"stop"}]}`,
			`"choices":[{"index":0,"text":"x","finish_reason":"stop"}]}`},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			x := p.Open(sdktest.Exchange{Endpoint: tc.endpoint})
			x.Request(`{"messages":[],"prompt":""}`)
			a := x.Response(tc.in)
			if !json.Valid([]byte(a.Body)) || !strings.HasSuffix(a.Body, tc.want) || !strings.Contains(a.Body, `"model":"m"`) {
				t.Errorf("%s: got %s, want %s", tc.name, a.Body, tc.want)
			}
		}
	})
}

func TestFaults(t *testing.T) {
	p := sdktest.Native(t, ".")
	for _, in := range []string{`{"error":{"message":"m"}}`, `{"x":1}`, `oops`} {
		x := p.Open(sdktest.Exchange{})
		x.Request(`{}`)
		if f := x.Response(in).Failure; f == nil {
			t.Errorf("%s was accepted", in)
		}
	}
	x := p.Open(sdktest.Exchange{Flags: hostabi.FlagStream})
	x.Request(`{}`)
	if x.Chunk("error", `{"error":{"message":"m"}}`).Failure == nil || x.Chunk("", `oops`).Failure == nil {
		t.Error("an error in the stream was accepted")
	}
	if f := x.Error(400, `{"error":{"message":"This model's maximum context length is 4097 tokens"}}`).Failure; f == nil || f.Class != hostabi.ContextWindowExceeded {
		t.Errorf("got %+v", f)
	}
}

// play sends chunks and the end, and returns the choices of what came out.
func play(x *sdktest.Run, chunks ...string) (out []string, usage *[hostabi.UsageCounters]uint32) {
	take := func(a sdktest.Answer) {
		for _, e := range a.Events {
			_, choices, _ := strings.Cut(e, `"choices":`)
			out = append(out, choices)
		}
		if a.Usage != nil {
			usage = a.Usage
		}
	}
	for _, chunk := range chunks {
		take(x.Chunk("", chunk))
	}
	take(x.End())
	return out, usage
}

func TestStream(t *testing.T) {
	chunk := func(rest string) string {
		return `{"id":"cmpl-1","object":"text_completion","created":7,"model":"m","choices":` + rest
	}
	in := []string{
		chunk(`[{"index":0,"text":"a","logprobs":null,"finish_reason":null}],"usage":null}`), chunk(`[{"index":0,"text":"b","finish_reason":"length"}]}`),
		chunk(`[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`),
	}
	want := []string{
		`[{"index":0,"delta":{"role":"assistant","content":"a"}}]}`, `[{"index":0,"delta":{"content":"b"}}]}`,
		`[{"index":0,"delta":{},"finish_reason":"length"}]}`, `[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`,
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range []struct {
			endpoint hostabi.Endpoint
			flags    uint32
			in, want []string
		}{
			{hostabi.Chat, hostabi.FlagIncludeUsage, in, want},
			{hostabi.Chat, 0, in, want[:3]},
			{hostabi.Chat, 0, []string{in[0], in[2]}, []string{want[0], `[{"index":0,"delta":{},"finish_reason":"stop"}]}`}},
			{hostabi.Completions, 0, []string{in[1]}, []string{`[{"index":0,"text":"b","finish_reason":"length"}]}`}},
		} {
			x := p.Open(sdktest.Exchange{Endpoint: tc.endpoint, Flags: hostabi.FlagStream | tc.flags})
			x.Request(`{"messages":[],"prompt":""}`)
			got, usage := play(x, tc.in...)
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if len(tc.in) == 3 && (usage == nil || usage[hostabi.UsageCompletion] != 2) {
				t.Errorf("usage %v", usage)
			}
		}
	})
}

// TestReplay turns recorded completions into chats and compares the texts.
func TestReplay(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "fixtures", "providers", "openai", "openai-completions*.json"))
	if len(files) == 0 {
		t.Skip("no recorded traffic here")
	}
	p := sdktest.Native(t, ".")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Response struct{ Body json.RawMessage }
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		x := p.Open(sdktest.Exchange{})
		x.Request(`{"messages":[]}`)
		var wire string
		if json.Unmarshal(r.Response.Body, &wire) != nil {
			body := string(r.Response.Body)
			if got, want := texts(t, x.Response(body).Body), texts(t, body); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", file, got, want)
			}
			continue
		}
		var want, got []string
		for line := range strings.SplitSeq(wire, "\n") {
			if data, ok := strings.CutPrefix(line, "data: "); ok && data != "[DONE]" {
				want = append(want, texts(t, data)...)
				for _, e := range x.Chunk("", data).Events {
					got = append(got, texts(t, e)...)
				}
			}
		}
		if strings.Join(got, "") != strings.Join(want, "") || len(want) == 0 {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}

// texts are the texts of a reply's or a chunk's choices, whichever endpoint's it is.
func texts(t *testing.T, body string) []string {
	t.Helper()
	type message struct{ Content string }
	var doc struct {
		Choices []struct {
			Text           string
			Message, Delta message
		}
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range doc.Choices {
		list = append(list, c.Text+c.Message.Content+c.Delta.Content)
	}
	return list
}
