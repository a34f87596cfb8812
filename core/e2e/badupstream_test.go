package e2e

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// badUpstream is one way of answering badly.
type badUpstream struct {
	name   string
	serve  func(c mock.Conn)
	status int
	text   string // in the message
}

// say answers with text and closes.
func say(text string) func(mock.Conn) {
	return func(c mock.Conn) { io.WriteString(c, text) }
}

// http answers properly, with a body.
func answered(head, body string) func(mock.Conn) {
	return say(fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body))
}

// reset answers with the start of something and resets the connection.
func reset(text string) func(mock.Conn) {
	return func(c mock.Conn) {
		io.WriteString(c, text)
		c.Reset()
	}
}

// endless never stops.
func endless(head, part string) func(mock.Conn) {
	return func(c mock.Conn) {
		io.WriteString(c, head)
		c.Endless(part)
	}
}

const (
	jsonHead  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	sseHead   = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	connError = "APIConnectionError"
)

// badUpstreams answer badly to every request, streamed or not.
var badUpstreams = []badUpstream{
	{"reset before the head", reset(""), 500, connError},
	{"closed before the head", say(""), 500, connError},
	{"closed in the head", say("HTTP/1.1 200 OK\r\nContent-Ty"), 500, connError},
	{"no HTTP", say("220 mail.example ESMTP\r\n"), 500, connError},
	{"bytes", say(strings.Repeat("\x00\xfe", 3000)), 500, connError},
	{"bad status", say("HTTP/1.1 2x0 OK\r\n\r\n"), 500, connError},
	{"bad header", say("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"), 500, connError},
	{"two lengths", say(jsonHead + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), 500, connError},
	{"endless headers", endless("HTTP/1.1 200 OK\r\n", "X-Filler: 0123456789\r\n"), 500, connError},
	{"endless header line", endless("HTTP/1.1 200 OK\r\nX-Filler: ", strings.Repeat("a", 1000)), 500, connError},
	{"endless interim replies", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), 500, connError},
	{"redirect", answered("302 Found\r\nLocation: http://169.254.169.254/", ""), 500, "redirect"},
	{"switching protocols", say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), 500, connError},
	{"empty reply", answered("200 OK\r\nContent-Type: application/json", ""), 500, connError},
	{"no content", say("HTTP/1.1 204 No Content\r\n\r\n"), 500, connError},
	{"web page", answered("200 OK\r\nContent-Type: text/html", "<html><title>Welcome</title></html>"), 500, connError},
	{"not JSON", answered("200 OK\r\nContent-Type: application/json", `{"id":`), 500, connError},
	{"reset in the body", reset(jsonHead + "Content-Length: 100\r\n\r\n{\"id\":\"x\","), 500, connError},
	{"closed in the body", say(jsonHead + "Content-Length: 100\r\n\r\n{\"id\":\"x\","), 500, connError},
	{"closed in a chunk", say(jsonHead + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"id\":"), 500, connError},
	{"bad chunk", say(jsonHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"), 500, connError},
	{"unknown coding", answered("200 OK\r\nContent-Type: application/json\r\nContent-Encoding: br", "\x0b\x02\x80"), 500, connError},
	{"error in a good reply", answered("200 OK\r\nContent-Type: application/json", `{"error":{"message":"sorry, no","code":429}}`), 429, "sorry, no"},
	{"error page", answered("502 Bad Gateway\r\nContent-Type: text/html", "<html><head><title>502 Bad Gateway</title></head></html>"), 502, "502 Bad Gateway"},
	{"empty error", answered("500 Internal Server Error", ""), 500, "InternalServerError"},
	{"error, cut", say("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{\"error\":"), 400, "BadRequestError"},
	{"odd status", answered("999 What", "{}"), 0, ""},
}

// badReplies answer badly when a whole reply is asked for.
var badReplies = []badUpstream{
	{"too large", answered("200 OK\r\nContent-Type: application/json", `{"x":"`+strings.Repeat("y", 2<<20)+`"}`), 400, "Response size is too large. Response size is 2.000"},
	{"too large, in chunks", endless(jsonHead+"Transfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("%x\r\n%s\r\n", 1000, strings.Repeat(" ", 1000))), 400, "Response size is too large. "},
	{"endless", endless(jsonHead+"\r\n", strings.Repeat(" ", 1000)), 400, "Response size is too large. "},
	{"wrong shape, list", answered("200 OK\r\nContent-Type: application/json", `[]`), 500, "reply"},
	{"wrong shape, text", answered("200 OK\r\nContent-Type: application/json", `"hello"`), 500, "reply"},
	{"wrong shape, empty", answered("200 OK\r\nContent-Type: application/json", `{}`), 500, "reply"},
}

// badStreams answer badly when a stream is asked for.
var badStreams = []badUpstream{
	{"whole reply", answered("200 OK\r\nContent-Type: application/json", `{"id":"x","choices":[]}`), 500, ""},
	{"empty stream", say(sseHead + "0\r\n\r\n"), 500, connError},
	{"only comments", say(sseHead + "8\r\n: ping\n\n\r\n0\r\n\r\n"), 500, connError},
	{"events of no JSON", say(sseHead + "d\r\ndata: hello\n\n\r\n0\r\n\r\n"), 500, ""},
	{"endless event", endless(sseHead, fmt.Sprintf("%x\r\n%s\r\n", 100_000, strings.Repeat("a", 100_000))), 0, ""},
	{"reset", reset(sseHead), 500, connError},
}

func TestBadUpstreams(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"openai", "anthropic"} {
		for _, kind := range []struct {
			name, body string
			cases      []badUpstream
		}{{"whole", askWhole, append(badUpstreams, badReplies...)}, {"stream", ask, append(badUpstreams, badStreams...)}} {
			t.Run(vendor+"/"+kind.name, func(t *testing.T) {
				t.Parallel()
				playBad(t, vendor, kind.body, kind.cases)
			})
		}
	}
}

// playBad sends a request to each, and checks at the end that nothing is left of them.
func playBad(t *testing.T, vendor, body string, cases []badUpstream) {
	var config strings.Builder
	config.WriteString("model_list:\n")
	upstreams := make([]*mock.Raw, len(cases))
	for i, c := range cases {
		upstreams[i] = mock.NewRaw(t, c.serve)
		fmt.Fprintf(&config, "  - model_name: \"%d\"\n    litellm_params: {model: %s/m, api_base: %q, api_key: sk-secret-upstream}\n", i, vendor, upstreams[i].URL)
	}
	for name, base := range map[string]string{"refused": mock.Refusing, "good": mock.OpenAI(t).URL} {
		fmt.Fprintf(&config, "  - model_name: %s\n    litellm_params: {model: %s/m, api_base: %q, api_key: sk-secret-upstream}\n", name, vendor, base)
	}
	config.WriteString("router_settings: {num_retries: 0, timeout: 10}\ngeneral_settings: {max_response_size_mb: 1}\n")
	g := gateway.Start(t, gateway.Options{Config: config.String()})
	r := g.Post(chat, strings.Replace(body, `"m"`, `"refused"`, 1), "x-litellm-call-id", "refused")
	if e, ok := r.Error(); !ok || r.Status != 500 || !strings.Contains(e.Message, "Exception - Connection error.") {
		t.Errorf("refused: answered %d %s", r.Status, r.Body)
	}
	g.Post(chat, strings.Replace(body, `"m"`, `"good"`, 1)) // whatever is started once is started now
	base := g.Goroutines()
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id := fmt.Sprintf("call-%d", i)
			checkBad(t, c, g.Post(chat, strings.Replace(body, `"m"`, fmt.Sprintf(`"%d"`, i), 1), "x-litellm-call-id", id))
			logged(t, g, id, "request failed")
			released(t, upstreams[i])
		})
	}
	g.Settle(base)
}

func checkBad(t *testing.T, c badUpstream, r gateway.Reply) {
	t.Helper()
	if e, ok := streamError(r); ok {
		if !strings.Contains(e.Message, c.text) {
			t.Errorf("broke with %+v, want %q", e, c.text)
		}
		return
	}
	e, ok := r.Error()
	if !ok || r.Status < 400 || (c.status != 0 && r.Status != c.status) || e.Code != fmt.Sprint(r.Status) || !strings.Contains(e.Message, c.text) {
		t.Errorf("answered %d %.400s, want %d with %q", r.Status, r.Body, c.status, c.text)
	}
	for _, leak := range []string{"127.0.0.1", gateway.SecretMark} {
		if strings.Contains(e.Message, leak) {
			t.Errorf("the message tells %s: %s", leak, e.Message)
		}
	}
}

// streamError is the error event that ends a stream.
func streamError(r gateway.Reply) (gateway.Error, bool) {
	last := strings.TrimSuffix(string(r.Body), "\n\n")
	at := strings.LastIndex(last, "data: ")
	if r.Status != 200 || at < 0 {
		return gateway.Error{}, false
	}
	return gateway.Reply{Body: []byte(last[at+len("data: "):])}.Error()
}

// released checks that the gateway has closed its connections.
func released(t *testing.T, up *mock.Raw) {
	t.Helper()
	for deadline := time.Now().Add(wait); up.Open() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection to the upstream stays open")
		}
	}
}

// TestUpstreamKeepsConnections: a good upstream's connection is used again.
func TestUpstreamKeepsConnections(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	up := mock.OpenAI(t)
	g := single(t, "openai/m", up.URL+"/v1", "")
	for range 5 {
		if r := g.Post(chat, askWhole); r.Status != 200 {
			t.Fatalf("answered %d %s", r.Status, r.Body)
		}
	}
	for _, r := range up.Requests() {
		seen[r.From] = true
	}
	if len(seen) != 1 {
		t.Errorf("%d connections for 5 requests", len(seen))
	}
}
