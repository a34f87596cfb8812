package chat_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

var (
	keyA    = sdk.Name("a")
	keyArgs = sdk.Name("args")
	keyID   = sdk.Name("id")
	keyName = sdk.Name("name")
)

const source = `{"a":"one \"two\" \n","id":"call_1","name":"f","args":{"x":1}}`

func TestStreamOfChat(t *testing.T) {
	steps = func(c *sdk.Call, s *chat.Stream) {
		d := c.Doc()
		s.Begin(c, "id\"1", "vendor/m")
		s.Reasoning(c, d.Get(keyA))
		s.Text(c, d.Get(keyA))
		s.TextString(c, "x\"")
		s.ToolCall(c, 0, d.Get(keyID), d.Get(keyName))
		s.Arguments(c, 0, d.Get(keyArgs))
		s.ToolCall(c, 1, sdk.Value{}, d.Get(keyName))
		s.ArgumentsString(c, 1, `{"y":"z"}`)
		s.Finish(c, chat.ToolCalls)
		s.Finish(c, chat.Stop)
		s.End(c, sdk.Usage{Prompt: 7, Completion: 3, CacheRead: 2, Reasoning: 1})
	}
	a := open(t, hostabi.Chat, hostabi.FlagIncludeUsage).Request(source)
	want := []string{
		`[{"index":0,"delta":{"role":"assistant","reasoning_content":"one \"two\" \n"}}]`,
		`[{"index":0,"delta":{"content":"one \"two\" \n"}}]`,
		`[{"index":0,"delta":{"content":"x\""}}]`,
		`[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}}]`,
		`[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":1}"}}]}}]`,
		`*`,
		`[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{\"y\":\"z\"}"}}]}}]`,
		`[{"index":0,"delta":{},"finish_reason":"tool_calls"}]`,
		`[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":2},"cache_read_input_tokens":2,"cache_creation_input_tokens":0,"completion_tokens_details":{"reasoning_tokens":1}}`,
	}
	if len(a.Events) != len(want) {
		t.Fatalf("%d events: %s", len(a.Events), a.Events)
	}
	for i, event := range a.Events {
		head, choices, _ := strings.Cut(event, `,"choices":`)
		if !strings.HasPrefix(head, `{"id":"id\"1","object":"chat.completion.chunk","created":`) || !strings.HasSuffix(head, `,"model":"vendor/m"`) {
			t.Errorf("event %d begins with %s", i, head)
		}
		if choices != want[i]+"}" && want[i] != "*" {
			t.Errorf("event %d: got %s, want %s", i, choices, want[i])
		}
	}
	if !strings.Contains(a.Events[5], `"id":"call_`) {
		t.Errorf("no id was made up: %s", a.Events[5])
	}
	if a.Usage == nil || a.Usage[hostabi.UsagePrompt] != 7 {
		t.Errorf("usage %v", a.Usage)
	}
}

func TestStreamOfSeveralChoices(t *testing.T) {
	steps = func(c *sdk.Call, s *chat.Stream) {
		for _, s.Choice = range []int{1, 0} {
			s.Text(c, c.Doc().Get(keyName))
			s.Text(c, c.Doc().Get(keyName))
			s.Finish(c, chat.Stop)
		}
	}
	events := open(t, hostabi.Chat).Request(source).Events
	if len(events) != 6 {
		t.Fatalf("got %s", events)
	}
	for i, want := range []string{`1,"delta":{"role":"assistant","content":"f"}`, `1,"delta":{"content":"f"}`, `1,"delta":{}`,
		`0,"delta":{"role":"assistant","content":"f"}`, `0,"delta":{"content":"f"}`, `0,"delta":{}`} {
		if !strings.Contains(events[i], `"choices":[{"index":`+want) {
			t.Errorf("event %d: got %s", i, events[i])
		}
	}
}

func TestStreamWithoutText(t *testing.T) {
	steps = func(c *sdk.Call, s *chat.Stream) { s.Finish(c, chat.Length); s.End(c, sdk.Usage{}) }
	events := open(t, hostabi.Chat).Request(`{}`).Events
	if len(events) != 2 || !strings.Contains(events[0], `"delta":{"role":"assistant","content":""}`) {
		t.Errorf("got %s", events)
	}
}

func TestStreamOfText(t *testing.T) {
	steps = func(c *sdk.Call, s *chat.Stream) {
		s.Reasoning(c, c.Doc().Get(keyA))
		s.ToolCall(c, 0, sdk.Value{}, sdk.Value{})
		s.Arguments(c, 0, sdk.Value{})
		s.ArgumentsString(c, 0, "{}")
		s.TextString(c, "x")
		s.Finish(c, chat.Stop)
	}
	events := open(t, hostabi.Completions).Request(source).Events
	if len(events) != 2 || !strings.Contains(events[0], `"object":"text_completion"`) ||
		!strings.HasSuffix(events[0], `[{"index":0,"text":"x","logprobs":null,"finish_reason":null}]}`) ||
		!strings.HasSuffix(events[1], `[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}`) {
		t.Errorf("got %s", events)
	}
}

func TestReply(t *testing.T) {
	usage := `"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}`
	for _, tc := range []struct {
		name     string
		endpoint hostabi.Endpoint
		write    func(r *chat.Reply, d sdk.Value)
		want     string
	}{
		{"text", hostabi.Chat, func(r *chat.Reply, d sdk.Value) {
			r.Text(d.Get(keyA))
			r.TextString("\"")
			r.Finish(chat.Stop)
		}, `[{"index":0,"message":{"role":"assistant","content":"one \"two\" \n\""},"finish_reason":"stop"}],` + usage + `,"system_fingerprint":null}`},
		{"all", hostabi.Chat, func(r *chat.Reply, d sdk.Value) {
			r.TextString("t")
			r.Reasoning(d.Get(keyA))
			r.Reasoning(d.Get(keyName))
			r.ToolCall(d.Get(keyID), d.Get(keyName), d.Get(keyArgs))
			r.ToolCall(d.Get(keyID), d.Get(keyName), sdk.Value{})
			r.Finish(chat.ToolCalls)
		}, `[{"index":0,"message":{"role":"assistant","content":"t","reasoning_content":"one \"two\" \nf","tool_calls":[` +
			`{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},` +
			`{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],` + usage + `,"system_fingerprint":null}`},
		{"only a call", hostabi.Chat, func(r *chat.Reply, d sdk.Value) {
			r.ToolCall(d.Get(keyID), d.Get(keyName), d.Get(keyA))
			r.Finish(chat.ToolCalls)
		}, `[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"one \"two\" \n"}}]},"finish_reason":"tool_calls"}],` + usage + `,"system_fingerprint":null}`},
		{"nothing", hostabi.Chat, func(r *chat.Reply, _ sdk.Value) { r.Finish(chat.Length) },
			`[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"length"}],` + usage + `,"system_fingerprint":null}`},
		{"two choices", hostabi.Chat, func(r *chat.Reply, d sdk.Value) {
			r.TextString("a")
			r.Finish(chat.Stop)
			r.Reasoning(d.Get(keyName))
			r.Finish(chat.Stop)
		}, `[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":null,"reasoning_content":"f"},"finish_reason":"stop"}],` + usage + `,"system_fingerprint":null}`},
		{"completion", hostabi.Completions, func(r *chat.Reply, d sdk.Value) {
			r.TextString("a")
			r.Reasoning(d.Get(keyName))
			r.ToolCall(d.Get(keyID), d.Get(keyName), d.Get(keyA))
			r.Finish(chat.Stop)
			r.ToolCall(d.Get(keyID), d.Get(keyName), d.Get(keyA))
			r.Finish(chat.Stop)
		}, `[{"index":0,"text":"a","logprobs":null,"finish_reason":"stop"},{"index":1,"text":"","logprobs":null,"finish_reason":"stop"}],` + usage + `}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			steps = func(c *sdk.Call, _ *chat.Stream) {
				r := chat.NewReply(c, "", "")
				tc.write(&r, c.Doc())
				r.Send(sdk.Usage{Prompt: 1, Completion: 2})
			}
			body := open(t, tc.endpoint).Request(source).Body
			if !json.Valid([]byte(body)) {
				t.Fatalf("not JSON: %s", body)
			}
			if _, choices, _ := strings.Cut(body, `"choices":`); choices != tc.want {
				t.Errorf("got  %s\nwant %s", choices, tc.want)
			}
		})
	}
}

func TestReplyWithoutUsage(t *testing.T) {
	steps = func(c *sdk.Call, _ *chat.Stream) {
		r := chat.NewReply(c, "i", "m")
		r.Finish(chat.Stop)
		r.SendUncounted()
	}
	a := open(t, hostabi.Chat).Request(`{}`)
	if a.Usage != nil || !strings.HasSuffix(a.Body, `"finish_reason":"stop"}],"system_fingerprint":null}`) {
		t.Errorf("got %s, usage %v", a.Body, a.Usage)
	}
}

func TestFinishReason(t *testing.T) {
	for in, want := range map[string]string{
		`"stop"`: "stop", `"eos"`: "stop", `"MAX_TOKENS"`: "length", `"tool_use"`: "tool_calls", `"tool_call"`: "tool_calls",
		`"function_call"`: "function_call", `"SAFETY"`: "content_filter", `"never heard of"`: "stop", `""`: "", `null`: "", `1`: "",
	} {
		steps = func(c *sdk.Call, s *chat.Stream) { s.TextString(c, chat.FinishReason(c.Doc().Get(keyA))) }
		events := open(t, hostabi.Chat).Request(`{"a":` + in + `}`).Events
		if !strings.Contains(events[0], `"content":"`+want+`"`) {
			t.Errorf("%s: got %s", in, events[0])
		}
	}
}

func TestContent(t *testing.T) {
	for in, want := range map[string]string{
		`"a\"b"`: `a\"b true`, `null`: ` true`, `[]`: ` true`, `["x","y"]`: `xy true`,
		`[{"type":"text","text":"x"},{"type":"text","text":"\ny"}]`: `x\ny true`,
		`[{"type":"text","text":"x"},{"type":"image_url"}]`:         `x false`,
	} {
		steps = func(c *sdk.Call, _ *chat.Stream) {
			o := c.Out().Lit(`"`)
			chat.WriteText(o, c.Doc().Get(keyA))
			if chat.OnlyText(c.Doc().Get(keyA)) {
				o.Lit(" true")
			} else {
				o.Lit(" false")
			}
			c.Body(o.Lit(`"`))
		}
		if got := open(t, hostabi.Chat).Request(`{"a":` + in + `}`).Body; got != `"`+want+`"` {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestWritePrompt(t *testing.T) {
	for in, want := range map[string]string{
		`"hi"`: `[{"role":"user","content":"hi"}]`, `["hi"]`: `[{"role":"user","content":"hi"}]`,
		`["a","b"]`: `-`, `[1,2]`: `-`, `null`: `-`, `[[1,2]]`: `-`,
	} {
		steps = func(c *sdk.Call, _ *chat.Stream) {
			o := c.Out()
			if !chat.WritePrompt(o, c.Doc().Get(keyA)) {
				o.Lit("-")
			}
			c.Body(o)
		}
		if got := open(t, hostabi.Chat).Request(`{"a":` + in + `}`).Body; got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestFinishAll(t *testing.T) {
	for _, tc := range []struct {
		name     string
		endpoint hostabi.Endpoint
		write    func(c *sdk.Call, s *chat.Stream)
		want     []string // ends of the events
	}{
		{"nothing", hostabi.Chat, func(*sdk.Call, *chat.Stream) {}, []string{`"content":""}}]}`, `[{"index":0,"delta":{},"finish_reason":"stop"}]}`}},
		{"one of two", hostabi.Chat, func(c *sdk.Call, s *chat.Stream) {
			s.TextString(c, "a")
			s.Finish(c, chat.Length)
			s.Choice = 5
			s.TextString(c, "b")
		}, []string{`"a"}}]}`, `"length"}]}`, `"b"}}]}`, `[{"index":5,"delta":{},"finish_reason":"stop"}]}`}},
		{"text", hostabi.Completions, func(c *sdk.Call, s *chat.Stream) { s.TextString(c, "a") },
			[]string{`"text":"a","logprobs":null,"finish_reason":null}]}`, `"finish_reason":"stop"}]}`}},
	} {
		steps = func(c *sdk.Call, s *chat.Stream) {
			tc.write(c, s)
			s.FinishAll(c, chat.Stop)
			s.FinishAll(c, chat.Stop)
		}
		events := open(t, tc.endpoint).Request(`{}`).Events
		if len(events) != len(tc.want) {
			t.Errorf("%s: got %s", tc.name, events)
			continue
		}
		for i, end := range tc.want {
			if !strings.HasSuffix(events[i], end) {
				t.Errorf("%s: got %s, want %s at the end", tc.name, events[i], end)
			}
		}
	}
}

func TestStreamOfArguments(t *testing.T) {
	steps = func(c *sdk.Call, s *chat.Stream) {
		d := c.Doc()
		s.ToolCall(c, 3, d.Get(keyID), d.Get(keyName))
		s.Arguments(c, 3, d.Get(keyA))
		s.Arguments(c, 3, d.Get(keyArgs))
	}
	events := open(t, hostabi.Chat).Request(source).Events
	const head = `"choices":[{"index":0,"delta":{"tool_calls":[{"index":3,"function":{"arguments":`
	if len(events) != 3 || !strings.HasSuffix(events[1], head+`"one \"two\" \n"}}]}}]}`) || !strings.HasSuffix(events[2], head+`"{\"x\":1}"}}]}}]}`) {
		t.Errorf("got %s", events)
	}
}
