package wire

import (
	"strings"
	"testing"
)

const (
	opening = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}` + "\n\n"
	ending  = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	counted = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}` + "\n\n"
	done    = "data: [DONE]\n\n"
)

func TestStreamProblems(t *testing.T) {
	for _, tc := range []struct {
		name, stream string
		usage        bool
		want         string // part of a problem, "" = none
	}{
		{"good", opening + ending + done, false, ""},
		{"good with usage", opening + ending + counted + done, true, ""},
		{"no end", opening + ending, false, "does not end with [DONE]"},
		{"goes on", opening + ending + done + ending, false, "after [DONE]"},
		{"no reason", opening + done, false, "no finish_reason"},
		{"two reasons", opening + ending + ending + done, false, "goes on after its finish_reason"},
		{"other id", opening + strings.Replace(ending, `"1"`, `"2"`, 1) + done, false, "the id changes"},
		{"other date", opening + strings.Replace(ending, `:1,`, `:2,`, 1) + done, false, "created changes"},
		{"no role", strings.Replace(opening, `"role":"assistant",`, "", 1) + ending + done, false, `has role ""`},
		{"two roles", opening + opening + ending + done, false, "later delta has a role"},
		{"reason with text", opening + strings.Replace(ending, "{}", `{"content":"x"}`, 1) + done, false, "together with content"},
		{"usage unasked", opening + ending + counted + done, false, "nobody asked"},
		{"usage missing", opening + ending + done, true, "0 chunks with usage"},
		{"usage beside text", strings.Replace(opening, `"choices"`, `"usage":{},"choices"`, 1) + ending + done, true, "usage in a chunk with choices"},
		{"error", opening + `data: {"error":{}}` + "\n\n", false, "error event"},
		{"other lines", "event: x\n" + opening + ending + done, false, "a line that is not data"},
		{"foreign reason", opening + strings.Replace(ending, "stop", "end_turn", 1) + done, false, "finish_reason \"end_turn\""},
	} {
		problems := strings.Join(StreamProblems(tc.stream, true, tc.usage), "\n")
		if (tc.want == "") != (problems == "") || !strings.Contains(problems, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, problems, tc.want)
		}
	}
}

func TestCompare(t *testing.T) {
	answer := func() Answer {
		return Answer{ID: "1", Model: "m", Choices: map[int]*Choice{0: {Text: "Hi", Finish: "stop", Calls: []Call{{"c", "f", "{}"}}}}}
	}
	if diffs := answer().Compare(answer()); diffs != nil {
		t.Errorf("equal answers differ: %s", diffs)
	}
	for name, change := range map[string]func(*Answer){
		"id":     func(a *Answer) { a.ID = "2" },
		"model":  func(a *Answer) { a.Model = "n" },
		"text":   func(a *Answer) { a.Choices[0].Text = "Ho" },
		"finish": func(a *Answer) { a.Choices[0].Finish = "length" },
		"calls":  func(a *Answer) { a.Choices[0].Calls[0].Arguments = `{"a":1}` },
		"number": func(a *Answer) { a.Choices[1] = &Choice{} },
	} {
		got := answer()
		change(&got)
		if answer().Compare(got) == nil {
			t.Errorf("a different %s was not noticed", name)
		}
	}
}
