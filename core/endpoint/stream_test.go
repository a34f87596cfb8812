package endpoint_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

const streamed = `{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hi"}]}`

func piece(content string) string {
	return `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"role":"assistant","content":"` +
		content + `"}}]}` + "\n\n"
}

const last = `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"

// script streams each text when it is told to; it ends when texts is closed.
func script(texts chan string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Request-Id", "req-1")
		for {
			select {
			case text, more := <-texts:
				if !more {
					return
				}
				io.WriteString(w, text)
				w.(http.Flusher).Flush()
			case <-r.Context().Done():
				return
			}
		}
	}
}

func TestStream(t *testing.T) {
	texts := make(chan string, 4)
	g := start(t, serve(t, script(texts)), one)
	for _, text := range []string{piece("Hi"), last, "data: [DONE]\n\n"} {
		texts <- text
	}
	close(texts)
	r := g.Post("/v1/chat/completions", streamed)
	if r.Body != piece("Hi")+last+"data: [DONE]\n\n" {
		t.Errorf("got %s", r.Body)
	}
	for name, want := range map[string]string{
		"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "x-accel-buffering": "no",
		"x-litellm-model-id": "one", "llm_provider-x-request-id": "req-1", "x-litellm-response-cost": "", "content-length": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Each event is with the client before the upstream sends the next.
func TestStreamIsFlushed(t *testing.T) {
	texts := make(chan string)
	g := start(t, serve(t, script(texts)), one)
	go func() { texts <- piece("0") }()
	answer := g.Open(http.MethodPost, "/v1/chat/completions", streamed)
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	for _, content := range []string{"1", "2", "3"} {
		line, err := lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "data: {") {
			t.Fatalf("%v %q", err, line)
		}
		lines.ReadString('\n')
		texts <- piece(content)
	}
	close(texts)
}

// What fails before the first event is an answer with a status; after it, an event and no [DONE].
func TestStreamFails(t *testing.T) {
	g := start(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if r.Header.Get("Authorization") == "Bearer later" {
			io.WriteString(w, piece("Hi"))
		}
		io.WriteString(w, `data: {"error":{"message":"overloaded","code":503}}`+"\n\n")
	}), one+"router_settings: {num_retries: 0}\n")
	r := g.Post("/v1/chat/completions", streamed)
	if r.Status != 503 || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || !strings.HasPrefix(r.Body, `{"error":`) {
		t.Errorf("first: %d %s", r.Status, r.Body)
	}
	r = g.Post("/v1/chat/completions", strings.Replace(streamed, "{", `{"api_key":"later",`, 1))
	events := strings.Split(strings.TrimSuffix(r.Body, "\n\n"), "\n\n")
	if r.Status != 200 || len(events) != 2 || strings.Contains(r.Body, "[DONE]") {
		t.Fatalf("later: %d %s", r.Status, r.Body)
	}
	e := decode[failure](t, strings.TrimPrefix(events[1], "data: ")).Error
	if e.Code != "503" || !strings.Contains(e.Message, "litellm.ServiceUnavailableError: ServiceUnavailableError: OpenAIException - overloaded") {
		t.Errorf("later: %s", events[1])
	}
	if log := g.Log.String(); strings.Count(log, "request failed") != 2 {
		t.Errorf("log:\n%s", log)
	}
}

func TestClientLeaves(t *testing.T) {
	left := make(chan struct{})
	g := start(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			io.WriteString(w, piece(strings.Repeat("x", 1000)))
			w.(http.Flusher).Flush()
		}
		close(left)
	}), one)
	answer := g.Open(http.MethodPost, "/v1/chat/completions", streamed)
	if _, err := io.ReadFull(answer.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	<-left
}

func TestStreamTimeout(t *testing.T) {
	texts := make(chan string, 1)
	texts <- piece("Hi")
	g := start(t, serve(t, script(texts)), one+"router_settings: {num_retries: 0, stream_timeout: 0.2}\n")
	r := g.Post("/v1/chat/completions", streamed)
	if !strings.HasPrefix(r.Body, piece("Hi")) || !strings.Contains(r.Body, "litellm.Timeout: ") || strings.Contains(r.Body, "[DONE]") {
		t.Errorf("got %s", r.Body)
	}
	close(texts)
}

func TestServedIsLoggedWhenVerbose(t *testing.T) {
	up := newAnswers(t)
	s := apptest.Setup{Config: strings.ReplaceAll(one, "UP", up.URL)}
	s.Options.Verbose = true
	g := apptest.Start(t, s)
	g.Post("/v1/chat/completions", hello, "x-litellm-call-id", "the-call")
	if log := g.Log.String(); !strings.Contains(log, "served") || !strings.Contains(log, "the-call") || strings.Contains(log, "sk-secret") {
		t.Errorf("log:\n%s", log)
	}
}
