package provider

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
)

func TestErrorReplies(t *testing.T) {
	const explained = `{"error":{"message":"said so"}}`
	for _, c := range []struct {
		status int
		body   string
		want   string // after the class and the title
		class  core.Class
		code   int
	}{
		{400, explained, "said so", core.BadRequest, 400},
		{401, explained, "said so", core.Authentication, 401},
		{402, explained, "said so", core.APIError, 402},
		{403, explained, "said so", core.PermissionDenied, 403},
		{404, explained, "said so", core.NotFound, 404},
		{408, explained, "said so", core.Timeout, 408},
		{413, explained, "said so", core.BadRequest, 400},
		{422, explained, "said so", core.Unprocessable, 422},
		{429, explained, "said so", core.RateLimit, 429},
		{500, explained, "said so", core.InternalServer, 500},
		{502, explained, "said so", core.InternalServer, 502},
		{503, explained, "said so", core.ServiceUnavailable, 503},
		{504, explained, "said so", core.Timeout, 408},
		{529, explained, "said so", core.ServiceUnavailable, 503},
		{500, "", "the upstream gave no reason", core.InternalServer, 500},
		{500, `<html>oops</html>`, "<html>oops</html>", core.InternalServer, 500},
		{500, `{"error":`, `{"error":`, core.InternalServer, 500},
		{500, `["a"]`, `["a"]`, core.InternalServer, 500},
		{500, strings.Repeat("x", 600), strings.Repeat("x", 512) + "…", core.InternalServer, 500},
		{401, `{"error":{"message":"bad key sk-secret-key!"}}`, "bad key ****!", core.Authentication, 401},
		{401, `bad key sk-secret-key!`, "bad key ****!", core.Authentication, 401},
	} {
		b := newBench(t, reply(c.status, "application/json", c.body))
		e := b.do(`{}`)
		if e == nil {
			t.Errorf("%d: no error", c.status)
			continue
		}
		if want := message(c.class, &Vendor{Vendor: b.builder.Registry.byName["probe"].Vendor}, c.want); e.Message != want {
			t.Errorf("%d %.20s:\n got %s\nwant %s", c.status, c.body, e.Message, want)
		}
		if e.Class != c.class || e.Code() != c.code || !e.Upstream {
			t.Errorf("%d %.20s: %s, %d", c.status, c.body, e.Class, e.Code())
		}
	}
}

func TestMessage(t *testing.T) {
	v := registry(t).byName["openai"]
	for class, want := range map[core.Class]string{
		core.RateLimit:             "litellm.RateLimitError: RateLimitError: OpenaiException - m",
		core.BadRequest:            "litellm.BadRequestError: OpenaiException - m",
		core.ContextWindowExceeded: "litellm.ContextWindowExceededError: ContextWindowExceededError: OpenaiException - m",
		core.Timeout:               "litellm.Timeout: Timeout: OpenaiException - m",
	} {
		if got := message(class, v, "m"); got != want {
			t.Errorf("got %q", got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "1.5": 1500 * time.Millisecond, "0": 0, "-1": 0, "soon": 0, "1e9": 0, "NaN": 0, "Inf": 0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter([]byte(value), now); got != want {
			t.Errorf("%q is %s, want %s", value, got, want)
		}
	}
	b := newBench(t, reply(429, "application/json", `{}`, "Retry-After", "7"))
	if e := b.do(`{}`); e == nil || e.RetryAfter != 7*time.Second {
		t.Errorf("got %+v", e)
	}
}

func TestRepliesThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		stream  bool
		want    string
		class   core.Class
	}{
		"not JSON":          {reply(200, "application/json", `<html>`), false, "the upstream's answer is not JSON", core.APIConnection},
		"empty":             {reply(200, "application/json", ``), false, "the upstream's answer is not JSON", core.APIConnection},
		"a web page":        {reply(200, "text/html", `<html>`), false, "the upstream's answer is not JSON", core.APIConnection},
		"events, not asked": {sse("data: {}\n\n"), false, "the upstream's answer is not JSON", core.APIConnection},
		"redirect":          {reply(307, "text/html", ``, "Location", "http://127.0.0.1:1/"), false, "the upstream answered with a redirect; check api_base", core.APIConnection},
		"not modified":      {reply(304, "text/html", ``), false, "the upstream answered with a redirect; check api_base", core.APIConnection},
		"error in 200":      {reply(200, "application/json", `{"error":{"message":"late"}}`), false, "late", core.RateLimit},
		"JSON, not events":  {reply(200, "application/json; charset=utf-8", `{}`), true, "the upstream did not stream its answer", core.APIConnection},
		"error, not events": {reply(200, "application/json", `{"error":{"message":"late"}}`), true, "late", core.RateLimit},
		"a page of events":  {reply(200, "text/html", "<html>\n"), true, "the upstream's answer has no events", core.APIConnection},
		"no events":         {sse(""), true, "the upstream's answer has no events", core.APIConnection},
		"only comments":     {sse(": ping\n\n: ping\n\n"), true, "the upstream's answer has no events", core.APIConnection},
		"error first":       {sse("data: {\"error\":{\"message\":\"late\"}}\n\n"), true, "late", core.ServiceUnavailable},
		"noise first":       {sse("data: noise\n\n"), true, "not JSON: noise", core.InternalServer},
	} {
		b := newBench(t, c.handler)
		b.exchange.Stream = c.stream
		e := b.do(`{}`)
		if e == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if want := message(c.class, b.builder.Registry.byName["probe"], c.want); e.Message != want || e.Class != c.class || e.Upstream == (name == "JSON, not events") {
			t.Errorf("%s:\n got %s\nwant %s", name, e.Message, want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	b := newBench(t, reply(200, "application/json", `{"a":"`+strings.Repeat("x", 3<<19)+`"}`, "Content-Length", "1572872"))
	b.limits.Response = 1
	e := b.do(`{}`)
	if e == nil || e.Message != "Response size is too large. Response size is 1.5000076293945312 MB. Max size is 1 MB" ||
		e.Kind != "bad_request_error" || e.Param != "content-length" || e.Code() != 400 || e.Upstream {
		t.Errorf("announced: %+v", e)
	}
	b = newBench(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, `{"a":"`+strings.Repeat("x", 3<<19)+`"}`)
	})
	b.limits.Response = 1
	if e := b.do(`{}`); e == nil || e.Message != "Response size is too large. Response size is over 1 MB. Max size is 1 MB" {
		t.Errorf("chunked: %+v", e)
	}
}

// raw serves one connection after the other by hand.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 64<<10))
				serve(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestBrokenConnections(t *testing.T) {
	write := func(text string) func(net.Conn) { return func(c net.Conn) { io.WriteString(c, text) } }
	for name, c := range map[string]struct {
		serve func(net.Conn)
		want  string
		class core.Class
	}{
		"closed at once":  {write(""), "the upstream closed the connection before its answer was complete", core.APIConnection},
		"cut in the head": {write("HTTP/1.1 200 OK\r\nContent-"), "the upstream closed the connection before its answer was complete", core.APIConnection},
		"cut in the body": {write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\""), "the upstream closed the connection before its answer was complete", core.APIConnection},
		"not HTTP":        {write("SSH-2.0-x\r\n\r\n"), "the upstream's answer is not valid HTTP", core.APIConnection},
		"endless headers": {write("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: b\r\n", 20000)), "the upstream's answer is not valid HTTP", core.APIConnection},
	} {
		b := newBench(t, nil)
		b.spec.APIBase = raw(t, c.serve)
		e := b.do(`{}`)
		if e == nil || e.Class != c.class || !e.Upstream || e.Cause == nil {
			t.Errorf("%s: %+v", name, e)
			continue
		}
		if want := message(c.class, b.builder.Registry.byName["probe"], c.want); e.Message != want {
			t.Errorf("%s: %s", name, e.Message)
		}
	}
	b := newBench(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.spec.APIBase = "http://" + l.Addr().String()
	l.Close()
	if e := b.do(`{}`); e == nil || e.Message != "litellm.InternalServerError: InternalServerError: ProbeException - Connection error." ||
		e.Code() != 500 || !e.Upstream || strings.Contains(e.Message, "127.0.0.1") {
		t.Errorf("refused: %+v", e)
	}
}

// until returns a handler that answers when the test ends, and a channel that tells when its client has left.
func until(t *testing.T, first string) (handler http.HandlerFunc, arrived, left chan struct{}) {
	arrived, left = make(chan struct{}, 8), make(chan struct{}, 8)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if first != "" {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, first)
			w.(http.Flusher).Flush()
		}
		arrived <- struct{}{}
		select {
		case <-r.Context().Done():
			left <- struct{}{}
		case <-done:
		}
	}, arrived, left
}

func TestTimeout(t *testing.T) {
	handler, _, left := until(t, "")
	b := newBench(t, handler)
	b.limits.Timeout = 50 * time.Millisecond
	for _, stream := range []bool{false, true} {
		b.exchange.Stream = stream
		e := b.do(`{}`)
		if e == nil || e.Message != "litellm.Timeout: Timeout: ProbeException - Request timed out. No answer within 0.05 s" ||
			e.Code() != 408 || e.Timeout != b.limits.Timeout || !e.Upstream {
			t.Errorf("stream %v: %+v", stream, e)
		}
		<-left
	}
}

func TestCancel(t *testing.T) {
	handler, arrived, left := until(t, "")
	b := newBench(t, handler)
	b.cancel = new(upstream.Canceller)
	go func() {
		<-arrived
		b.cancel.Cancel(errors.New("gone"))
	}()
	if e := b.do(`{}`); e == nil || e.Class != core.Cancelled || e.Upstream {
		t.Errorf("got %+v", e)
	}
	<-left
	if e := b.do(`{}`); e == nil || e.Class != core.Cancelled {
		t.Errorf("cancelled before: %+v", e)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"7", "1.5", "1e300", "NaN", "Fri, 02 Jan 2026 03:04:15 GMT"} {
		f.Add(s)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if d := retryAfter([]byte(value), now); d < 0 {
			t.Errorf("%q is %s", value, d)
		}
	})
}
