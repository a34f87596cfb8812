// Package apptest runs a whole gateway inside a test.
package apptest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/app"
)

// Setup is what a gateway is started with.
type Setup struct {
	Config  string            // YAML
	Env     map[string]string // all of the environment
	Listen  net.Listener      // nil = in memory
	Options app.Options       // of these Load, Getenv, CacheDir and Log are filled in when they are not set
}

// Gateway is one that serves.
type Gateway struct {
	App    *app.App
	Client *http.Client // its connections lead to the gateway, whatever the host of a URL
	Log    *Log
	Stop   func() // drains and waits; the test's end does so too

	t testing.TB
}

// Start serves until the test ends.
func Start(t testing.TB, s Setup) *Gateway {
	t.Helper()
	g := &Gateway{t: t, Log: new(Log)}
	o := s.Options
	getenv := func(name string) (string, bool) { v, ok := s.Env[name]; return v, ok }
	if o.Getenv == nil {
		o.Getenv = getenv
	}
	if o.Load == nil {
		o.Load = func() (*config.Config, error) {
			return config.Parse("test.yaml", []byte(s.Config), config.Options{Getenv: getenv})
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(g.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if o.CacheDir == "" {
		o.CacheDir = cacheDir()
	}
	var err error
	if g.App, err = app.New(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	g.serve(s.Listen)
	return g
}

func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "sluice", "compiled")
}

func (g *Gateway) serve(l net.Listener) {
	dial := func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
	if l == nil {
		memory := fasthttputil.NewInmemoryListener()
		l, dial = memory, memory.Dial
	}
	g.Client = &http.Client{
		Transport:     &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return dial() }},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- g.App.Serve(ctx, l, nil, 10*time.Second) }()
	g.Stop = sync.OnceFunc(func() {
		g.Client.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			g.t.Errorf("serve: %v", err)
		}
		if err := g.App.Close(context.Background()); err != nil {
			g.t.Errorf("close: %v", err)
		}
	})
	g.t.Cleanup(g.Stop)
}

// Reply is a complete answer.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request; headers are pairs of name and value.
func (g *Gateway) Do(method, path, body string, headers ...string) Reply {
	g.t.Helper()
	r := g.Open(method, path, body, headers...)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	return Reply{r.StatusCode, r.Header, string(text)}
}

// Open sends a request and leaves reading the answer, and closing it, to the caller.
func (g *Gateway) Open(method, path, body string, headers ...string) *http.Response {
	g.t.Helper()
	r, err := http.NewRequest(method, "http://gateway"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	answer, err := g.Client.Do(r)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer
}

// Post is Do with the method of most APIs.
func (g *Gateway) Post(path, body string, headers ...string) Reply {
	g.t.Helper()
	return g.Do(http.MethodPost, path, body, headers...)
}

// Get is Do without a body.
func (g *Gateway) Get(path string, headers ...string) Reply {
	g.t.Helper()
	return g.Do(http.MethodGet, path, "", headers...)
}

// Log keeps what was logged.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends a line.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// String returns all that was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
