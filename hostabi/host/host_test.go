package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// logBook collects what plugins log.
type logBook struct {
	mu    sync.Mutex
	lines []string
}

func (l *logBook) add(plugin string, level int, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf("%s %d %s", plugin, level, message))
}

func (l *logBook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// newRuntime returns a runtime that the test closes, and its log.
func newRuntime(t testing.TB, o Options) (*Runtime, *logBook) {
	t.Helper()
	book := &logBook{}
	if o.Log == nil {
		o.Log = book.add
	}
	r, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r, book
}

func mustLoad(t testing.TB, r *Runtime, wasm []byte, config string) *Plugin {
	t.Helper()
	p, err := r.Load(t.Context(), "test", wasm, []byte(config), Grants{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// guestOnce builds testdata/guest once per process.
var guestOnce = sync.OnceValues(func() ([]byte, error) {
	return pack.Build(context.Background(), filepath.Join("testdata", "guest"))
})

func goGuest(t testing.TB) []byte {
	t.Helper()
	wasm, err := guestOnce()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func compilationCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "sluice", "compiled")
}

// loadGo loads testdata/guest.
func loadGo(t testing.TB, o Options, config string) (*Plugin, *logBook) {
	t.Helper()
	o.CacheDir = compilationCache()
	r, book := newRuntime(t, o)
	return mustLoad(t, r, goGuest(t), config), book
}

func scan(src string) (*tape.Doc, error) {
	var d tape.Doc
	err := d.Scan([]byte(src))
	return &d, err
}

func document(t testing.TB, src string) *tape.Doc {
	t.Helper()
	d, err := scan(src)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// do sends a request to a context.
func do(c *Context, doc *tape.Doc) (hostabi.Result, error) {
	var h hostabi.Header
	return c.Send(hostabi.EventRequest, &h, doc)
}

// must is do for what has to work.
func must(t testing.TB, c *Context, src string) {
	t.Helper()
	if _, err := do(c, document(t, src)); err != nil {
		t.Fatal(err)
	}
}

// opened returns a context that the test closes.
func opened(t testing.TB, p *Plugin) *Context {
	t.Helper()
	c := &Context{}
	c.Open(p)
	t.Cleanup(c.Close)
	return c
}

// chunk sends a stream event of an exchange that goes on.
func chunk(t testing.TB, c *Context, src string) {
	t.Helper()
	var h hostabi.Header
	if _, err := c.Send(hostabi.EventChunk, &h, document(t, src)); err != nil {
		t.Fatal(err)
	}
}
