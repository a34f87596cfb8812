package main

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

const hi = `"messages":[{"role":"user","content":"hi"}]`

func TestParameters(t *testing.T) {
	const text = `"model":"claude","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]`
	cases := []struct{ name, in, want string }{
		{"nothing", ``, `"max_tokens":4096`},
		{"max_tokens", `"max_tokens":7`, `"max_tokens":7`},
		{"max_completion_tokens", `"max_completion_tokens":8,"max_tokens":7`, `"max_tokens":8`},
		{"nulls", `"max_tokens":null,"temperature":null,"stop":null,"user":null,"tools":null,"n":null,"thinking":null`, `"max_tokens":4096`},
		{"sampling", `"temperature":0.5,"top_p":0.9,"top_k":5`, `"max_tokens":4096,"temperature":0.5,"top_p":0.9,"top_k":5`},
		{"stream", `"stream":true,"stream_options":{"include_usage":true}`, `"max_tokens":4096,"stream":true`},
		{"no stream", `"stream":false`, `"max_tokens":4096,"stream":false`},
		{"stop", `"stop":"END"`, `"max_tokens":4096,"stop_sequences":["END"]`},
		{"stops", `"stop":["a"," ","\n\n","","b"]`, `"max_tokens":4096,"stop_sequences":["a","b"]`},
		{"blank stop", `"stop":"\n"`, `"max_tokens":4096`},
		{"native stops", `"stop_sequences":["a"]`, `"max_tokens":4096,"stop_sequences":["a"]`},
		{"both stops", `"stop_sequences":["a"],"stop":"b"`, `"max_tokens":4096,"stop_sequences":["b"]`},
		{"user", `"user":"u1"`, `"max_tokens":4096,"metadata":{"user_id":"u1"}`},
		{"safety identifier", `"safety_identifier":"s1"`, `"max_tokens":4096,"metadata":{"user_id":"s1"}`},
		{"metadata", `"metadata":{"user_id":"m"}`, `"max_tokens":4096,"metadata":{"user_id":"m"}`},
		{"user wins", `"user":"u1","safety_identifier":"s1","metadata":{"user_id":"m"}`, `"max_tokens":4096,"metadata":{"user_id":"u1"}`},
		{"hints", `"store":true,"prompt_cache_key":"k","prompt_cache_retention":"24h","n":1`, `"max_tokens":4096`},
		{"unknown", `"container":"c","output_config":{"effort":"low"},"service_tier":"auto"`,
			`"max_tokens":4096,"container":"c","output_config":{"effort":"low"},"service_tier":"auto"`},
		{"low effort", `"reasoning_effort":"low","temperature":1,"top_k":3`, `"max_tokens":5120,"thinking":{"type":"enabled","budget_tokens":1024}`},
		{"minimal effort", `"reasoning_effort":"minimal","max_tokens":1025`, `"max_tokens":1025,"thinking":{"type":"enabled","budget_tokens":1024}`},
		{"medium effort", `"reasoning_effort":"medium","max_tokens":100`, `"max_tokens":2148,"thinking":{"type":"enabled","budget_tokens":2048}`},
		{"high effort", `"reasoning_effort":"high","max_tokens":4096`, `"max_tokens":8192,"thinking":{"type":"enabled","budget_tokens":4096}`},
		{"no effort", `"reasoning_effort":"none","temperature":1`, `"max_tokens":4096,"temperature":1`},
		{"thinking", `"thinking":{"type":"enabled","budget_tokens":2000},"temperature":1`,
			`"max_tokens":6096,"thinking":{"type":"enabled","budget_tokens":2000},"temperature":1`},
		{"thinking and limit", `"thinking":{"type":"enabled","budget_tokens":2000},"max_tokens":1000`,
			`"max_tokens":1000,"thinking":{"type":"enabled","budget_tokens":2000}`},
		{"thinking wins", `"thinking":{"type":"disabled"},"reasoning_effort":"high"`, `"max_tokens":4096,"thinking":{"type":"disabled"}`},
		{"native system", `"system":[{"type":"text","text":"s"}]`, `"max_tokens":4096,"system":[{"type":"text","text":"s"}]`},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				a := ask(t, p, sdktest.Exchange{}, `{"model":"claude",`+hi+comma(tc.in)+`}`)
				object(t, a.Body)
				same(t, a.Body, `{`+text+comma(tc.want)+`}`)
			})
		}
	})
}

func comma(members string) string {
	if members == "" {
		return ""
	}
	return "," + members
}

func TestSeveralAnswers(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		body := `{"model":"claude","n":2,` + hi + `}`
		f := p.Open(sdktest.Exchange{}).Request(body).Failure
		if f == nil || f.Class != hostabi.UnsupportedParams || !strings.Contains(f.Message, "['n'], for model=claude.") {
			t.Errorf("got %+v", f)
		}
		if a := ask(t, p, sdktest.Exchange{Flags: hostabi.FlagDropParams}, body); strings.Contains(a.Body, `"n"`) {
			t.Errorf("n was not dropped: %s", a.Body)
		}
	})
}

func TestPath(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for base, want := range map[string]string{"": "", "/proxy": "", "/v1": "/messages", "/proxy/v1": "/messages"} {
			x := sdktest.Exchange{Attrs: map[string]string{"api_base_path": base}}
			if got := ask(t, p, x, `{"model":"claude",`+hi+`}`).Path; got != want {
				t.Errorf("base %q: path %q, want %q", base, got, want)
			}
		}
	})
}

func TestBetas(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"none", `"tools":[{"type":"web_search_20250305","name":"web_search"}]`, ""},
		{"computer", `"tools":[{"type":"computer_20250124","name":"computer"},{"type":"web_fetch_20250910","name":"web_fetch"}]`,
			"computer-use-2025-01-24,web-fetch-2025-09-10"},
		{"mcp", `"mcp_servers":[{"type":"url","url":"https://example.com","name":"x"}]`, "mcp-client-2025-04-04"},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			a := ask(t, p, sdktest.Exchange{}, `{"model":"claude",`+hi+`,`+tc.in+`}`)
			if got := a.Headers["anthropic-beta"]; got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
			}
			for key := range object(t, `{`+tc.in+`}`) {
				same(t, member(t, a.Body, key), member(t, `{`+tc.in+`}`, key))
			}
		}
	})
}

func TestPrompt(t *testing.T) {
	cases := []struct{ prompt, want string }{
		{`"hi\n"`, `[{"type":"text","text":"hi\n"}]`},
		{`["hi"]`, `[{"type":"text","text":"hi"}]`},
		{`["a","","b"]`, `[{"type":"text","text":"a"},{"type":"text","text":"b"}]`},
		{`[1,2]`, ``}, {`[[1,2]]`, ``}, {`["a",[1]]`, ``}, {`null`, ``}, {`""`, ``}, {`[]`, ``}, {`7`, ``},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			x := sdktest.Exchange{Endpoint: hostabi.Completions}
			a := p.Open(x).Request(`{"model":"claude","max_tokens":9,"prompt":` + tc.prompt + `}`)
			switch {
			case tc.want == "":
				if a.Failure == nil || a.Failure.Class != hostabi.BadRequest {
					t.Errorf("%s: got %s, %+v", tc.prompt, a.Body, a.Failure)
				}
			case a.Failure != nil:
				t.Errorf("%s: %s", tc.prompt, a.Failure.Message)
			default:
				same(t, a.Body, `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":`+tc.want+`}]}`)
			}
		}
	})
}
