// Package wire reads what models answered in OpenAI's and Anthropic's formats, independently of the gateway: tests compare
// what a vendor said with what the gateway made of it.
package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Answer is what a reply says, whatever its format.
type Answer struct {
	ID, Model string
	Choices   map[int]*Choice
	Usage     *Usage
}

// Choice is one of the alternatives of an answer.
type Choice struct {
	Text, Reasoning, Refusal string
	Calls                    []Call
	Finish                   string // in OpenAI's words, "" when the reply has none
}

// Call is a tool call. Arguments are JSON, spaced and ordered as canonical text.
type Call struct{ ID, Name, Arguments string }

// Usage counts tokens.
type Usage struct{ Prompt, Completion, Total int }

func (a *Answer) choice(i int) *Choice {
	if a.Choices == nil {
		a.Choices = map[int]*Choice{}
	}
	if a.Choices[i] == nil {
		a.Choices[i] = &Choice{}
	}
	return a.Choices[i]
}

// Finish translates a reason to stop into OpenAI's words, as the contract lists them.
func Finish(reason string) string {
	switch reason {
	case "end_turn", "stop_sequence", "STOP", "COMPLETE", "eos_token", "eos", "pause_turn":
		return "stop"
	case "max_tokens", "MAX_TOKENS", "model_context_window_exceeded":
		return "length"
	case "tool_use", "tool_call":
		return "tool_calls"
	case "SAFETY", "content_filtered", "refusal":
		return "content_filter"
	}
	return reason
}

// Canonical rewrites JSON so that equal values have equal texts; other text comes back as it is.
func Canonical(text string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(out)
}

// Compare lists where got differs from what the vendor said.
func (want Answer) Compare(got Answer) []string {
	var diffs []string
	differ := func(what string, want, got any) {
		if want != got {
			diffs = append(diffs, fmt.Sprintf("%s: vendor %.200q, gateway %.200q", what, fmt.Sprint(want), fmt.Sprint(got)))
		}
	}
	if want.ID != "" {
		differ("id", want.ID, got.ID)
	}
	if want.Model != "" {
		differ("model", want.Model, got.Model)
	}
	differ("number of choices", len(want.Choices), len(got.Choices))
	for i, w := range want.Choices {
		g := got.Choices[i]
		if g == nil {
			diffs = append(diffs, fmt.Sprintf("choice %d is missing", i))
			continue
		}
		differ("text", w.Text, g.Text)
		differ("reasoning", w.Reasoning, g.Reasoning)
		differ("refusal", w.Refusal, g.Refusal)
		if w.Finish != "" { // else the gateway has to find one
			differ("finish reason", w.Finish, g.Finish)
		}
		diffs = append(diffs, compareCalls(w.Calls, g.Calls)...)
	}
	return diffs
}

func compareCalls(want, got []Call) []string {
	same := slices.EqualFunc(want, got, func(w, g Call) bool {
		return (w.ID == "" || w.ID == g.ID) && w.Name == g.Name && w.Arguments == g.Arguments
	})
	if same {
		return nil
	}
	return []string{fmt.Sprintf("tool calls: vendor %.300q, gateway %.300q", want, got)}
}
