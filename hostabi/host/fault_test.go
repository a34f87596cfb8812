package host

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestTraps(t *testing.T) {
	p, book := loadGo(t, Options{Instances: 1}, `{}`)
	for _, c := range []struct{ doc, err, log string }{
		{`{"do":"panic"}`, "unreachable", "panic: told to"},
		{`{"do":"exit"}`, "exit_code(3)", "exit_code(3)"},
	} {
		bystander, guilty := opened(t, p), opened(t, p)
		must(t, bystander, `{"do":"keep","keep":"x"}`)
		lost := bystander.guest
		_, err := do(guilty, document(t, c.doc))
		if !errors.Is(err, ErrTrapped) || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.doc, err)
		}
		if !strings.Contains(book.text(), c.log) {
			t.Errorf("%s: log has %q", c.doc, book.text())
		}
		for name, x := range map[string]*Context{"the same": guilty, "another": bystander} {
			if _, err := do(x, document(t, `{}`)); !errors.Is(err, ErrLost) {
				t.Errorf("%s: %s exchange: %v, want ErrLost", c.doc, name, err)
			}
		}
		next := opened(t, p)
		must(t, next, `{"do":"keep","keep":"y"}`)
		if string(next.Body) != `"y1"` || next.guest == lost || !lost.module.IsClosed() {
			t.Errorf("%s: the next exchange got %s", c.doc, next.Body)
		}
		// Those that were lost can be opened again.
		guilty.Open(p)
		must(t, guilty, `{"do":"nothing"}`)
	}
}

// TestTrapInOneSeat checks that the other instance goes on.
func TestTrapInOneSeat(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 2}, `{}`)
	p.grow()
	a := opened(t, p)
	must(t, a, `{"do":"keep","keep":"a"}`)
	for a.seat == &p.seats[0] {
		a.Close()
		a.Open(p)
		must(t, a, `{"do":"keep","keep":"a"}`)
	}
	for {
		b := opened(t, p)
		must(t, b, `{}`)
		if b.seat == &p.seats[0] {
			if _, err := do(b, document(t, `{"do":"panic"}`)); err == nil {
				t.Fatal("no trap")
			}
			break
		}
		b.Close()
	}
	chunk(t, a, `{"do":"keep","keep":"b"}`)
	if string(a.Body) != `"ab2"` {
		t.Errorf("got %s", a.Body)
	}
}

// TestNewInstanceFails checks that a plugin whose instances no longer start says so, and comes back when they do.
func TestNewInstanceFails(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	m := minimal().with(hostabi.ExportEvent, "iiii:i", []byte{opUnreachable})
	p := mustLoad(t, r, m.wasm(), `{}`)
	if err := p.discard(); err != nil {
		t.Fatal(err)
	}
	config := p.config
	p.config = make([]byte, 70_000) // more than the guest's memory: no instance can be configured
	if _, err := do(opened(t, p), nil); !errors.Is(err, ErrTrapped) {
		t.Fatal(err)
	}
	p.work.Wait()
	if _, err := do(opened(t, p), nil); err == nil || !strings.Contains(err.Error(), "start another instance of plugin test: buffer of 70000 bytes") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(book.text(), "start another instance of plugin test") {
		t.Errorf("log has %q", book.text())
	}
	p.config = config
	if _, err := do(opened(t, p), nil); !errors.Is(err, ErrTrapped) {
		t.Errorf("error %v, want ErrTrapped", err)
	}
}

func TestBufferOutsideMemory(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().with(hostabi.ExportBuf, "i:i", constant(60_000)).wasm(), `{}`)
	c := opened(t, p)
	must(t, c, `[true]`)
	_, err := do(c, document(t, `[`+strings.Repeat("true,", 1000)+`true]`))
	if !errors.Is(err, ErrTrapped) || !strings.Contains(err.Error(), "lies outside") {
		t.Errorf("error %v", err)
	}
}

// TestEmptyMemory covers a guest that has no memory to speak of.
func TestEmptyMemory(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	m := minimal()
	m.data = ""
	m.pages = 0
	m.memory = ""
	wasm := m.wasm()
	if _, err := r.Load(t.Context(), "empty", wasm, nil, Grants{}); err == nil {
		t.Error("a guest without memory is loaded")
	}
}

func TestClose(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 2}, `{}`)
	bound, fresh := opened(t, p), opened(t, p)
	must(t, bound, `{}`)
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Context{"bound": bound, "fresh": fresh} {
		if _, err := do(c, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	p.background(func() { t.Error("a closed plugin works in the background") })
}

// TestSameModuleTwice checks that closing one plugin leaves another of the same module alone.
func TestSameModuleTwice(t *testing.T) {
	r, _ := newRuntime(t, Options{CacheDir: compilationCache()})
	a, b := mustLoad(t, r, goGuest(t), `{"n":"a"}`), mustLoad(t, r, goGuest(t), `{"n":"b"}`)
	c := opened(t, b)
	must(t, c, `{"do":"echo"}`)
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, c, `{"do":"echo"}`)
	if string(c.Body) != `{"echo":{"do":"echo"},"config":{"n":"b"}}` {
		t.Errorf("got %s", c.Body)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestRecycle checks that an instance whose memory grew is replaced, but not under the exchanges it has.
func TestRecycle(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1, RecyclePages: 1}, `{}`)
	g := p.seats[0].guest
	a, b := opened(t, p), opened(t, p)
	must(t, a, `{"do":"keep","keep":"a"}`)
	must(t, b, `{"do":"nothing"}`)
	must(t, b, `{"do":"grow","size":8000000}`)
	s := &p.seats[0]
	s.Lock()
	if !g.large() || s.guest == g {
		t.Errorf("an instance of %d bytes takes new exchanges", g.memory.Size())
	}
	s.Unlock()
	next := opened(t, p)
	must(t, next, `{"do":"nothing"}`)
	if next.guest == g {
		t.Error("the old instance got an exchange")
	}
	chunk(t, a, `{"do":"keep","keep":"b"}`)
	if string(a.Body) != `"ab2"` || a.guest != g {
		t.Errorf("an exchange of the old instance got %s", a.Body)
	}
	a.Close()
	if g.dead {
		t.Error("the old instance is gone before its exchanges")
	}
	b.Close()
	if !g.dead || len(p.seats[0].old) != 0 {
		t.Error("the old instance is still there")
	}
}

func TestRecycleIsToldAndTrapsInIt(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	m := minimal().imported(hostabi.Module, hostabi.ImportLog, "iii:i")
	m.with(hostabi.ExportRecycle, ":i", constant(0), constant(textAt), constant(5), call(0), []byte{opUnreachable})
	p := mustLoad(t, r, m.wasm(), `{}`)
	p.seats[0].guest.left = 0 // as after an event that took all it might
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := book.text(); !strings.HasPrefix(got, "test 0 hello\ntest 8 wasm error: unreachable") {
		t.Errorf("log has %q", got)
	}
}

// TestRetiredInstanceTraps and is closed with the plugin: both leave nothing behind.
func TestRetiredInstances(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1, RecyclePages: 1})
	m := minimal().with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventResponse, constant(4), []byte{opGrow, 0, opDrop}),
		onEvent(hostabi.EventError, []byte{opUnreachable}), constant(0))
	p := mustLoad(t, r, m.wasm(), `{}`)
	var h hostabi.Header
	for _, last := range []hostabi.Event{hostabi.EventError, hostabi.EventChunk} {
		c := opened(t, p)
		if _, err := c.Send(hostabi.EventResponse, &h, nil); err != nil {
			t.Fatal(err)
		}
		if len(p.seats[0].old) != 1 {
			t.Fatal("the instance was not retired")
		}
		_, err := c.Send(last, &h, nil)
		if trapped := errors.Is(err, ErrTrapped); trapped != (last == hostabi.EventError) {
			t.Errorf("error %v", err)
		}
	}
	old := opened(t, p)
	if _, err := old.Send(hostabi.EventResponse, &h, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !old.guest.dead {
		t.Error("a retired instance outlived the plugin")
	}
}

// TestGrow checks that a second instance is started when one is not enough, and only then.
func TestGrow(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 2})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	for range 10 * crowdedAfter {
		c := opened(t, p)
		must(t, c, `{}`)
		c.Close()
	}
	if p.open.Load() != 1 || p.seats[1].guest != nil {
		t.Fatal("a second instance was started though one was enough")
	}
	var served atomic.Int32
	p.seats[0].Lock()
	for range crowdedAfter {
		go func() {
			var c Context
			c.Open(p)
			if _, err := do(&c, nil); err != nil {
				t.Error(err)
			}
			c.Close()
			served.Add(1)
		}()
	}
	// The one that is turned away last starts it, while the first instance is still busy.
	for p.open.Load() != 2 {
		yield()
	}
	c := opened(t, p)
	must(t, c, `{}`)
	if c.seat != &p.seats[1] {
		t.Error("the second instance is not used")
	}
	p.seats[0].Unlock()
	for served.Load() < crowdedAfter {
		yield()
	}
	p.grow()
	if p.open.Load() != 2 {
		t.Error("there are more instances than there may be")
	}
}
