package tck

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

// Conform runs the conformance program that a guest implements.
func Conform(t *testing.T, wasm []byte) {
	k := &kit{wasm: wasm}
	var err error
	if k.runtime, err = host.New(context.Background(), host.Options{Log: k.log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.runtime.Close(context.Background()) })
	for _, c := range script {
		t.Run(c.name, func(t *testing.T) {
			g := k.load(t)
			for range max(c.times, 1) {
				g.check(t, c)
			}
		})
	}
	t.Run("many at once", func(t *testing.T) { crowd(t, k.load(t)) })
	t.Run("replaced after a trap", func(t *testing.T) {
		g := k.load(t)
		g.check(t, step{text: []string{"trap"}, err: host.ErrTrapped})
		g.check(t, step{text: []string{"flag"}, flags: []string{"seen"}})
	})
}

// kit runs one program.
type kit struct {
	wasm    []byte
	runtime *host.Runtime
	mu      sync.Mutex
	lines   []string
}

// guest is the program, loaded anew.
type guest struct {
	*kit
	plugin *host.Plugin
}

func (k *kit) load(t *testing.T) *guest {
	t.Helper()
	p, err := k.runtime.Load(context.Background(), "tck", k.wasm, []byte(`{"settings":{}}`), host.Grants{
		Headers: []string{"x-tck"}, Upstreams: []string{"tck"}, KV: kv.New(4 << 10), Match: true})
	if err != nil {
		t.Fatal(err)
	}
	return &guest{k, p}
}

func (k *kit) log(_ string, level int, line string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if level > -4 {
		k.lines = append(k.lines, line)
	}
}

// check plays one step and compares what the guest answered.
func (g *guest) check(t *testing.T, s step) {
	t.Helper()
	var c host.Context
	c.Open(g.plugin)
	defer c.Close()
	c.Header = func(name []byte) (string, bool) { return "value of " + string(name), true }
	c.Fetch = s.fetch
	text := s.segments()
	event := hostabi.EventInput
	if s.window {
		event = hostabi.EventWindow
	}
	_, err := c.SendText(event, &hostabi.Header{Endpoint: uint32(hostabi.Chat)}, text)
	if !errors.Is(err, s.err) {
		t.Fatalf("error %v, want %v", err, s.err)
	}
	if err != nil {
		return
	}
	if got := edited(text, c.Edits); s.want != nil && !slices.Equal(got, s.want) {
		t.Errorf("text %q became %q, want %q", s.text, got, s.want)
	} else if s.want == nil && len(c.Edits) > 0 {
		t.Errorf("text %q was edited: %q", s.text, got)
	}
	if !slices.Equal(c.Flags, s.flags) {
		t.Errorf("flags %q, want %q", c.Flags, s.flags)
	}
	s.compare(t, &c)
	if s.line != "" && !slices.Contains(g.lines, s.line) {
		t.Errorf("log %q, want %q in it", g.lines, s.line)
	}
}

func (s *step) compare(t *testing.T, c *host.Context) {
	t.Helper()
	block, failure := "", ""
	if c.Block != nil {
		block = c.Block.Message
	}
	if c.Failure != nil {
		failure = c.Failure.Message
	}
	if block != s.block {
		t.Errorf("blocked with %q, want %q", block, s.block)
	}
	if failure != s.fail {
		t.Errorf("failed with %q, want %q", failure, s.fail)
	}
}

// edited applies the edits to the segments' texts.
func edited(text *host.Text, edits []host.Edit) []string {
	out := make([]string, len(text.Segments))
	for i, s := range text.Segments {
		src, at := string(text.Src[s.Off:s.Off+s.Len]), uint32(0)
		var b strings.Builder
		for _, e := range edits {
			if int(e.Segment) != i {
				continue
			}
			b.WriteString(src[at:e.From])
			b.Write(e.With)
			at = e.To
		}
		out[i] = b.String() + src[at:]
	}
	return out
}

// crowd parks many exchanges in the guest at once.
func crowd(t *testing.T, g *guest) {
	var wait sync.WaitGroup
	for range 200 {
		wait.Go(func() { g.check(t, step{text: []string{"sleep"}, flags: []string{"woke"}}) })
	}
	wait.Wait()
}
