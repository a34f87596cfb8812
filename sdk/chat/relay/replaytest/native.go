package replaytest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// answer is one choice as a client sees it, read without the plugin.
type answer struct {
	Text, Reasoning, Finish string
	Calls                   []call
}

type call struct{ ID, Name, Arguments string }

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
}

func text(v any) string            { s, _ := v.(string); return s }
func number(v any) float64         { n, _ := v.(float64); return n }
func array(v any) []any            { a, _ := v.([]any); return a }
func members(v any) map[string]any { m, _ := v.(map[string]any); return m }

// content splits a content, a string or a list of parts, into text and thoughts.
func content(v any) (said, thought string) {
	said = text(v)
	for _, part := range array(v) {
		p := members(part)
		said += text(p["text"])
		thought += text(p["thinking"])
		for _, sub := range array(p["thinking"]) {
			thought += text(members(sub)["text"])
		}
	}
	return said, thought
}

// reasoning is what vendors put into one of two members.
func reasoning(m map[string]any) string {
	if r, ok := m["reasoning_content"]; ok {
		return text(r)
	}
	return text(m["reasoning"])
}

// finish is what a client of OpenAI expects for what the recorded vendors say.
func finish(word string, calls []call) string {
	switch word {
	case "", "eos":
		if len(calls) > 0 {
			return "tool_calls"
		}
		return "stop"
	case "tool_call":
		return "tool_calls"
	}
	return word
}

func readReply(t *testing.T, body string) []answer {
	t.Helper()
	var doc map[string]any
	decode(t, body, &doc)
	var answers []answer
	for _, choice := range array(doc["choices"]) {
		c := members(choice)
		m := members(c["message"])
		said, thought := content(m["content"])
		a := answer{Text: said + text(c["text"]), Reasoning: reasoning(m) + thought}
		for _, tool := range array(m["tool_calls"]) {
			a.Calls = append(a.Calls, readCall(members(tool)))
		}
		a.Finish = finish(text(c["finish_reason"]), a.Calls)
		answers = append(answers, a)
	}
	return answers
}

func readCall(tool map[string]any) call {
	f := members(tool["function"])
	return call{text(tool["id"]), text(f["name"]), text(f["arguments"])}
}

// nativeEvents are the events of a recorded stream.
func nativeEvents(wire string) []string {
	var events []string
	for line := range strings.SplitSeq(strings.ReplaceAll(wire, "\r\n", "\n"), "\n") {
		if data, ok := strings.CutPrefix(line, "data:"); ok && strings.TrimSpace(data) != "[DONE]" {
			events = append(events, strings.TrimSpace(data))
		}
	}
	return events
}

func readStream(t *testing.T, events []string) []answer {
	t.Helper()
	var answers []answer
	for _, event := range events {
		var doc map[string]any
		decode(t, event, &doc)
		choices := array(doc["choices"])
		if value, ok := doc["value"]; ok {
			choices = []any{map[string]any{"text": value}}
		}
		for _, choice := range choices {
			c := members(choice)
			for int(number(c["index"])) >= len(answers) {
				answers = append(answers, answer{})
			}
			a := &answers[int(number(c["index"]))]
			d := members(c["delta"])
			said, thought := content(d["content"])
			if _, chat := c["delta"]; !chat {
				said = text(c["text"])
			}
			a.Text += said
			a.Reasoning += reasoning(d) + thought
			a.addCalls(array(d["tool_calls"]))
			if word := text(c["finish_reason"]); word != "" {
				a.Finish = word
			}
		}
	}
	for i := range answers {
		answers[i].Finish = finish(answers[i].Finish, answers[i].Calls)
	}
	return answers
}

func (a *answer) addCalls(fragments []any) {
	for _, fragment := range fragments {
		f := members(fragment)
		part := readCall(f)
		index := int(number(f["index"]))
		for index >= len(a.Calls) {
			a.Calls = append(a.Calls, call{})
		}
		c := &a.Calls[index]
		if c.ID == "" {
			c.ID = part.ID
		}
		if c.Name == "" {
			c.Name = part.Name
		}
		c.Arguments += part.Arguments
	}
}

func compare(t *testing.T, want, got []answer) {
	t.Helper()
	for i := range want {
		for j := range want[i].Calls {
			if want[i].Calls[j].ID == "" && i < len(got) && j < len(got[i].Calls) {
				want[i].Calls[j].ID = got[i].Calls[j].ID // it had to be made up
			}
		}
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("got  %.1500s\nwant %.1500s", fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}

func lastUsage(t *testing.T, wire string) any {
	t.Helper()
	var last any
	for _, event := range nativeEvents(wire) {
		var doc map[string]any
		decode(t, event, &doc)
		if u := members(doc["usage"]); u != nil {
			last = u
		} else if u := members(members(doc["x_groq"])["usage"]); u != nil {
			last = u
		}
	}
	return last
}

func compareUsage(t *testing.T, native any, got *[hostabi.UsageCounters]uint32) {
	t.Helper()
	u := members(native)
	if u == nil {
		if got != nil {
			t.Errorf("usage %v out of nothing", *got)
		}
		return
	}
	if got == nil {
		t.Errorf("no usage, want %v", u)
		return
	}
	prompt, completion, total := number(u["prompt_tokens"]), number(u["completion_tokens"]), number(u["total_tokens"])
	if prompt == 0 {
		prompt = total - completion
	}
	if total > prompt+completion {
		completion = total - prompt
	}
	cached := number(members(u["prompt_tokens_details"])["cached_tokens"])
	for _, key := range []string{"cached_tokens", "num_cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens"} {
		cached = max(cached, number(u[key]))
	}
	reasons := max(number(members(u["completion_tokens_details"])["reasoning_tokens"]), number(u["reasoning_tokens"]))
	want := [...]float64{prompt, completion, min(cached, prompt), number(u["cache_creation_input_tokens"]), reasons}
	for i, n := range want {
		if float64(got[i]) != n {
			t.Errorf("usage %v, want %v from %v", *got, want, u)
			return
		}
	}
}

// readError finds an error's words by the shapes that were recorded.
func readError(body string) string {
	var doc map[string]any
	if json.Unmarshal([]byte(body), &doc) != nil {
		return body
	}
	if e := members(doc["error"]); e != nil {
		return text(e["message"])
	}
	for _, key := range []string{"message", "error", "detail"} {
		if s := text(doc[key]); s != "" {
			return s
		}
	}
	return text(members(array(doc["detail"])[0])["msg"])
}
