package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// notServed are recorded exchanges with other APIs than the one that the plugin speaks.
var notServed = map[string]string{
	"completions":        "the old API /v1/complete, which this plugin never calls",
	"completions_stream": "the old API /v1/complete, which this plugin never calls",
	"count_tokens":       "an endpoint that OpenAI's API doesn't have",
	"models":             "an endpoint that providers don't serve",
}

// outcomeOf is what matters of an answer, in whatever format it came.
type outcomeOf struct {
	Text, Thoughts, Finish string
	Calls                  []call
	Prompt, Completion     float64
	CacheRead, CacheWrite  float64
}

type call struct {
	ID, Name  string
	Arguments any
}

func TestReplay(t *testing.T) {
	list := recorded(t)
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, x := range list {
			t.Run(x.ID, func(t *testing.T) {
				run := open(t, p, sdktest.Exchange{Flags: hostabi.FlagStream | hostabi.FlagIncludeUsage}, "")
				switch {
				case notServed[x.EndpointKind] != "":
					t.Skip(notServed[x.EndpointKind])
				case x.EndpointKind == "error":
					replayError(t, run, &x)
				case x.EndpointKind == "chat":
					replayReply(t, run, &x)
				default:
					replayStream(t, run, &x)
				}
			})
		}
	})
}

func replayError(t *testing.T, run *sdktest.Run, x *exchange) {
	var native struct{ Error struct{ Message string } }
	if err := json.Unmarshal(x.Response.Body, &native); err != nil {
		t.Fatal(err)
	}
	f := run.Error(x.Response.Status, x.text()).Failure
	if f == nil || f.Message != native.Error.Message || f.Message == "" {
		t.Fatalf("got %+v, want %q", f, native.Error.Message)
	}
	want := hostabi.ClassByStatus
	if strings.HasPrefix(f.Message, "prompt is too long") {
		want = hostabi.ContextWindowExceeded
	}
	if f.Class != want {
		t.Errorf("class %d, want %d", f.Class, want)
	}
}

func replayReply(t *testing.T, run *sdktest.Run, x *exchange) {
	a := run.Response(x.text())
	if a.Failure != nil {
		t.Fatalf("refused: %s", a.Failure.Message)
	}
	native := object(t, x.text())
	if native["object"] == "chat.completion" {
		if !a.Passed || a.Usage == nil || a.Usage[hostabi.UsageCompletion] != 15 {
			t.Errorf("got %+v", a)
		}
		return
	}
	compare(t, ofOpenAI(t, object(t, a.Body), "message"), ofMessage(native), a.Usage)
}

func replayStream(t *testing.T, run *sdktest.Run, x *exchange) {
	var got, want outcomeOf
	arguments := map[int]string{}
	var usage *[hostabi.UsageCounters]uint32
	take := func(a sdktest.Answer) {
		if a.Failure != nil {
			t.Fatalf("refused: %s", a.Failure.Message)
		}
		for _, e := range a.Events {
			got.add(ofOpenAI(t, object(t, e), "delta"), arguments)
		}
		if a.Usage != nil {
			usage = a.Usage
		}
	}
	message := map[string]any{}
	for _, e := range x.events() {
		take(run.Chunk("", e))
		accumulate(message, object(t, e))
	}
	take(run.End())
	for i := range got.Calls {
		got.Calls[i].Arguments = parsed(arguments[i])
	}
	want = ofMessage(message)
	compare(t, got, want, usage)
}

func compare(t *testing.T, got, want outcomeOf, usage *[hostabi.UsageCounters]uint32) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if usage == nil || float64(usage[hostabi.UsagePrompt]) != want.Prompt || float64(usage[hostabi.UsageCompletion]) != want.Completion ||
		float64(usage[hostabi.UsageCacheRead]) != want.CacheRead || float64(usage[hostabi.UsageCacheWrite]) != want.CacheWrite {
		t.Errorf("reported %v, want %+v", usage, want)
	}
	if want.Prompt == 0 || want.Finish == "" {
		t.Errorf("the recorded reply was not understood: %+v", want)
	}
}

var finishOf = map[string]string{
	"end_turn": "stop", "stop_sequence": "stop", "tool_use": "tool_calls", "max_tokens": "length",
}

// ofMessage reads a native message.
func ofMessage(m map[string]any) (o outcomeOf) {
	o.Finish = finishOf[str(m["stop_reason"])]
	for _, b := range items(m["content"]) {
		b := b.(map[string]any)
		switch b["type"] {
		case "text":
			o.Text += str(b["text"])
		case "thinking":
			o.Thoughts += str(b["thinking"])
		case "tool_use":
			o.Calls = append(o.Calls, call{str(b["id"]), str(b["name"]), b["input"]})
		}
	}
	u, _ := m["usage"].(map[string]any)
	o.CacheRead, o.CacheWrite = num(u["cache_read_input_tokens"]), num(u["cache_creation_input_tokens"])
	o.Prompt, o.Completion = num(u["input_tokens"])+o.CacheRead+o.CacheWrite, num(u["output_tokens"])
	return o
}

// accumulate builds a native message from the events of a stream, as Anthropic's SDKs do.
func accumulate(m, e map[string]any) {
	switch e["type"] {
	case "message_start":
		for k, v := range e["message"].(map[string]any) {
			m[k] = v
		}
	case "content_block_start":
		m["content"] = append(items(m["content"]), e["content_block"])
	case "content_block_delta":
		b := items(m["content"])[int(num(e["index"]))].(map[string]any)
		d := e["delta"].(map[string]any)
		switch d["type"] {
		case "text_delta":
			b["text"] = str(b["text"]) + str(d["text"])
		case "thinking_delta":
			b["thinking"] = str(b["thinking"]) + str(d["thinking"])
		case "input_json_delta":
			b["partial"] = str(b["partial"]) + str(d["partial_json"])
		}
	case "content_block_stop":
		b := items(m["content"])[int(num(e["index"]))].(map[string]any)
		if partial := str(b["partial"]); partial != "" {
			b["input"] = parsed(partial)
		}
	case "message_delta":
		m["stop_reason"] = e["delta"].(map[string]any)["stop_reason"]
		for k, v := range e["usage"].(map[string]any) {
			m["usage"].(map[string]any)[k] = v
		}
	}
}

// ofOpenAI reads a completion, or one chunk of it.
func ofOpenAI(t *testing.T, v map[string]any, key string) (o outcomeOf) {
	t.Helper()
	for _, c := range items(v["choices"]) {
		c := c.(map[string]any)
		m := c[key].(map[string]any)
		o.Text, o.Thoughts, o.Finish = str(m["content"]), str(m["reasoning_content"]), str(c["finish_reason"])
		for _, tc := range items(m["tool_calls"]) {
			tc := tc.(map[string]any)
			f := tc["function"].(map[string]any)
			arguments := f["arguments"]
			if key == "message" {
				arguments = parsed(str(arguments))
			}
			if key == "delta" && tc["id"] == nil {
				o.Calls = append(o.Calls, call{Name: "", Arguments: []any{tc["index"], arguments}})
				continue
			}
			o.Calls = append(o.Calls, call{str(tc["id"]), str(f["name"]), arguments})
		}
	}
	if u, ok := v["usage"].(map[string]any); ok {
		o.Prompt, o.Completion = num(u["prompt_tokens"]), num(u["completion_tokens"])
		o.CacheRead, o.CacheWrite = num(u["cache_read_input_tokens"]), num(u["cache_creation_input_tokens"])
	}
	return o
}

// add merges a chunk, as clients do.
func (o *outcomeOf) add(chunk outcomeOf, arguments map[int]string) {
	o.Text += chunk.Text
	o.Thoughts += chunk.Thoughts
	o.Finish += chunk.Finish
	o.Prompt, o.Completion = o.Prompt+chunk.Prompt, o.Completion+chunk.Completion
	o.CacheRead, o.CacheWrite = o.CacheRead+chunk.CacheRead, o.CacheWrite+chunk.CacheWrite
	for _, c := range chunk.Calls {
		if c.ID != "" {
			o.Calls = append(o.Calls, c)
			continue
		}
		piece := c.Arguments.([]any)
		arguments[int(num(piece[0]))] += str(piece[1])
	}
}

func parsed(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return "not JSON: " + text
	}
	return v
}

func items(v any) []any { l, _ := v.([]any); return l }
func str(v any) string  { s, _ := v.(string); return s }
func num(v any) float64 { n, _ := v.(float64); return n }
