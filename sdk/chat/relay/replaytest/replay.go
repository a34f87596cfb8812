package replaytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// Run plays everything that was recorded of the plugin's vendors: replies, streams with and without usage, lists and
// errors. vendorOf names the vendor that stands for a recorded provider where the names differ.
func Run(t *testing.T, p *sdktest.Plugin, vendorOf map[string]string) {
	t.Helper()
	passed, all := 0, 0
	for _, r := range Recordings(t, p, vendorOf) {
		t.Run(r.ID, func(t *testing.T) {
			switch r.Kind {
			case "chat", "completions":
				all++
				if replayReply(t, p, r) {
					passed++
				}
			case "chat_stream", "completions_stream":
				replayStream(t, p, r, 0)
				replayStream(t, p, r, hostabi.FlagIncludeUsage)
			case "embeddings", "moderations":
				replayList(t, p, r)
			case "error":
				replayError(t, p, r)
			}
		})
	}
	t.Logf("%d of %d replies passed untouched", passed, all)
}

func (r *Recording) open(p *sdktest.Plugin, flags uint32) *sdktest.Run {
	x := p.Open(sdktest.Exchange{Endpoint: r.Endpoint(), Vendor: r.Provider, Flags: flags, Attrs: map[string]string{"model": "asked-for", "vendor": r.Provider}})
	body := string(r.Request.Body)
	if body == "null" || body == "" {
		body = `{"model":"asked-for","messages":[]}`
	}
	x.Request(body)
	return x
}

// replayReply reports whether the reply was passed untouched.
func replayReply(t *testing.T, p *sdktest.Plugin, r *Recording) bool {
	a := r.open(p, 0).Response(r.text())
	var in map[string]any
	decode(t, r.text(), &in)
	if in["error"] != nil {
		if a.Failure == nil {
			t.Error("the error in it was passed on")
		}
		return false
	}
	if a.Failure != nil {
		t.Fatalf("failed: %+v", a.Failure)
	}
	checkReply(t, r, a.Body)
	compare(t, readReply(t, r.text()), readReply(t, a.Body))
	compareUsage(t, in["usage"], a.Usage)
	return a.Passed
}

func replayStream(t *testing.T, p *sdktest.Plugin, r *Recording, flags uint32) {
	s := play(r.open(p, hostabi.FlagStream|flags), r.text())
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
}

func replayList(t *testing.T, p *sdktest.Plugin, r *Recording) {
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
	if r.Endpoint() != hostabi.Embeddings {
		return
	}
	if u := members(out["usage"]); out["object"] != "list" || text(out["model"]) == "" || number(u["prompt_tokens"]) <= 0 {
		t.Errorf("head: %v %v %v", out["object"], out["model"], u)
	}
	compareUsage(t, in["usage"], a.Usage)
}

func replayError(t *testing.T, p *sdktest.Plugin, r *Recording) {
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
}

// played is what a stream became.
type played struct {
	events  []string
	usage   *[hostabi.UsageCounters]uint32
	failure *sdktest.Failure
}

func (s *played) take(a sdktest.Answer) {
	s.events = append(s.events, a.Events...)
	if a.Usage != nil {
		s.usage = a.Usage
	}
	if a.Failure != nil && s.failure == nil {
		s.failure = a.Failure
	}
}

// play sends the events of a stream as they were on the wire.
func play(x *sdktest.Run, wire string) played {
	var s played
	name := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(wire, "\r\n", "\n"), "\n") {
		if event, ok := strings.CutPrefix(line, "event:"); ok {
			name = strings.TrimSpace(event)
		}
		data, ok := strings.CutPrefix(line, "data:")
		if data = strings.TrimSpace(data); ok && data != "[DONE]" {
			s.take(x.Chunk(name, data))
			name = ""
		}
	}
	s.take(x.End())
	return s
}
