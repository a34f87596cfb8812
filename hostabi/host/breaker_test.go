package host

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// clock is a clock that the test moves.
type clock time.Duration

func (c *clock) now() time.Duration { return time.Duration(*c) }

func (c *clock) advance(d time.Duration) { *c += clock(d) }

// neverOpens keeps a plugin's breaker closed whatever happens: its traps are ages apart.
func neverOpens(p *Plugin) {
	p.breaker.now = func() time.Duration { return time.Hour * time.Duration(p.breaker.count) }
}

// TestBreaker plays crashes and events against the clock: t is an event that crashes, p one that passes, n one that is
// admitted and never reaches a guest, x one that has to be refused, and a number moves the clock by so many milliseconds.
func TestBreaker(t *testing.T) {
	for _, c := range []struct {
		name, play string
		want       BreakerState
	}{
		{"a few crashes", "t t t t p", BreakerClosed},
		{"crashes far apart", "t t t t 10001 t", BreakerClosed},
		{"crashes just within the window", "t t t t 10000 t x", BreakerOpen},
		{"a window that slides", "t 9000 t t t 9000 t p 500 t x", BreakerOpen},
		{"successes between crashes", "t p t p t p t p t x", BreakerOpen},
		{"before the wait is over", "t t t t t 999 x", BreakerOpen},
		{"a probe that passes", "t t t t t 1000 p p", BreakerClosed},
		{"a probe that crashes", "t t t t t 1000 t 1999 x", BreakerOpen},
		{"a second probe", "t t t t t 1000 t 2000 p p", BreakerClosed},
		{"a probe that finds no instance", "t t t t t 1000 n p p", BreakerClosed},
		{"the wait doubles up to 30 s", "t t t t t 1000 t 2000 t 4000 t 8000 t 16000 t 29999 x 1 t 29999 x 1 p p", BreakerClosed},
		{"crashes before the recovery do not count", "t t t t t 1000 p t t t t p", BreakerClosed},
		{"opens again after the recovery and waits a second", "t t t t t 1000 t 2000 p t t t t t 999 x 1 p", BreakerClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			var at clock
			b := newBreaker(func(slog.Level, string) {})
			b.now = at.now
			for i, step := range strings.Fields(c.play) {
				var x Context
				if ms, e := time.ParseDuration(step + "ms"); e == nil {
					at.advance(ms)
					continue
				}
				err := b.admit(&x)
				if (err != nil) != (step == "x") {
					t.Fatalf("step %d, %s: %v", i, step, err)
				}
				switch step {
				case "t":
					b.trapped(&x)
				case "p":
					b.passed(&x)
				case "n":
					b.spared(&x)
				}
			}
			if got := b.state(); got != c.want {
				t.Errorf("in the end %s, want %s", got, c.want)
			}
		})
	}
}

// TestBreakerProbesOnce checks that one event at a time tries a plugin, and that what was under way before proves nothing.
func TestBreakerProbesOnce(t *testing.T) {
	var at clock
	b := newBreaker(func(slog.Level, string) {})
	b.now = at.now
	var early, probe, other Context
	for range breakerTraps {
		b.trapped(&other)
	}
	b.passed(&early)
	b.trapped(&early)
	b.spared(&early)
	at.advance(firstWait)
	if b.state() != BreakerOpen || b.wait != firstWait {
		t.Fatalf("an event that was under way made it %s, wait %s", b.state(), b.wait)
	}
	if err := b.admit(&probe); err != nil || b.state() != BreakerProbing {
		t.Fatal(err, b.state())
	}
	b.passed(&early)
	if err := b.admit(&other); err != ErrOpen {
		t.Errorf("a second probe: %v", err)
	}
	if b.passed(&probe); b.state() != BreakerClosed {
		t.Error(b.state())
	}
}

// TestBreakerOfAPlugin checks that a plugin is left alone, that it recovers, and that both are told.
func TestBreakerOfAPlugin(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	m := minimal().with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventError, []byte{opUnreachable}), countEvent(), constant(0))
	p := mustLoad(t, r, m.wasm(), `{}`)
	var at clock
	p.breaker.now = at.now
	bound := opened(t, p)
	send := func(c *Context, event hostabi.Event) error {
		var h hostabi.Header
		_, err := c.Send(event, &h, nil)
		return err
	}
	for range breakerTraps {
		if err := send(opened(t, p), hostabi.EventError); !errors.Is(err, ErrTrapped) {
			t.Fatal(err)
		}
	}
	before := p.Stats()
	for _, c := range []*Context{bound, opened(t, p)} {
		if err := send(c, hostabi.EventRequest); !errors.Is(err, ErrOpen) || !strings.HasPrefix(err.Error(), "plugin test: ") {
			t.Errorf("error %v, want ErrOpen", err)
		}
	}
	if s := p.Stats(); s.Breaker != BreakerOpen || s.Events != before.Events {
		t.Errorf("an open breaker let an event through: %+v", s)
	}
	at.advance(firstWait)
	if err := send(bound, hostabi.EventRequest); err != nil {
		t.Fatal(err)
	}
	if s := p.Stats(); s.Breaker != BreakerClosed {
		t.Errorf("after a probe that passed: %s", s.Breaker)
	}
	log := book.text()
	for _, want := range []string{
		fmt.Sprintf("test %d the plugin crashed 5 times within 10s: its breaker is open, one event tries it again in 1s", slog.LevelError),
		fmt.Sprintf("test %d the plugin recovered: its breaker is closed", slog.LevelInfo),
	} {
		if strings.Count(log, want) != 1 {
			t.Errorf("log has not once %q: %s", want, log)
		}
	}
}
