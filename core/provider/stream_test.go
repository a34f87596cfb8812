package provider

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
)

func newStream(t *testing.T, h http.HandlerFunc) *bench {
	t.Helper()
	b := newBench(t, h)
	b.exchange.Stream = true
	return b
}

func TestStream(t *testing.T) {
	const two = "data: {\"n\":1}\n\ndata: {\"n\":2}\n\n"
	for name, c := range map[string]struct{ request, upstream, want string }{
		"done":              {`{}`, two + "data: [DONE]\n\n", two},
		"end without done":  {`{}`, two, two},
		"no last blank":     {`{}`, "data: {\"n\":1}\n\ndata: {\"n\":2}\n", two},
		"after done":        {`{}`, two + "data: [DONE]\n\ndata: {\"n\":3}\n\n", two},
		"done alone":        {`{}`, "data: [DONE]\n\n", ""},
		"CRLF and comments": {`{}`, ": hi\r\n\r\nid: 1\r\ndata: {\"n\":1}\r\n\r\n: ping\r\n\r\ndata:{\"n\":2}\r\n\r\n", two},
		"empty data":        {`{}`, "data:\n\n" + two + "data: \n\n", two},
		"a long line":       {`{}`, "data: {\"n\":\"" + strings.Repeat("x", 40000) + "\"}\n\n", "data: {\"n\":\"" + strings.Repeat("x", 40000) + "\"}\n\n"},
		"data in two lines": {`{}`, "data: {\"n\":\ndata: 1}\n\n", "data: {\"n\": 1}\n\n"},
		"named event":       {`{}`, "event: probe_event\ndata: {}\n\n", "data: {\"named\":true}\n\n"},
		"other name":        {`{}`, "event: unheard_of\ndata: {\"n\":1}\n\n", "data: {\"n\":1}\n\n"},
		"two for one":       {`{"do":"double"}`, "data: {\"n\":1}\n\n", "data: {\"a\":{\"n\":1}}\n\ndata: {\"b\":{\"n\":1}}\n\n"},
		"none for one":      {`{"do":"silent"}`, two, ""},
		"owed at the end":   {`{"do":"summary"}`, two + "data: [DONE]\n\n", two + "data: {\"chunks\":2}\n\n"},
		"plain text type":   {`{}`, two, two},
	} {
		handler := sse(c.upstream)
		if name == "plain text type" {
			handler = reply(200, "text/plain", c.upstream)
		}
		b := newStream(t, handler)
		for range 2 { // the state of one exchange must not reach the next
			b.mustDo(c.request)
			got, e := b.stream()
			if e != nil || got != c.want {
				t.Errorf("%s: %v\n got %.200q\nwant %.200q", name, e, got, c.want)
			}
			b.call.End()
		}
	}
}

func TestStreamFails(t *testing.T) {
	const first = "data: {\"n\":1}\n\n"
	for name, c := range map[string]struct {
		request string
		serve   http.HandlerFunc
		want    string
		class   core.Class
	}{
		"error event": {`{}`, sse(first + "data: {\"error\":{\"message\":\"late\"}}\n\ndata: {\"n\":2}\n\n"), "late", core.ServiceUnavailable},
		"not JSON":    {`{}`, sse(first + "data: noise\n\n"), "not JSON: noise", core.InternalServer},
		"at the end":  {`{"do":"fail at the end"}`, sse(first), "incomplete", core.InternalServer},
		"cut": {`{}`, func(w http.ResponseWriter, r *http.Request) {
			sse(first)(w, r)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "the upstream closed the connection before its answer was complete", core.APIConnection},
		"event too large": {`{}`, sse(first + "data: " + strings.Repeat("x", 17<<20)), "", core.BadRequest},
	} {
		b := newStream(t, c.serve)
		b.mustDo(c.request)
		got, e := b.stream()
		if e == nil || got != first || e.Class != c.class || e.Upstream == (c.class == core.BadRequest) {
			t.Errorf("%s: %q, %+v", name, got, e)
			continue
		}
		if want := message(c.class, b.builder.Registry.byName["probe"], c.want); c.want != "" && e.Message != want {
			t.Errorf("%s: %s", name, e.Message)
		}
		b.call.End()
	}
}

func TestStreamStalls(t *testing.T) {
	handler, _, left := until(t, "data: {\"n\":1}\n\n")
	b := newStream(t, handler)
	b.limits.Timeout = 50 * time.Millisecond
	b.mustDo(`{}`)
	if _, e := b.stream(); e == nil || e.Class != core.Timeout || e.Timeout != b.limits.Timeout {
		t.Errorf("got %+v", e)
	}
	b.call.End()
	<-left
}

// The limit of a stream is for each wait, that of other calls for the whole.
func TestWhatTheLimitIsFor(t *testing.T) {
	b := newStream(t, sse("data: {\"n\":1}\n\n"))
	b.mustDo(`{}`)
	if w := &b.call.wire; w.Idle != b.limits.Timeout || !w.Deadline.IsZero() {
		t.Errorf("stream: idle %s, deadline %s", w.Idle, w.Deadline)
	}
	b.call.End()
	b = newBench(t, reply(200, "application/json", `{}`))
	b.mustDo(`{}`)
	if w := &b.call.wire; w.Idle != 0 || w.Deadline.Before(time.Now()) {
		t.Errorf("no stream: idle %s, deadline %s", w.Idle, w.Deadline)
	}
	b.call.End()
	b.limits.Timeout = 0
	b.mustDo(`{}`)
	if w := &b.call.wire; w.Idle != 0 || !w.Deadline.IsZero() {
		t.Errorf("no limit: idle %s, deadline %s", w.Idle, w.Deadline)
	}
}

func TestStreamCancelled(t *testing.T) {
	handler, arrived, left := until(t, "data: {\"n\":1}\n\n")
	b := newStream(t, handler)
	b.cancel = new(upstream.Canceller)
	b.mustDo(`{}`)
	<-arrived
	go b.cancel.Cancel(errors.New("gone"))
	if _, e := b.stream(); e == nil || e.Class != core.Cancelled {
		t.Errorf("got %+v", e)
	}
	b.call.End()
	<-left
}

// A client that left is not read to the end for: the upstream is told to stop.
func TestStreamAbandoned(t *testing.T) {
	handler, arrived, left := until(t, "data: {\"n\":1}\n\n")
	b := newStream(t, handler)
	b.mustDo(`{}`)
	<-arrived
	b.call.End()
	<-left
}

// Each event is there as soon as it came, and what came together is given out together.
func TestStreamDoesNotWait(t *testing.T) {
	next := make(chan string)
	b := newStream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for text := range next {
			io.WriteString(w, text)
			w.(http.Flusher).Flush()
		}
	})
	go func() { next <- "data: {\"n\":1}\n\n" }()
	b.mustDo(`{}`)
	for _, text := range []string{"data: {\"n\":2}\n\n", "data: {\"n\":3}\n\ndata: {\"n\":4}\n\n"} {
		b.call.Taken()
		next <- text
		if e := b.call.More(); e != nil || string(b.call.Output()) != text {
			t.Errorf("%v, %q", e, b.call.Output())
		}
	}
	b.call.Taken()
	close(next)
	if got, e := b.stream(); e != nil || got != "" {
		t.Errorf("%v, %q", e, got)
	}
}

func TestConnectionIsUsedAgain(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(sse("data: {\"n\":1}\n\ndata: [DONE]\n\n"))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	b := newStream(t, nil)
	b.spec.APIBase = server.URL
	for range 5 {
		b.mustDo(`{}`)
		if _, e := b.stream(); e != nil {
			t.Fatal(e)
		}
		b.call.End()
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestStreamUsage(t *testing.T) {
	b := newStream(t, sse("data: {\"n\":1}\n\ndata: {\"usage\":{\"prompt_tokens\":9}}\n\n"))
	b.mustDo(`{}`)
	if _, e := b.stream(); e != nil {
		t.Fatal(e)
	}
	if u := b.call.Usage(); u != (core.Usage{Prompt: 9, Counted: true}) {
		t.Errorf("got %+v", u)
	}
}

// The client gets the same however the upstream's bytes are cut.
func TestStreamCutAnywhere(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" +
		": ping\r\n\r\ndata: {\"n\":\"é\"}\r\n\r\nevent: probe_event\ndata: {}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n"
	const want = "data: {\"n\":\"é\"}\n\ndata: {\"named\":true}\n\ndata: {\"n\":2}\n\n"
	for cut := 1; cut < len(text); cut++ {
		b := newStream(t, nil)
		b.builder.Client = upstream.New(upstream.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				far.Read(make([]byte, 4096))
				io.WriteString(far, text[:cut])
				io.WriteString(far, text[cut:])
			}()
			return near, nil
		}})
		b.call = NewCall(b.builder.Client)
		b.mustDo(`{}`)
		if got, e := b.stream(); e != nil || got != want {
			t.Fatalf("cut at %d: %v, %q", cut, e, got)
		}
		b.call.End()
		b.builder.Client.Close()
	}
}

func TestCredentialHeadersAreTheHosts(t *testing.T) {
	c := NewCall(nil)
	for _, name := range []string{"Authorization", "authorization", "API-KEY", "x-api-key", "X-Goog-Api-Key", "Cookie", "Proxy-Authorization", "Host", "Content-Length", "a b"} {
		if c.set(hostabi.SetHeader, []byte(name), []byte("v")) == nil {
			t.Errorf("%s can be set", name)
		}
	}
	if err := c.set(hostabi.SetHeader, []byte("Anthropic-Beta"), []byte("v")); err != nil {
		t.Error(err)
	}
	if c.set(hostabi.SetHeader, []byte("X-A"), []byte("v\r\nX-B: c")) == nil {
		t.Error("a line break can be set")
	}
	if c.set(hostabi.SetEndpoint, nil, []byte("v")) == nil || c.set(hostabi.Setting(99), nil, nil) == nil {
		t.Error("unknown settings are accepted")
	}
	if string(c.header) != "Anthropic-Beta: v\r\n" {
		t.Errorf("header %q", c.header)
	}
}
