package provider

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// seen is a request as it reached the upstream.
type seen struct {
	path, body string
	header     http.Header
}

// recorder answers with body and keeps what it was sent.
func recorder(got *seen, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		*got = seen{r.URL.String(), string(text), r.Header}
		reply(200, "application/json", body)(w, r)
	}
}

func TestPass(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, ` {"ok":true,"usage":{"prompt_tokens":7}} `))
	for range 3 {
		b.mustDo(`{"model":"group","x":[1,2],"metadata":{"a":1}}`)
		if body := string(b.call.Body()); body != ` {"ok":true,"usage":{"prompt_tokens":7}} ` {
			t.Errorf("answer %s", body)
		}
		if u := b.call.Usage(); u != (core.Usage{Prompt: 7, Counted: true}) {
			t.Errorf("usage %+v", u)
		}
		if got.path != "/v1/chat/completions" || got.body != `{"model":"m","x":[1,2]}` {
			t.Errorf("sent to %s: %s", got.path, got.body)
		}
		if h := got.header; h.Get("Authorization") != "Bearer sk-secret-key" || h.Get("Probe-Version") != "1" || h.Get("Content-Type") != "application/json" {
			t.Errorf("header %v", h)
		}
		var names []string
		b.call.Headers(func(name, _ []byte) bool { names = append(names, string(name)); return true })
		if !slices.Contains(names, "Content-Length") {
			t.Errorf("headers %q", names)
		}
		b.call.End()
		if u := b.call.Usage(); u != (core.Usage{}) || b.call.Body() != nil {
			t.Errorf("something is left after the end: %+v %s", u, b.call.Body())
		}
	}
	if b.exchange.Attempt.Upstream <= 0 {
		t.Error("the upstream's time is not noted")
	}
}

func TestEndpoints(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	for e, path := range map[core.Endpoint]string{
		core.Chat: "/v1/chat/completions", core.Completions: "/v1/completions", core.Embeddings: "/v1/embeddings",
	} {
		b.exchange.Endpoint = e
		b.mustDo(`{"model":"m"}`)
		if got.path != path {
			t.Errorf("%s is sent to %s", e, got.path)
		}
		b.call.End()
	}
	b.exchange.Endpoint, got = core.Moderations, seen{}
	e := b.do(`{"model":"m"}`)
	if e == nil || e.Code() != 400 || e.Upstream || e.Message != "litellm.BadRequestError: ProbeException - this provider has no moderations endpoint" {
		t.Errorf("got %v", e)
	}
	if got.path != "" {
		t.Error("it was sent all the same")
	}
}

func TestGuestSettings(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	b.mustDo(`{"do":"path"}`)
	if got.path != "/v1/elsewhere?a=b" {
		t.Errorf("path %s", got.path)
	}
	b.call.End()
	b.mustDo(`{"do":"headers"}`)
	if got.path != "/v1/chat/completions" {
		t.Errorf("the path of the exchange before: %s", got.path)
	}
	if h := got.header; h.Get("X-Guest") != "yes" || !slices.Equal(h["Authorization"], []string{"Bearer sk-secret-key"}) {
		t.Errorf("header %v", h)
	}
	b.call.End()
	b.mustDo(`{}`)
	if got.header.Get("X-Guest") != "" {
		t.Error("the header of the exchange before")
	}
	b.call.End()
	got = seen{}
	if e := b.do(`{"do":"credential"}`); e == nil || e.Code() != 500 || got.path != "" {
		t.Errorf("a credential of the guest's: %v", e)
	}
	e := b.do(`{"do":"bad path"}`)
	if e == nil || e.Code() != 500 || e.Upstream || !errors.Is(e, upstream.ErrCall) {
		t.Errorf("bad path: %v", e)
	}
}

// A guest gets what it needs and never a credential.
func TestWhatTheGuestIsTold(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	b.spec.Params = map[string]string{"region": "eu", "api_key": "sk-params"}
	b.spec.APIVersion, b.spec.NoSystem = "v7", true
	b.mustDo(`{"do":"tell","api_key":"sk-own"}`)
	x := decode[told](t, []byte(got.body))
	want := []string{"m", "group", "probe", "id-1", "v7", "/v1", "eu", ""}
	if !slices.Equal(x.Attributes, want) || x.Flags != "nosystem " || x.Index != 0 {
		t.Errorf("got %+v", x)
	}
	if strings.Contains(got.body, "sk-") {
		t.Errorf("a key in %s", got.body)
	}
	b.call.End()
	b.exchange.Stream, b.exchange.IncludeUsage = true, true
	b.spec = Spec{Model: "free/m", APIBase: b.spec.APIBase, DropParams: true}
	b.do(`{"do":"tell"}`)
	if x := decode[told](t, []byte(got.body)); x.Flags != "stream drop usage " || x.Index != 2 {
		t.Errorf("got %+v", x)
	}
}

func TestDropParams(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	e := b.do(`{"seed":1}`)
	want := "litellm.UnsupportedParamsError: probe does not support parameters: ['seed'], for model=m. To drop these, set " +
		"`litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n drop_params: true`\n"
	if e == nil || e.Message != want || e.Code() != 400 || e.Upstream {
		t.Errorf("got %v", e)
	}
	b.mustDo(`{"seed":1,"drop_params":true,"a":1}`)
	if got.body != `{"a":1,"model":"m"}` {
		t.Errorf("asked for in the request: %s", got.body)
	}
	b.call.End()
	b.mustDo(`{"do":"tell","drop_params":true}`)
	if string(b.call.Body()) != `{"drop":true}` {
		t.Errorf("the reply's event does not know of it: %s", b.call.Body())
	}
	b.call.End()
	b.spec.DropParams = true
	b.mustDo(`{"seed":1,"a":1}`)
	if got.body != `{"a":1,"model":"m"}` {
		t.Errorf("configured: %s", got.body)
	}
}

func TestKeyOfTheCaller(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	b.key = "sk-own"
	b.mustDo(`{}`)
	if a := got.header["Authorization"]; !slices.Equal(a, []string{"Bearer sk-own"}) {
		t.Errorf("got %q", a)
	}
	b.call.End()
	b.spec.Headers = []Header{{"Authorization", "Basic operator"}}
	b.mustDo(`{}`)
	if a := got.header["Authorization"]; !slices.Equal(a, []string{"Bearer sk-own"}) {
		t.Errorf("beside the operator's header: %q", a)
	}
	b.call.End()
	b.spec = Spec{Model: "probe/m", APIBase: b.spec.APIBase}
	b.mustDo(`{}`)
	b.call.End()
	b.key = "sk\nown"
	if e := b.do(`{}`); e == nil || e.Code() != 400 || strings.Contains(e.Error(), "own") {
		t.Errorf("a key that is no header: %v", e)
	}
	b.key = ""
	if e := b.do(`{}`); e == nil || e.Code() != 401 || !e.Upstream {
		t.Errorf("no key at all: %v", e)
	}
}

func TestAnswersByItself(t *testing.T) {
	b := newBench(t, nil)
	b.spec = Spec{Model: "self/m"}
	b.mustDo(`{"do":"tell"}`)
	if x := decode[told](t, b.call.Body()); x.Attributes[2] != "self" {
		t.Errorf("got %s", b.call.Body())
	}
	if !b.call.Finished() {
		t.Error("not finished")
	}
	b.call.Headers(func(_, _ []byte) bool { t.Error("a header of nobody"); return false })
}

func TestGuestRefusesAndTraps(t *testing.T) {
	b := newBench(t, reply(200, "application/json", `{}`, "Retry-After", "9"))
	b.mustDo(`{}`)
	b.call.End()
	e := b.do(`{"do":"refuse"}`)
	if e == nil || e.Message != "litellm.BadRequestError: ProbeException - the guest says no" || e.Code() != 400 || e.RetryAfter != 0 {
		t.Errorf("got %+v", e)
	}
	e = b.do(`{"do":"trap"}`)
	if e == nil || e.Message != "litellm.InternalServerError: InternalServerError: ProbeException - the provider plugin failed" ||
		e.Code() != 500 || e.Upstream || e.Cause == nil {
		t.Errorf("got %+v", e)
	}
	b.mustDo(`{}`) // the next exchange gets another instance
}

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
		if want := message(c.class, b.builder.Registry.byName["probe"], c.want); e.Message != want || e.Class != c.class || !e.Upstream {
			t.Errorf("%s:\n got %s\nwant %s", name, e.Message, want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	b := newBench(t, reply(200, "application/json", `{"a":"`+strings.Repeat("x", 3<<19)+`"}`, "Content-Length", "1572872"))
	b.limits.Response = 1 << 20
	e := b.do(`{}`)
	if e == nil || e.Message != "Response size is too large. Response size is 1.5000076293945312 MB. Max size is 1 MB" ||
		e.Kind != "bad_request_error" || e.Param != "content-length" || e.Code() != 400 || e.Upstream {
		t.Errorf("announced: %+v", e)
	}
	b = newBench(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, `{"a":"`+strings.Repeat("x", 3<<19)+`"}`)
	})
	b.limits.Response = 1 << 20
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
