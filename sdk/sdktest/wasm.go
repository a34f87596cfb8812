package sdktest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/cases/hosted"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Wasm builds the plugin in dir and returns it as the gateway would run it.
func Wasm(t testing.TB, dir string) *Plugin {
	t.Helper()
	m := manifest(t, dir)
	ctx := context.Background()
	j := &journal{t: t}
	r, err := host.New(ctx, host.Options{CacheDir: CompilationCache(), Log: j.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(ctx) })
	wasm, plain := module(t, dir), config(t, m)
	load := sync.OnceValues(func() (*host.Plugin, error) {
		return r.Load(ctx, m.Name, wasm, plain, hosted.Grants(m))
	})
	return &Plugin{Manifest: m, t: t, runner: hosted.New(r, m, wasm), journal: j, open: func(x Exchange) engine {
		p, err := load()
		if err != nil {
			t.Fatal(err)
		}
		e := &wasmEngine{t: t}
		e.context.Open(p)
		e.context.Attr = func(name tape.Atom) (string, bool) {
			v, ok := x.Attrs[name.Name()]
			return v, ok
		}
		e.context.Set = func(what hostabi.Setting, name, value []byte) error {
			e.answer.set(what, string(name), string(value))
			return nil
		}
		t.Cleanup(e.context.Close)
		return e
	}}
}

// CompilationCache is a folder, kept between runs, for compiled modules.
func CompilationCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "sluice", "compiled")
}

// modules are those that this process has built, by folder.
var modules sync.Map

// module builds the plugin's module, once.
func module(t testing.TB, dir string) []byte {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	build, _ := modules.LoadOrStore(dir, sync.OnceValues(func() ([]byte, error) { return pack.Build(context.Background(), dir) }))
	wasm, err := build.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

type wasmEngine struct {
	t       testing.TB
	context host.Context
	answer  Answer
}

func (w *wasmEngine) send(event hostabi.Event, h hostabi.Header, doc *tape.Doc) Answer {
	w.answer = Answer{}
	w.context.Events = w.context.Events[:0]
	w.context.Counted = false
	c := &w.context
	repeated, promised := w.repeated(event, h.Name, doc)
	result, err := c.Send(event, &h, doc)
	if err != nil {
		w.t.Fatal(err)
	}
	w.answer.Passed, w.answer.Body, w.answer.Events = result == hostabi.Pass, string(c.Body), cases.SplitEvents(c.Events)
	if c.Counted {
		usage := c.Usage
		w.answer.Usage = &usage
	}
	if c.Failure != nil {
		w.answer.Failure = &Failure{c.Failure.Class, c.Failure.Status, c.Failure.Message}
	}
	if promised {
		w.keptPromise(doc, repeated)
	}
	return w.answer
}

// repeated is what the host would have answered an event with by itself, had the plugin declared that it may.
func (w *wasmEngine) repeated(event hostabi.Event, name uint32, doc *tape.Doc) ([]string, bool) {
	if event != hostabi.EventChunk || !w.context.Repeat(name, doc.Src) {
		return nil, false
	}
	events := cases.SplitEvents(w.context.Events)
	w.context.Events = w.context.Events[:0]
	return events, true
}

// keptPromise fails the test when the plugin answers an event otherwise than it declared.
func (w *wasmEngine) keptPromise(doc *tape.Doc, want []string) {
	w.t.Helper()
	got := w.answer.Events
	if w.answer.Passed {
		got = []string{string(doc.Src)}
	}
	if !slices.Equal(got, want) || w.answer.Usage != nil || w.answer.Failure != nil {
		w.t.Errorf("event %s\nwas declared alike and would be answered with\n%q\nbut the plugin answers\n%q", doc.Src, want, got)
	}
}
