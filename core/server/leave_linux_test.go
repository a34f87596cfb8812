package server_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// slow is an upstream that answers with first and then nothing more; it tells of calls that came and that were given up.
func slow(t *testing.T, first string) (s *httptest.Server, came, gone chan struct{}) {
	came, gone = make(chan struct{}, 100), make(chan struct{}, 100)
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if first != "" {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, first)
			w.(http.Flusher).Flush()
		}
		came <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	t.Cleanup(s.Close)
	return s, came, gone
}

// A client that leaves ends the upstream's work, although nothing is written to it.
func TestClientLeaves(t *testing.T) {
	const chunk = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}` + "\n\n"
	for name, c := range map[string]struct {
		body, first string
		calls       int
	}{
		"waiting":   {`{"model":"chat","messages":[{"role":"user","content":"a"}]}`, "", 1},
		"no chunk":  {`{"model":"chat","stream":true,"messages":[{"role":"user","content":"a"}]}`, "", 1},
		"streaming": {`{"model":"chat","stream":true,"messages":[{"role":"user","content":"a"}]}`, chunk, 1},
		"batch":     {`{"model":"chat,a/b,chat","messages":[{"role":"user","content":"a"}]}`, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			up, came, gone := slow(t, c.first)
			l := listen(t)
			g := apptest.Start(t, apptest.Setup{Config: config(up.URL), Listen: l})
			client, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(client, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(c.body), c.body)
			for range c.calls {
				<-came
			}
			client.Close()
			for range c.calls {
				<-gone
			}
			g.Stop()
			if log := g.Log.String(); strings.Count(log, "class=Cancelled") != c.calls {
				t.Errorf("log:\n%s", log)
			}
		})
	}
}
