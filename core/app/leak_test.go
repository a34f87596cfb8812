package app_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// broken is an upstream that fails in the way that the path names, and counts its open connections.
func broken(t *testing.T) (s *httptest.Server, open *atomic.Int32) {
	open = new(atomic.Int32)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch kind := strings.Split(r.URL.Path, "/")[1]; kind {
		case "garbage":
			c, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(c, "garbage\r\n\r\n")
			c.Close()
		case "reset":
			c, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"a\"")
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		case "page":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		case "error":
			w.WriteHeader(500)
			io.WriteString(w, `{"error":{"message":"no"}}`)
		case "cut":
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "data: {\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "stall":
			<-r.Context().Done()
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, open
}

// Whatever goes wrong, no goroutine and no connection is left over.
func TestNothingLeaks(t *testing.T) {
	kinds := []string{"garbage", "reset", "page", "error", "cut", "stall"}
	up, open := broken(t)
	text := "router_settings: {num_retries: 0, timeout: 0.1}\nmodel_list:\n"
	for _, kind := range kinds {
		text += "  - {model_name: " + kind + ", litellm_params: {model: openai/x, api_key: k, api_base: " + up.URL + "/" + kind + "}}\n"
	}
	text += "  - {model_name: refused, litellm_params: {model: openai/x, api_key: k, api_base: http://127.0.0.1:1}}\n"
	g := apptest.Start(t, apptest.Setup{Config: text})
	round := func() {
		for _, kind := range append(kinds, "refused", "unknown") {
			for _, stream := range []string{"true", "false"} {
				r := g.Post("/v1/chat/completions", `{"model":"`+kind+`","stream":`+stream+`,"messages":[{"role":"user","content":"Hi"}]}`)
				if !strings.Contains(r.Body, `"error"`) {
					t.Fatalf("%s: %d %s", kind, r.Status, r.Body)
				}
			}
		}
		for _, body := range []string{``, `{`, `{"model":"error"}`, `{"model":"error","messages":[]}`, `{"model":"stall,error","messages":[{"role":"user"}]}`} {
			g.Post("/v1/chat/completions", body)
		}
		g.Client.CloseIdleConnections()
	}
	round()
	const workers = 20 // that the servers keep for a while; a leak would be of hundreds
	before := runtime.NumGoroutine() + workers
	for range 10 {
		round()
	}
	if after := settled(runtime.NumGoroutine, before); after > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before:\n%s", after, before, stacks[:runtime.Stack(stacks, true)])
	}
	g.Stop()
	if n := settled(func() int { return int(open.Load()) }, 0); n > 0 {
		t.Errorf("%d connections to the upstream are open", n)
	}
}

// settled waits until a number is at most what it should be, or has not changed for two seconds, and returns it.
func settled(number func() int, want int) int {
	n := number()
	for still := 0; n > want && still < 40; still++ {
		<-time.After(50 * time.Millisecond)
		if now := number(); now != n {
			n, still = now, 0
		}
	}
	return n
}
