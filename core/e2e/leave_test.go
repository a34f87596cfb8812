package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// wait bounds what a test awaits from the other side.
const wait = 20 * time.Second

// notice is how long after its client left an upstream call may live.
const notice = time.Second

// leaving checks that the upstream's connection is closed within a second after leave was called.
func leaving(t *testing.T, arrived <-chan struct{}, gone <-chan time.Time, leave func()) {
	t.Helper()
	select {
	case <-arrived:
	case <-time.After(wait):
		t.Fatal("the request did not reach the upstream")
	}
	left := time.Now()
	leave()
	select {
	case at := <-gone:
		if took := at.Sub(left); took > notice {
			t.Errorf("the upstream call went on for %v", took)
		}
	case <-time.After(wait):
		t.Error("the upstream call went on")
	}
}

// TestClientLeavesStream leaves while the model is silent in the middle of an answer.
func TestClientLeavesStream(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan time.Time, 1)
			g := playing(t, f, noRetries, func(s *mock.Stream) {
				s.Send(f.open + f.piece("one"))
				if _, ok := s.Gone(); ok {
					gone <- time.Now()
				}
			})
			s := g.Stream("/v1/chat/completions", ask)
			if _, ok, err := s.Next(); !ok || err != nil {
				t.Fatalf("no first event: %v", err)
			}
			arrived := make(chan struct{})
			close(arrived)
			leaving(t, arrived, gone, s.Close)
		})
	}
}

// TestClientLeavesEarly leaves before the model said anything.
func TestClientLeavesEarly(t *testing.T) {
	for name, body := range map[string]string{"whole": askWhole, "stream": ask,
		"batch": strings.Replace(askWhole, `"m"`, `"m,m"`, 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 1 + strings.Count(body, ",m")
			arrived, gone := make(chan struct{}, calls), make(chan time.Time, calls)
			up := mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) {
				arrived <- struct{}{}
				select {
				case <-r.Context().Done():
					gone <- time.Now()
				case <-time.After(wait):
				}
			})
			g := single(t, "openai/m", up.URL, "")
			ctx, cancel := context.WithCancel(t.Context())
			go abandon(ctx, g, body)
			for range calls - 1 {
				<-arrived
			}
			leaving(t, arrived, gone, cancel)
			for range calls - 1 {
				<-gone
			}
			if n := len(up.Requests()); n != calls {
				t.Errorf("%d upstream calls: what was given up was tried again", n)
			}
		})
	}
}

// abandon sends a request and gives up when ctx ends.
func abandon(ctx context.Context, g *gateway.Gateway, body string) {
	req, err := http.NewRequestWithContext(ctx, "POST", g.URL+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		panic(fmt.Sprintf("the test's own request: %v", err))
	}
	if res, err := gateway.Client.Do(req); err == nil {
		res.Body.Close()
	}
}
