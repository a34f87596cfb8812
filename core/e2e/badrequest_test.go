package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

const (
	chat     = "/v1/chat/completions"
	messages = `"messages":[{"role":"user","content":"Hello"}]`
)

// badRequests are those that must not get as far as an upstream.
var badRequests = []struct{ name, path, body, text string }{
	{"nothing", chat, "", ""},
	{"cut off", chat, `{"model":"m",`, ""},
	{"not JSON", chat, `model=m`, ""},
	{"list", chat, `[]`, "object"},
	{"text", chat, `"model"`, "object"},
	{"two values", chat, `{"model":"m",` + messages + `}{}`, ""},
	{"control character", chat, "{\"model\":\"m\x01\"," + messages + "}", ""},
	{"bad escape", chat, `{"model":"\x",` + messages + `}`, ""},
	{"bad number", chat, `{"model":"m","n":01,` + messages + `}`, ""},
	{"two models", chat, `{"model":"m","model":"secret",` + messages + `}`, "twice"},
	{"two models, one escaped", chat, `{"model":"m","mod\u0065l":"secret",` + messages + `}`, "twice"},
	{"two lists of messages", chat, `{"model":"m",` + messages + `,` + messages + `}`, "twice"},
	{"model is a number", chat, `{"model":5,` + messages + `}`, "model"},
	{"model is a list", chat, `{"model":["m"],` + messages + `}`, "model"},
	{"no model", chat, `{` + messages + `}`, "Invalid model name passed in model=None"},
	{"empty model", chat, `{"model":"",` + messages + `}`, "Invalid model name passed in model=None"},
	{"unknown model", chat, `{"model":"nope",` + messages + `}`, "{'error': '/chat/completions: Invalid model name passed in model=nope. Call `/v1/models` to view available models for your key.'}"},
	{"unknown model, other route", "/embeddings", `{"model":"nope","input":"x"}`, "{'error': '/embeddings: Invalid model name passed in model=nope."},
	{"no messages", chat, `{"model":"m"}`, "messages"},
	{"empty messages", chat, `{"model":"m","messages":[]}`, "messages"},
	{"messages are text", chat, `{"model":"m","messages":"Hello"}`, "messages"},
	{"messages are null", chat, `{"model":"m","messages":null}`, "messages"},
	{"messages are numbers", chat, `{"model":"m","messages":[1,2]}`, "messages"},
	{"a message without role", chat, `{"model":"m","messages":[{"content":"Hello"}]}`, "role"},
	{"a role that is a number", chat, `{"model":"m","messages":[{"role":1,"content":"Hello"}]}`, "role"},
	{"stream is text", chat, `{"model":"m","stream":"yes",` + messages + `}`, "stream"},
	{"timeout is text", chat, `{"model":"m","timeout":"soon",` + messages + `}`, "timeout"},
	{"timeout is negative", chat, `{"model":"m","timeout":-1,` + messages + `}`, "timeout"},
	{"retries are a fraction", chat, `{"model":"m","num_retries":1.5,` + messages + `}`, "num_retries"},
	{"several models, streamed", chat, `{"model":"m,m","stream":true,` + messages + `}`, "stream"},
	{"deep lists", chat, strings.Repeat("[", 200_000), ""},
	{"deep objects", chat, `{"model":"m","x":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + "," + messages + `}`, ""},
	{"no prompt", "/v1/completions", `{"model":"m"}`, "prompt"},
	{"prompt is a number", "/v1/completions", `{"model":"m","prompt":5}`, "prompt"},
	{"no input", "/v1/embeddings", `{"model":"m"}`, "input"},
	{"empty input", "/v1/embeddings", `{"model":"m","input":[]}`, "input"},
	{"input is an object", "/v1/moderations", `{"model":"m","input":{}}`, "input"},
	{"azure path, broken body", "/openai/deployments/m/chat/completions?api-version=1", `{`, ""},
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := single(t, "openai/m", up.URL+"/v1", "")
	g.Post(chat, askWhole)
	base := g.Goroutines()
	for i, tc := range badRequests {
		t.Run(tc.name, func(t *testing.T) {
			id := fmt.Sprintf("bad-%d", i)
			r := g.Post(tc.path, tc.body, "x-litellm-call-id", id)
			e, ok := r.Error()
			if !ok || r.Status != 400 || e.Code != "400" || !strings.Contains(e.Message, tc.text) {
				t.Errorf("answered %d %.300s", r.Status, r.Body)
			}
			if r.Header.Get("x-litellm-call-id") != id || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", r.Header)
			}
			logged(t, g, id, "status=400")
		})
	}
	if n := len(up.Requests()); n != 1 {
		t.Errorf("%d requests reached the upstream", n)
	}
	g.Settle(base)
}

// logged checks that the log has exactly one line about a call, with the text given.
func logged(t *testing.T, g *gateway.Gateway, id, text string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(g.WaitLog(0, "call_id="+id+" ")) {
		if strings.Contains(line, "call_id="+id+" ") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 || !strings.Contains(lines[0], text) {
		t.Errorf("logged %q, want one line with %q", lines, text)
	}
}

// TestTooLarge: bodies over the limit, announced or not, with or without a key.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := single(t, "openai/m", up.URL+"/v1", "general_settings: {max_request_size_mb: 0.01, master_key: sk-secret-master}")
	big := strings.Replace(askWhole, "Hello", strings.Repeat("x", 20_000), 1)
	fits := strings.Replace(askWhole, "Hello", strings.Repeat("x", 10_000), 1)
	for _, key := range []string{"Bearer " + masterKey, ""} {
		r := g.Post(chat, big, "Authorization", key)
		e, ok := r.Error()
		want := fmt.Sprintf("Request size is too large. Request size is %v MB. Max size is 0.01 MB", float64(len(big))/(1<<20))
		if !ok || r.Status != 400 || e.Message != want || e.Type != "bad_request_error" || e.Param != "content-length" || e.Code != "400" {
			t.Errorf("answered %d %s\nwant %s", r.Status, r.Body, want)
		}
	}
	text := raw(t, g, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"+
		strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", 1000, strings.Repeat(" ", 1000)), 20)+"0\r\n\r\n")
	if !strings.HasPrefix(text, "HTTP/1.1 400 ") || !strings.Contains(text, "Request size is too large.") {
		t.Errorf("chunked: answered %.400s", text)
	}
	if len(up.Requests()) != 0 {
		t.Error("it reached the upstream")
	}
	if r := g.Post(chat, fits, "Authorization", "Bearer "+masterKey); r.Status != 200 {
		t.Errorf("10 KB answered %d %s", r.Status, r.Body)
	}
}

// raw sends bytes and returns all that comes back. The gateway has to close the connection.
func raw(t *testing.T, g *gateway.Gateway, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", g.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(wait))
	go io.WriteString(c, text) // fails when the gateway has read enough
	answer, err := io.ReadAll(c)
	if err != nil && len(answer) == 0 {
		t.Errorf("no answer: %v", err)
	}
	return string(answer)
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/m", mock.OpenAI(t).URL+"/v1", "")
	g.Get("/")
	base := g.Goroutines()
	for _, tc := range []struct {
		name, text string
		status     int
	}{
		{"no HTTP", "HELO gateway\r\n\r\n", 400},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		{"bytes", strings.Repeat("\x00\xff", 5000) + "\r\n\r\n", 0},
		{"endless line", "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\n\r\n", 431},
		{"endless headers", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Filler: 0123456789\r\n", 50_000), 431},
		{"bad length", "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400},
		{"two lengths", "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
		{"length and chunks", "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", 400},
		{"bad chunk", "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", 400},
		{"folded header", "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := raw(t, g, tc.text)
			res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
			if err != nil {
				if tc.status != 0 {
					t.Fatalf("answered %.200q: %v", text, err)
				}
				return
			}
			body, _ := io.ReadAll(res.Body)
			if _, ok := (gateway.Reply{Body: body}).Error(); tc.status != 0 && (!ok || res.StatusCode != tc.status) {
				t.Errorf("answered %d %s, want %d", res.StatusCode, body, tc.status)
			}
		})
	}
	half, err := net.Dial("tcp", g.Addr())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(half, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"model\":")
	half.Close()
	g.Settle(base)
}

// TestOtherRoutes answers in the framework's shape.
func TestOtherRoutes(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t, gateway.Options{})
	for _, tc := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/no/such/path", 404, `{"detail":"Not Found"}`},
		{"POST", "/openai/deployments/m/no/such", 404, `{"detail":"Not Found"}`},
		{"GET", "/v1/chat/completions", 405, `{"detail":"Method Not Allowed"}`},
		{"DELETE", "/v1/models", 405, `{"detail":"Method Not Allowed"}`},
	} {
		if r := g.Do(tc.method, tc.path, ""); r.Status != tc.status || string(r.Body) != tc.body {
			t.Errorf("%s %s answered %d %s", tc.method, tc.path, r.Status, r.Body)
		}
	}
	r := g.Do("OPTIONS", "/v1/chat/completions", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization,content-type")
	if r.Status != 200 || r.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "authorization") {
		t.Errorf("preflight answered %d %v", r.Status, r.Header)
	}
}
