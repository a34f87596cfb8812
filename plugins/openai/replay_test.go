package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// vendorOf names the vendor that stands for a recorded provider, where the names differ.
var vendorOf = map[string]string{
	"bedrock_mantle": "openai_like", "fireworks": "fireworks_ai", "gemini_openai": "openai_like", "llamacpp": "llamafile",
	"nvidia": "nvidia_nim", "ollama": "openai_like", "openai_compatible": "openai_like", "together": "together_ai",
	"venice": "veniceai", "vllm": "hosted_vllm", "cohere": "openai_like", "anthropic": "openai_like",
}

// recording is one recorded exchange.
type recording struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Kind     string `json:"endpoint_kind"`
	Request  struct {
		URL  string          `json:"url"`
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

// text is the reply's body as it was on the wire.
func (r *recording) text() string {
	var s string
	if json.Unmarshal(r.Response.Body, &s) == nil {
		return s
	}
	return string(r.Response.Body)
}

func (r *recording) endpoint() hostabi.Endpoint {
	switch {
	case strings.Contains(r.Request.URL, "/embeddings"):
		return hostabi.Embeddings
	case strings.Contains(r.Request.URL, "/moderations"):
		return hostabi.Moderations
	case strings.Contains(r.Request.URL, "/completions") && !strings.Contains(r.Request.URL, "/chat/completions"):
		return hostabi.Completions
	}
	return hostabi.Chat
}

// speaksOpenAI leaves out what was recorded of the same providers' other protocols.
func (r *recording) speaksOpenAI() bool {
	if r.Provider == "writer" {
		return true
	}
	for _, end := range []string{"/chat/completions", "/completions", "/embeddings", "/moderations"} {
		if strings.HasSuffix(strings.TrimSuffix(r.Request.URL, "?"), end) {
			return true
		}
	}
	return false
}

// recordings reads what is there of the kinds, by vendors of the manifest.
func recordings(t *testing.T, p *sdktest.Plugin, kinds ...string) []*recording {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "fixtures", "providers")
	files, _ := filepath.Glob(filepath.Join(root, "*", "*.json"))
	if len(files) == 0 {
		t.Skip("no recorded traffic here")
	}
	var list []*recording
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := &recording{}
		if err := json.Unmarshal(text, r); err != nil {
			t.Fatal(err)
		}
		if v := vendorOf[r.Provider]; v != "" {
			r.Provider = v
		}
		known := slices.ContainsFunc(p.Manifest.Vendors, func(v hostabi.Vendor) bool { return v.Name == r.Provider })
		if known && slices.Contains(kinds, r.Kind) && r.speaksOpenAI() {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		t.Fatalf("no recordings of %s", kinds)
	}
	return list
}

func (r *recording) open(p *sdktest.Plugin, flags uint32) *sdktest.Run {
	x := p.Open(sdktest.Exchange{Endpoint: r.endpoint(), Vendor: r.Provider, Flags: flags, Attrs: map[string]string{"model": "asked-for"}})
	body := string(r.Request.Body)
	if body == "null" || body == "" {
		body = `{"model":"asked-for","messages":[]}`
	}
	x.Request(body)
	return x
}

func TestReplayReplies(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		passed := 0
		list := recordings(t, p, "chat", "completions")
		for _, r := range list {
			t.Run(r.ID, func(t *testing.T) {
				a := r.open(p, 0).Response(r.text())
				var in map[string]any
				decode(t, r.text(), &in)
				if in["error"] != nil {
					if a.Failure == nil {
						t.Error("the error in it was passed on")
					}
					return
				}
				if a.Failure != nil {
					t.Fatalf("failed: %+v", a.Failure)
				}
				if a.Passed {
					passed++
				}
				checkReply(t, r, a.Body)
				compare(t, readReply(t, r.text()), readReply(t, a.Body))
				compareUsage(t, in["usage"], a.Usage)
			})
		}
		t.Logf("%d of %d replies passed untouched", passed, len(list))
	})
}

// checkReply checks what holds for every reply.
func checkReply(t *testing.T, r *recording, body string) {
	t.Helper()
	var out map[string]any
	decode(t, body, &out)
	object := "chat.completion"
	if r.endpoint() == hostabi.Completions {
		object = "text_completion"
	} else if _, ok := out["system_fingerprint"]; !ok {
		t.Error("no system_fingerprint")
	}
	if out["object"] != object || text(out["id"]) == "" || text(out["model"]) == "" || number(out["created"]) <= 0 && !strings.Contains(r.text(), `"created":0`) {
		t.Errorf("head: object %v id %v model %v created %v", out["object"], out["id"], out["model"], out["created"])
	}
	for _, choice := range array(out["choices"]) {
		c := members(choice)
		if !slices.Contains([]string{"stop", "length", "tool_calls", "content_filter", "function_call"}, text(c["finish_reason"])) {
			t.Errorf("finish_reason %v", c["finish_reason"])
		}
		if m := members(c["message"]); r.endpoint() == hostabi.Chat {
			if content, ok := m["content"]; m["role"] != "assistant" || !ok || content != nil && text(content) == "" && content != "" {
				t.Errorf("message %v", m)
			}
		}
	}
}

func TestReplayStreams(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		chunks, passed := 0, 0
		for _, r := range recordings(t, p, "chat_stream", "completions_stream") {
			for _, flags := range []uint32{0, hostabi.FlagIncludeUsage} {
				t.Run(fmt.Sprintf("%s/%d", r.ID, flags), func(t *testing.T) {
					s := playStream(r.open(p, hostabi.FlagStream|flags), r.text())
					chunks, passed = chunks+s.chunks, passed+s.passed
					if strings.Contains(r.text(), `"error":{`) {
						if s.failure == nil {
							t.Error("the error in it was passed on")
						}
						return
					}
					if s.failure != nil {
						t.Fatalf("failed: %+v", s.failure)
					}
					checkStream(t, r, s.events, flags != 0)
					compare(t, readStream(t, nativeEvents(r.text())), readStream(t, s.events))
					compareUsage(t, lastUsage(t, r.text()), s.usage)
				})
			}
		}
		t.Logf("%d of %d chunks passed untouched", passed, chunks)
	})
}

// played is what a stream became.
type played struct {
	events         []string
	usage          *[hostabi.UsageCounters]uint32
	failure        *sdktest.Failure
	chunks, passed int
}

func playStream(x *sdktest.Run, wire string) played {
	var s played
	take := func(a sdktest.Answer) {
		s.events = append(s.events, a.Events...)
		if a.Usage != nil {
			s.usage = a.Usage
		}
		if a.Failure != nil && s.failure == nil {
			s.failure = a.Failure
		}
	}
	name := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(wire, "\r\n", "\n"), "\n") {
		if event, ok := strings.CutPrefix(line, "event:"); ok {
			name = strings.TrimSpace(event)
		}
		data, ok := strings.CutPrefix(line, "data:")
		if data = strings.TrimSpace(data); !ok || data == "[DONE]" {
			continue
		}
		a := x.Chunk(name, data)
		name = ""
		s.chunks++
		if a.Passed {
			s.passed++
		}
		take(a)
	}
	take(x.End())
	return s
}

// checkStream checks what holds for every stream.
func checkStream(t *testing.T, r *recording, events []string, usage bool) {
	t.Helper()
	var first map[string]any
	finished := map[float64]bool{}
	begun := map[float64]bool{}
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
		if _, has := e["usage"]; has != (usage && i == len(events)-1 && len(choices) == 0) && (has || len(choices) == 0) {
			t.Errorf("event %d of %d has usage: %v, choices %d", i, len(events), has, len(choices))
		}
		if r.endpoint() == hostabi.Completions {
			continue
		}
		if e["object"] != "chat.completion.chunk" {
			t.Errorf("event %d: object %v", i, e["object"])
		}
		for _, choice := range choices {
			c := members(choice)
			index := number(c["index"])
			delta, ok := c["delta"].(map[string]any)
			if !ok || (text(delta["role"]) != "") == begun[index] {
				t.Errorf("event %d: delta %v", i, c["delta"])
			}
			begun[index] = true
			if finished[index] {
				t.Errorf("event %d comes after the end: %s", i, event)
			}
			if c["finish_reason"] != nil {
				finished[index] = true
				if text(delta["content"]) != "" || delta["tool_calls"] != nil && len(array(delta["tool_calls"])) > 0 {
					t.Errorf("event %d ends with %v", i, delta)
				}
			}
		}
	}
	for index := range begun {
		if !finished[index] {
			t.Errorf("choice %v does not end", index)
		}
	}
}

func TestReplayLists(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, r := range recordings(t, p, "embeddings", "moderations") {
			t.Run(r.ID, func(t *testing.T) {
				a := r.open(p, 0).Response(r.text())
				if a.Failure != nil {
					t.Fatalf("failed: %+v", a.Failure)
				}
				var in, out map[string]any
				decode(t, r.text(), &in)
				decode(t, a.Body, &out)
				if fmt.Sprint(in["data"]) != fmt.Sprint(out["data"]) || fmt.Sprint(in["results"]) != fmt.Sprint(out["results"]) {
					t.Error("the data changed")
				}
				if r.endpoint() == hostabi.Embeddings {
					if u := members(out["usage"]); out["object"] != "list" || text(out["model"]) == "" || number(u["prompt_tokens"]) <= 0 {
						t.Errorf("head: %v %v %v", out["object"], out["model"], u)
					}
					compareUsage(t, in["usage"], a.Usage)
				}
			})
		}
	})
}

func TestReplayErrors(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, r := range recordings(t, p, "error") {
			t.Run(r.ID, func(t *testing.T) {
				f := r.open(p, 0).Error(r.Response.Status, r.text()).Failure
				if f == nil || f.Message == "" {
					t.Fatalf("no error: %+v", f)
				}
				words := readError(r.text())
				if !strings.Contains(f.Message, words) {
					t.Errorf("got %q, want the words %q", f.Message, words)
				}
				if long := strings.Contains(words, "maximum context length"); long != (f.Class == hostabi.ContextWindowExceeded) {
					t.Errorf("class %d for %q", f.Class, words)
				}
			})
		}
	})
}
