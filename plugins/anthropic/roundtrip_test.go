package main

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// TestRoundTrip turns recorded native requests into OpenAI's format, and expects them back as they were recorded.
func TestRoundTrip(t *testing.T) {
	list := recorded(t)
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		done := 0
		for _, x := range list {
			native := map[string]any{}
			if json.Unmarshal(x.Request.Body, &native) != nil || native["messages"] == nil || x.EndpointKind == "count_tokens" {
				continue
			}
			if x.ID == "anthropic-chat-b382683b7a" || x.ID == "anthropic-error-fdcb102b4f" {
				continue // the one speaks OpenAI's format, the other prefills with white space that is trimmed
			}
			done++
			t.Run(x.ID, func(t *testing.T) {
				body, err := json.Marshal(toOpenAI(native))
				if err != nil {
					t.Fatal(err)
				}
				got := object(t, ask(t, p, sdktest.Exchange{}, string(body)).Body)
				if want := normal(native); !reflect.DeepEqual(got, want) {
					g, _ := json.Marshal(got)
					w, _ := json.Marshal(want)
					t.Errorf("got  %s\nwant %s", g, w)
				}
			})
		}
		if done < 25 {
			t.Errorf("only %d requests", done)
		}
	})
}

// normal is a native request in the form that the plugin gives it: lists instead of plain texts.
func normal(native map[string]any) map[string]any {
	n := maps.Clone(native)
	if s, ok := n["system"].(string); ok {
		n["system"] = []any{map[string]any{"type": "text", "text": s}}
	}
	if n["model"] == nil {
		n["model"] = "claude"
	}
	messages := []any{}
	for _, m := range items(native["messages"]) {
		m := maps.Clone(m.(map[string]any))
		if s, ok := m["content"].(string); ok {
			m["content"] = []any{map[string]any{"type": "text", "text": s}}
		}
		messages = append(messages, m)
	}
	n["messages"] = messages
	if c, ok := n["tool_choice"].(map[string]any); ok && c["disable_parallel_tool_use"] == false {
		c = maps.Clone(c)
		delete(c, "disable_parallel_tool_use")
		n["tool_choice"] = c
	}
	return n
}

func toOpenAI(native map[string]any) map[string]any {
	o := maps.Clone(normal(native))
	var messages []any
	for _, s := range items(o["system"]) {
		messages = append(messages, map[string]any{"role": "system", "content": []any{s}})
	}
	delete(o, "system")
	for _, m := range items(o["messages"]) {
		m := m.(map[string]any)
		if m["role"] == "assistant" {
			messages = append(messages, assistantOf(items(m["content"])))
		} else {
			messages = append(messages, userOf(items(m["content"]))...)
		}
	}
	o["messages"] = messages
	var tools []any
	for _, tool := range items(o["tools"]) {
		tools = append(tools, toolOf(tool.(map[string]any)))
	}
	if tools != nil {
		o["tools"] = tools
	}
	if c, ok := o["tool_choice"].(map[string]any); ok {
		switch c["type"] {
		case "any":
			o["tool_choice"] = "required"
		case "tool":
			o["tool_choice"] = map[string]any{"type": "function", "function": map[string]any{"name": c["name"]}}
		default:
			o["tool_choice"] = c["type"]
		}
	}
	if stops, ok := o["stop_sequences"]; ok {
		o["stop"] = stops
		delete(o, "stop_sequences")
	}
	return o
}

func toolOf(tool map[string]any) any {
	f := map[string]any{}
	for k, v := range tool {
		switch k {
		case "name", "description":
			f[k] = v
		case "input_schema":
			f["parameters"] = v
		case "cache_control":
		default:
			return tool
		}
	}
	o := map[string]any{"type": "function", "function": f}
	if c, ok := tool["cache_control"]; ok {
		o["cache_control"] = c
	}
	return o
}

func assistantOf(blocks []any) any {
	m := map[string]any{"role": "assistant"}
	var parts, calls, thoughts []any
	for _, b := range blocks {
		b := b.(map[string]any)
		switch b["type"] {
		case "thinking", "redacted_thinking":
			thoughts = append(thoughts, b)
		case "tool_use":
			input, _ := json.Marshal(b["input"])
			calls = append(calls, map[string]any{"id": b["id"], "type": "function", "function": map[string]any{"name": b["name"], "arguments": string(input)}})
		default:
			parts = append(parts, b)
		}
	}
	for key, list := range map[string][]any{"content": parts, "tool_calls": calls, "thinking_blocks": thoughts} {
		if list != nil {
			m[key] = list
		}
	}
	return m
}

func userOf(blocks []any) (messages []any) {
	var parts []any
	for _, b := range blocks {
		b := b.(map[string]any)
		if b["type"] != "tool_result" {
			parts = append(parts, partOf(b))
			continue
		}
		m := map[string]any{"role": "tool", "tool_call_id": b["tool_use_id"]}
		for _, key := range []string{"content", "is_error", "cache_control"} {
			if v, ok := b[key]; ok {
				m[key] = v
			}
		}
		if list := items(b["content"]); list != nil {
			var inner []any
			for _, p := range list {
				inner = append(inner, partOf(p.(map[string]any)))
			}
			m["content"] = inner
		}
		messages = append(messages, m)
	}
	if parts != nil {
		messages = append(messages, map[string]any{"role": "user", "content": parts})
	}
	return messages
}

func partOf(b map[string]any) any {
	source, _ := b["source"].(map[string]any)
	var part map[string]any
	switch {
	case b["type"] == "image" && source["type"] == "base64":
		part = map[string]any{"type": "image_url", "image_url": map[string]any{"url": "data:" + str(source["media_type"]) + ";base64," + str(source["data"])}}
	case b["type"] == "image" && source["type"] == "url":
		part = map[string]any{"type": "image_url", "image_url": map[string]any{"url": source["url"]}}
	case b["type"] == "document" && source["type"] == "base64":
		part = map[string]any{"type": "file", "file": map[string]any{"file_data": "data:" + str(source["media_type"]) + ";base64," + str(source["data"])}}
	default:
		return b
	}
	if c, ok := b["cache_control"]; ok {
		part["cache_control"] = c
	}
	return part
}
