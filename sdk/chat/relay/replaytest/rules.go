package replaytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// checkReply checks what holds for every reply.
func checkReply(t *testing.T, r *Recording, body string) {
	t.Helper()
	var out map[string]any
	decode(t, body, &out)
	object := "chat.completion"
	if r.Endpoint() == hostabi.Completions {
		object = "text_completion"
	} else if _, ok := out["system_fingerprint"]; !ok {
		t.Error("no system_fingerprint")
	}
	if out["object"] != object || text(out["id"]) == "" || text(out["model"]) == "" || number(out["created"]) <= 0 {
		t.Errorf("head: object %v id %v model %v created %v", out["object"], out["id"], out["model"], out["created"])
	}
	for _, choice := range array(out["choices"]) {
		c := members(choice)
		if !slices.Contains([]string{"stop", "length", "tool_calls", "content_filter", "function_call"}, text(c["finish_reason"])) {
			t.Errorf("finish_reason %v", c["finish_reason"])
		}
		if r.Endpoint() == hostabi.Chat {
			checkMessage(t, members(c["message"]))
		}
	}
}

func checkMessage(t *testing.T, m map[string]any) {
	t.Helper()
	content, ok := m["content"]
	if _, isText := content.(string); m["role"] != "assistant" || !ok || content != nil && !isText {
		t.Errorf("message %v", m)
	}
}

// checkStream checks what holds for every stream.
func checkStream(t *testing.T, r *Recording, events []string, usage bool) {
	t.Helper()
	var first map[string]any
	s := streamRules{begun: map[float64]bool{}, finished: map[float64]bool{}}
	for i, event := range events {
		var e map[string]any
		decode(t, event, &e)
		if first == nil {
			first = e
		}
		if e["id"] != first["id"] || text(e["id"]) == "" || e["created"] != first["created"] || text(e["model"]) == "" {
			t.Errorf("event %d: %v", i, e)
		}
		choices := array(e["choices"])
		_, has := e["usage"]
		if last := usage && i == len(events)-1; has != (len(choices) == 0) || has && !last {
			t.Errorf("event %d of %d has usage: %v, choices %d", i, len(events), has, len(choices))
		}
		if r.Endpoint() == hostabi.Chat {
			s.check(t, e, choices)
		}
	}
	if usage && lastUsage(t, r.text()) != nil && !strings.Contains(events[len(events)-1], `"usage":{`) {
		t.Error("the usage that was asked for is missing")
	}
	for index := range s.begun {
		if !s.finished[index] {
			t.Errorf("choice %v does not end", index)
		}
	}
}

// streamRules are the rules that a chat's stream keeps over its chunks, by choice.
type streamRules struct{ begun, finished map[float64]bool }

func (s *streamRules) check(t *testing.T, event map[string]any, choices []any) {
	t.Helper()
	if event["object"] != "chat.completion.chunk" {
		t.Errorf("object %v", event["object"])
	}
	for _, choice := range choices {
		c := members(choice)
		index := number(c["index"])
		delta, ok := c["delta"].(map[string]any)
		if !ok || (text(delta["role"]) != "") == s.begun[index] {
			t.Errorf("delta %v", c["delta"])
		}
		s.begun[index] = true
		if s.finished[index] {
			t.Errorf("comes after the end: %v", event)
		}
		if c["finish_reason"] == nil {
			continue
		}
		s.finished[index] = true
		if text(delta["content"]) != "" || len(array(delta["tool_calls"])) > 0 {
			t.Errorf("the end brings %v", delta)
		}
	}
}
