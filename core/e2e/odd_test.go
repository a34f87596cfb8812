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

// TestNamesInPaths: a model's name, which a client may choose freely under a wildcard, stays one part of the upstream's
// path.
func TestNamesInPaths(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{Config: fmt.Sprintf(`
model_list:
  - model_name: azure/*
    litellm_params: {model: azure/*, api_base: %q, api_key: sk-secret-a, api_version: v}
`, up.URL)})
	for name, want := range map[string]string{
		"plain":           "/openai/deployments/plain/chat/completions",
		"a/../../secrets": "/openai/deployments/a%2F..%2F..%2Fsecrets/chat/completions",
		"a?b=c":           "/openai/deployments/a%3Fb=c/chat/completions",
		"a#b":             "/openai/deployments/a%23b/chat/completions",
		"a b":             "/openai/deployments/a%20b/chat/completions",
		"a%2Fb":           "/openai/deployments/a%252Fb/chat/completions",
		"ü":               "/openai/deployments/%C3%BC/chat/completions",
	} {
		r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"azure/`+name+`"`, 1))
		if r.Status != 200 {
			t.Errorf("%s: answered %d %s", name, r.Status, r.Body)
			continue
		}
		if got := up.Last(t).Escaped; got != want && got != strings.ReplaceAll(want, "=", "%3D") {
			t.Errorf("%s: the upstream was called at %s, want %s", name, got, want)
		}
	}
}

// TestConnections: one connection serves requests one after the other, good and bad, whole and streamed; old and
// impatient clients are served as well.
func TestConnections(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/m", mock.OpenAI(t).URL+"/v1", "")
	c, err := net.Dial("tcp", g.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(wait))
	read := bufio.NewReader(c)
	post := func(body string, headers ...string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s", chat, len(body), strings.Join(headers, ""), body)
	}
	for _, tc := range []struct {
		name, text string
		statuses   []int
	}{
		{"whole", post(askWhole), []int{200}},
		{"stream", post(ask), []int{200}},
		{"bad", post(`{"model":`), []int{400}},
		{"after a bad one", post(askWhole), []int{200}},
		{"two at once", post(askWhole) + post(ask), []int{200, 200}},
		{"head", "HEAD /health/liveliness HTTP/1.1\r\nHost: x\r\n\r\n", []int{405}},
		{"unknown path", "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", []int{404}},
		{"expect", post(askWhole, "Expect: 100-continue\r\n"), []int{100, 200}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := io.WriteString(c, tc.text); err != nil {
				t.Fatal(err)
			}
			for _, status := range tc.statuses {
				req := &http.Request{Method: strings.Fields(tc.text)[0]}
				res, err := http.ReadResponse(read, req)
				if err != nil {
					t.Fatal(err)
				}
				if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != status {
					t.Errorf("answered %d %s, %v, want %d", res.StatusCode, body, err, status)
				}
			}
		})
	}
	old := raw(t, g, fmt.Sprintf("POST %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", chat, len(ask), ask))
	if !strings.Contains(old, " 200 ") || !strings.Contains(old, "data: [DONE]") {
		t.Errorf("HTTP/1.0: answered %s", old)
	}
}

// TestSlowReader: a client that doesn't read holds its upstream back instead of filling memory, and what it left unread
// doesn't keep the upstream when it goes.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	f := formats[0]
	sent, gone := make(chan int, 1), make(chan bool, 1)
	const most = 64 << 20
	up := mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		s := mock.StartStream(t, w, r)
		s.Send(f.open)
		piece := f.piece(strings.Repeat("x", 8<<10))
		n := 0
		for ; n < most && r.Context().Err() == nil; n += len(piece) {
			s.Send(piece)
		}
		sent <- n
		_, ok := s.Gone()
		gone <- ok
	})
	g := single(t, f.model, up.URL, noRetries)
	s := g.Stream(chat, ask)
	if _, ok, err := s.Next(); !ok || err != nil {
		t.Fatalf("no first event: %v", err)
	}
	select {
	case n := <-sent:
		t.Errorf("%d bytes were taken for a client that doesn't read", n)
	case <-time.After(2 * time.Second):
	}
	s.Close()
	if n := <-sent; n >= most || !<-gone {
		t.Errorf("the upstream went on for %d bytes", n)
	}
}
