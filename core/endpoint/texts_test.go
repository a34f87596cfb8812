package endpoint

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func scanned(t *testing.T, text string) *tape.Doc {
	t.Helper()
	d := &tape.Doc{}
	if err := d.Scan([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWritten(t *testing.T) {
	for text, want := range map[string]struct {
		content, other string
		several        bool
	}{
		`{"choices":[{"message":{"content":"a\nb"}}]}`:                                        {"a\nb", "", false},
		`{"choices":[{"delta":{"content":"a","reasoning_content":"r"}}]}`:                     {"a", "r", false},
		`{"choices":[{"text":"a"}]}`:                                                          {"a", "", false},
		`{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"x":1},"b"]}}]}`:      {"ab", "", false},
		`{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}`: {"", "f{}", false},
		`{"choices":[{"text":"a"},{"text":"b"}]}`:                                             {"ab", "", true},
		`{"choices":[{"index":1,"text":"b"}]}`:                                                {"b", "", true},
		`{"choices":[1,2]}`:                                                                   {"", "", false},
		`{"choices":{"message":{"content":"a"}}}`:                                             {"", "", false},
		`{"choices":[{"message":{"content":{"text":"a"}}}]}`:                                  {"", "", false},
		`{}`: {"", "", false},
	} {
		var w written
		w.add(scanned(t, text))
		if string(w.content) != want.content || string(w.other) != want.other || w.several != want.several {
			t.Errorf("%s: %q %q %v", text, w.content, w.other, w.several)
		}
	}
}

func TestPromptTokens(t *testing.T) {
	for text, want := range map[string]int{
		`{"messages":[{"role":"user","content":"What a day"}]}`:                          3 + 3 + 1 + 3,
		`{"messages":[{"role":"user","content":[{"type":"text","text":"What a day"}]}]}`: 3 + 3 + 1 + 3,
		`{"prompt":"What a day"}`:        3,
		`{"input":["What a day","day"]}`: 4,
		`{"input":[1,2,3]}`:              3,
		`{"input":[[1,2,3],[4]]}`:        4,
		`{"input":7}`:                    0,
		`{}`:                             0,
	} {
		f := &pipeline.Flight{Doc: *scanned(t, text)}
		f.Attempt.Model = "gpt-4o"
		if got := promptTokens(f); got != want {
			t.Errorf("%s: %d tokens, want %d", text, got, want)
		}
	}
}

func TestUsageIsCounted(t *testing.T) {
	f := &pipeline.Flight{Doc: *scanned(t, `{"messages":[{"role":"user","content":"What a day"}]}`)}
	body := `{"id":"1","choices":[{"message":{"content":"What a day"}}]}`
	if got := string(withUsage([]byte(body), f)); !strings.HasSuffix(got, `,"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}`) {
		t.Errorf("got %s", got)
	}
	if f.Usage != (core.Usage{Prompt: 10, Completion: 3}) {
		t.Errorf("noted %+v", f.Usage)
	}
}

func TestKept(t *testing.T) {
	if got := kept([]byte(`{"a":1}`)); string(got) != `{"a":1}` {
		t.Errorf("got %s", got)
	}
	if got := kept([]byte(`{"a":`)); got != nil {
		t.Errorf("got %s", got)
	}
	long := `["` + strings.Repeat("é", maxKept) + `"]`
	var cut struct {
		Truncated bool
		Bytes     int
		Beginning string
	}
	got := kept([]byte(long))
	if err := json.Unmarshal(got, &cut); err != nil || !cut.Truncated || cut.Bytes != len(long) || !strings.HasPrefix(long, cut.Beginning) || len(got) > maxKept+1024 {
		t.Errorf("%v: %d bytes kept, says %d", err, len(got), cut.Bytes)
	}
}

// The row of a stream has what was asked and what was written, where the configuration wants that.
func TestStreamIsKept(t *testing.T) {
	const event = `data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"%"}}]}` + "\n\n"
	open := streams(t, strings.Replace(event, "%", "What a", 1)+strings.Replace(event, "%", ` \"day\"`, 1)+"data: [DONE]\n\n")
	for _, prompts := range []bool{true, false} {
		s := open()
		var row *core.Spend
		s.flight.Principal.KeyHash = "k"
		s.flight.State.Accounting = &pipeline.Accounting{Prompts: prompts, Spend: func(c *core.Spend) error { row = c; return nil }}
		s.flight.Kept.Request = []byte(`[{"role":"user"}]`)
		for len(s.part()) > 0 {
		}
		s.Close()
		asked, answer := `[{"role":"user"}]`, `{"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",`+
			`"content":"What a \"day\""}}],"usage":{"prompt_tokens":0,"completion_tokens":5,"total_tokens":5}}`
		if !prompts {
			asked, answer = "{}", "{}"
		}
		if row == nil || !json.Valid(row.Response) || string(row.Messages) != asked || string(row.Response) != answer {
			t.Errorf("row %+v, response %s, want %s", row, row.Response, answer)
		}
	}
}
