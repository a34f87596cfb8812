package relay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

const chunkHead = `{"id":"i","object":"chat.completion.chunk","created":7,"model":"m","choices":`

// stream plays chunks, whose head is chunkHead unless they begin with {, and returns what follows chunkHead in each
// event given out; an event without it is returned whole.
func stream(t *testing.T, vendor string, endpoint hostabi.Endpoint, flags uint32, chunks ...string) (out []string, passed int) {
	t.Helper()
	x := exchange(t, vendor, endpoint, flags|hostabi.FlagStream)
	x.Request(`{"prompt":"p"}`)
	add := func(events []string) {
		valid(t, events...)
		for _, e := range events {
			out = append(out, strings.TrimPrefix(e, chunkHead))
		}
	}
	for _, chunk := range chunks {
		if !strings.HasPrefix(chunk, "{") {
			chunk = chunkHead + chunk
		}
		a := x.Chunk("", chunk)
		if a.Failure != nil {
			t.Fatalf("%s: %+v", chunk, a.Failure)
		}
		if a.Passed {
			passed++
		}
		add(a.Events)
	}
	a := x.End()
	if a.Failure != nil {
		t.Fatalf("the end: %+v", a.Failure)
	}
	add(a.Events)
	return out, passed
}

const (
	begins = `[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`
	says   = `[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}`
	ends   = `[{"index":0,"delta":{},"finish_reason":"stop"}]}`
)

func TestChunks(t *testing.T) {
	usage := hostabi.FlagIncludeUsage
	for _, tc := range []struct {
		name   string
		flags  uint32
		in     []string
		want   []string
		passed int
	}{
		{"right", 0, []string{begins, says, says, ends}, []string{begins, says, says, ends}, 4},
		{"usage not asked for", 0, []string{begins, ends, `[],"usage":{"prompt_tokens":1}}`}, []string{begins, ends}, 2},
		{"usage asked for", usage, []string{begins, ends, `[],"usage":{"prompt_tokens":1}}`}, []string{begins, ends, `[],"usage":{"prompt_tokens":1}}`}, 2},
		{"null usage", 0, []string{`[{"index":0,"delta":{"role":"assistant"}}],"usage":null}`, ends}, []string{`[{"index":0,"delta":{"role":"assistant"}}]}`, ends}, 1},
		{"usage with the end", usage, []string{begins, `[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`}, []string{begins, ends, `[],"usage":{"prompt_tokens":1}}`}, 1},
		{"usage in every chunk", usage, []string{`[{"index":0,"delta":{"role":"assistant"}}],"usage":{"prompt_tokens":1}}`, `[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":2}}`}, []string{`[{"index":0,"delta":{"role":"assistant"}}]}`, ends, `[],"usage":{"prompt_tokens":2}}`}, 0},
		{"usage with a second end", usage, []string{begins, ends, `[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":2}}`}, []string{begins, ends, `[],"usage":{"prompt_tokens":2}}`}, 2},
		{"verdict of a filter", 0, []string{`{"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{}}]}`, begins, ends}, []string{begins, ends}, 2},
		{"usage of groq", usage, []string{begins, `[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":3}}}`}, []string{begins, `[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":3}}}`, `[],"usage":{"prompt_tokens":3}}`}, 2},
		{"prompt filter", 0, []string{`{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}`, begins, ends}, []string{begins, ends}, 2},
		{"no role", 0, []string{says, says, ends}, []string{`[{"index":0,"delta":{"role":"assistant","content":"x"}}]}`, says, ends}, 2},
		{"role in every chunk", 0, []string{begins, `[{"index":0,"delta":{"role":"assistant","content":"x"}}]}`, `[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}`},
			[]string{begins, `[{"index":0,"delta":{"content":"x"}}]}`, `[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}`}, 1},
		{"end with text", 0, []string{begins, `[{"index":0,"delta":{"content":"x"},"finish_reason":"length","more":1}]}`}, []string{begins, `[{"index":0,"delta":{"content":"x"},"more":1}]}`, `[{"index":0,"delta":{},"finish_reason":"length"}]}`}, 1},
		{"all in one", 0, []string{`[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}`}, []string{`[{"index":0,"delta":{"role":"assistant","content":"x"}}]}`, ends}, 0},
		{"two ends", 0, []string{begins, ends, ends}, []string{begins, ends}, 2},
		{"no end but usage", 0, []string{begins, says, `[],"usage":{"prompt_tokens":1}}`}, []string{begins, says, ends}, 2},
		{"no end before usage", usage, []string{begins, `[],"usage":{"prompt_tokens":1}}`}, []string{begins, ends, `[],"usage":{"prompt_tokens":1}}`}, 1},
		{"empty end", 0, []string{begins, `[{"index":0,"delta":{"content":"x"},"finish_reason":""}]}`, ends}, []string{begins, `[{"index":0,"delta":{"content":"x"}}]}`, ends}, 2},
		{"foreign end", 0, []string{begins, `[{"index":0,"delta":{},"finish_reason":"eos"}]}`}, []string{begins, ends}, 1},
		{"other id and time", 0, []string{begins, `{"id":"j","object":"chat.completion.chunk","created":8,"model":"m","choices":` + says, ends}, []string{begins, says, ends}, 2},
		{"no head", 0, []string{begins, `{"choices":` + says, ends}, []string{begins, says, ends}, 2},
		{"time with a fraction", 0, []string{`{"id":"i","object":"chat.completion.chunk","created":7.5,"model":"m","choices":` + begins, says, ends}, []string{begins, says, ends}, 2},
		{"no index", 0, []string{begins, `[{"delta":{"content":"x"}}]}`, ends}, []string{begins, `[{"index":0,"delta":{"content":"x"}}]}`, ends}, 2},
		{"no delta", 0, []string{begins, `[{"index":0,"finish_reason":"stop"}]}`}, []string{begins, ends}, 1},
		{"message beside delta", 0, []string{begins, `[{"index":0,"message":{"content":"xx"},"delta":{"content":"x"}}]}`, ends}, []string{begins, `[{"index":0,"delta":{"content":"x"}}]}`, ends}, 2},
		{"reasoning", 0, []string{begins, `[{"index":0,"delta":{"reasoning":"r","reasoning_details":[]}}]}`, ends}, []string{begins, `[{"index":0,"delta":{"reasoning_content":"r","reasoning_details":[]}}]}`, ends}, 2},
		{"both reasonings", 0, []string{begins, `[{"index":0,"delta":{"reasoning":"r","reasoning_content":"r"}}]}`, ends}, []string{begins, `[{"index":0,"delta":{"reasoning":"r","reasoning_content":"r"}}]}`, ends}, 3},
		{"content parts", 0, []string{begins, `[{"index":0,"delta":{"content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"x"}]}}]}`, `[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"u"}]}]}}]}`, ends},
			[]string{begins, `[{"index":0,"delta":{"reasoning_content":"t","content":"x"}}]}`, `[{"index":0,"delta":{"reasoning_content":"u"}}]}`, ends}, 2},
		{"two choices", 0, []string{begins, `[{"index":1,"delta":{"role":"assistant","content":"y"}}]}`, says, ends, `[{"index":1,"delta":{},"finish_reason":"length"}]}`},
			[]string{begins, `[{"index":1,"delta":{"role":"assistant","content":"y"}}]}`, says, ends, `[{"index":1,"delta":{},"finish_reason":"length"}]}`}, 5},
		{"two choices at once", 0, []string{`[{"index":0,"delta":{"role":"assistant","content":"a"}},{"index":1,"delta":{"role":"assistant","content":"b"},"finish_reason":"stop"}]}`, ends},
			[]string{`[{"index":0,"delta":{"role":"assistant","content":"a"}},{"index":1,"delta":{"role":"assistant","content":"b"}}]}`, `[{"index":1,"delta":{},"finish_reason":"stop"}]}`, ends}, 1},
		{"nothing", 0, nil, nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, passed := stream(t, "openai", hostabi.Chat, tc.flags, tc.in...)
			if !slices.Equal(got, tc.want) || passed != tc.passed {
				t.Errorf("%d passed, want %d\ngot  %s\nwant %s", passed, tc.passed, strings.Join(got, "\n     "), strings.Join(tc.want, "\n     "))
			}
		})
	}
}

func TestChunksOfToolCalls(t *testing.T) {
	calls := func(list string) string { return `[{"index":0,"delta":{"tool_calls":[` + list + `]}}]}` }
	first := func(i, id, arguments string) string {
		return `{"index":` + i + `,"id":"` + id + `","type":"function","function":{"name":"f","arguments":"` + arguments + `"}}`
	}
	rest := func(i, arguments string) string {
		return `{"index":` + i + `,"function":{"arguments":"` + arguments + `"}}`
	}
	done := `[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`
	for _, tc := range []struct {
		name     string
		in, want []string
	}{
		{"right", []string{calls(first("0", "a", "")), calls(rest("0", "{}")), calls(first("1", "b", "{}"))}, []string{calls(first("0", "a", "")), calls(rest("0", "{}")), calls(first("1", "b", "{}"))}},
		{"id repeated", []string{calls(first("0", "a", "")), calls(`{"index":0,"id":"a","type":"function","function":{"name":null,"arguments":"{}"}}`)}, []string{calls(first("0", "a", "")), calls(rest("0", "{}"))}},
		{"null arguments", []string{calls(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":null}}`)}, []string{calls(first("0", "a", ""))}},
		{"arguments as JSON", []string{calls(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}}`)}, []string{calls(first("0", "a", `{\"x\":1}`))}},
		{"no index", []string{calls(`{"id":"a","type":"function","function":{"name":"f","arguments":""}}`), calls(`{"function":{"arguments":"{}"}}`), calls(`{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}`)},
			[]string{calls(first("0", "a", "")), calls(rest("0", "{}")), calls(first("1", "b", "{}"))}},
		{"every call is number 0", []string{calls(first("0", "a", "{}")), calls(first("0", "b", "")), calls(rest("0", "{}"))}, []string{calls(first("0", "a", "{}")), calls(first("1", "b", "")), calls(rest("1", "{}"))}},
		{"several at once without index", []string{calls(`{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}`)}, []string{calls(first("0", "a", "{}") + "," + first("1", "b", "{}"))}},
		{"more members", []string{calls(`{"index":0,"id":"a","extra_content":{"s":1},"function":{"name":"f","arguments":""}}`)}, []string{calls(`{"index":0,"id":"a","type":"function","extra_content":{"s":1},"function":{"name":"f","arguments":""}}`)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, _ := stream(t, "openai", hostabi.Chat, 0, append(append([]string{begins}, tc.in...), `[],"usage":{"prompt_tokens":1}}`)...)
			want := append(append([]string{begins}, tc.want...), done)
			if !slices.Equal(got, want) {
				t.Errorf("\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		})
	}
}

func TestChunksOfCompletions(t *testing.T) {
	textHead := `{"id":"i","object":"text_completion","created":7,"model":"m","choices":`
	say, end := `[{"index":0,"text":"x","finish_reason":null}]}`, `[{"index":0,"text":"","finish_reason":"stop"}]}`
	for _, tc := range []struct {
		name     string
		flags    uint32
		in, want []string
	}{
		{"right", 0, []string{textHead + say, textHead + end}, []string{textHead + say, textHead + end}},
		{"usage not asked for", 0, []string{textHead + end, textHead + `[],"usage":{"prompt_tokens":1}}`}, []string{textHead + end}},
		{"usage asked for", hostabi.FlagIncludeUsage, []string{textHead + end, textHead + `[],"usage":{"prompt_tokens":1}}`}, []string{textHead + end, textHead + `[],"usage":{"prompt_tokens":1}}`}},
		{"odd", 0, []string{`{"id":"i","object":"x","created":7,"model":"m","choices":[{"text":"x"}]}`, textHead + end}, []string{textHead + `[{"index":0,"text":"x","finish_reason":null}]}`, textHead + end}},
		{"odd end", 0, []string{textHead + `[{"index":0,"text":"x","finish_reason":"eos"}]}`}, []string{textHead + `[{"index":0,"text":"x","finish_reason":"stop"}]}`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, _ := stream(t, "openai", hostabi.Completions, tc.flags, tc.in...)
			if !slices.Equal(got, tc.want) {
				t.Errorf("\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(tc.want, "\n     "))
			}
		})
	}
}

func TestChunksOfBareValues(t *testing.T) {
	got, _ := stream(t, "openai", hostabi.Completions, 0, `{"value":"Su"}`, `{"value":"re"}`)
	if len(got) != 3 || !strings.Contains(got[1], `"object":"text_completion"`) || !strings.Contains(got[1], `"text":"re"`) || !strings.Contains(got[2], `"finish_reason":"stop"`) {
		t.Errorf("got %s", got)
	}
}

func TestChunksOfCompletionsByChat(t *testing.T) {
	got, _ := stream(t, "by_chat", hostabi.Completions, hostabi.FlagIncludeUsage, begins, says, ends, `[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`)
	want := []string{`[{"index":0,"text":"x","logprobs":null,"finish_reason":null}]}`, `[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}`, `[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`}
	if len(got) != len(want) {
		t.Fatalf("got %s", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], `{"id":"i","object":"text_completion"`) || !strings.HasSuffix(got[i], want[i]) {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}
}

func TestStrayEvents(t *testing.T) {
	for _, tc := range []struct {
		name, data string
		fails      bool
	}{
		{"", "", false}, {"", "[]", false}, {"", `"keep-alive"`, false}, {"error", `"overloaded"`, true}, {"", "Internal error", true},
		{"error", `{"error":{"message":"m","status_code":400}}`, true}, {"", `{"error":{"message":"m"},"choices":[]}`, true},
		{"", `{"error":null,"choices":[]}`, false},
	} {
		x := exchange(t, "openai", hostabi.Chat, hostabi.FlagStream)
		x.Request(`{}`)
		a := x.Chunk(tc.name, tc.data)
		if (a.Failure != nil) != tc.fails || len(a.Events) > 0 {
			t.Errorf("%s %s: failure %+v, events %s", tc.name, tc.data, a.Failure, a.Events)
		}
	}
}

func TestStreamsThatAreCut(t *testing.T) {
	text := `{"id":"i","object":"text_completion","created":7,"model":"m","choices":[{"index":0,"text":"x","finish_reason":null}]}`
	for _, tc := range []struct {
		name, vendor string
		endpoint     hostabi.Endpoint
		chunk        string
	}{
		{"chat", "openai", hostabi.Chat, chunkHead + says},
		{"completions", "openai", hostabi.Completions, text},
		{"chat by completions", "prompt", hostabi.Chat, text},
		{"completions by chat", "by_chat", hostabi.Completions, chunkHead + says},
	} {
		x := exchange(t, tc.vendor, tc.endpoint, hostabi.FlagStream)
		x.Request(`{"prompt":"p"}`)
		x.Chunk("", tc.chunk)
		if f := x.End().Failure; f == nil || f.Class != hostabi.APIConnection {
			t.Errorf("%s: got %+v", tc.name, f)
		}
	}
}
