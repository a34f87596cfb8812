package host

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// ErrOpen means that the plugin crashed too often of late: its breaker is open and no event reaches a guest. It is over
// within 30 seconds of the plugin's recovery.
var ErrOpen = errors.New("plugin crashed too often and is left alone for a while")

// When a breaker opens, and how long it stays so.
const (
	breakerTraps  = 5                // crashes
	breakerWindow = 10 * time.Second // … within this time
	firstWait     = time.Second      // until the first probe
	longestWait   = 30 * time.Second // each probe that fails doubles the wait up to this
)

// BreakerState is whether a plugin's breaker lets events through.
type BreakerState uint8

// States of a breaker.
const (
	BreakerClosed  BreakerState = iota // events go through
	BreakerOpen                        // events fail with ErrOpen
	BreakerProbing                     // one event is on its way to show whether the plugin recovered; others fail with ErrOpen
)

// String returns closed, open or probing.
func (s BreakerState) String() string { return [...]string{"closed", "open", "probing"}[s] }

// breaker keeps events from a plugin that crashes again and again, each time with the exchanges that share the instance.
type breaker struct {
	tripped atomic.Bool          // all that an event looks at while the plugin is well
	now     func() time.Duration // since some point in the past
	log     func(level slog.Level, text string)

	mu    sync.Mutex
	traps [breakerTraps]time.Duration // when the last ones were, in turn; guarded by mu like all that follows
	count int                         // of traps since it closed
	wait  time.Duration
	until time.Duration // no probe before this
	probe *Context      // whose event is on its way; nil for none
}

func newBreaker(log func(slog.Level, string)) *breaker { return &breaker{now: uptime, log: log} }

// admit lets an event through or fails with ErrOpen. What it lets through ends with passed, trapped or spared.
func (b *breaker) admit(c *Context) error {
	if !b.tripped.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tripped.Load() {
		return nil
	}
	if b.probe != nil || b.now() < b.until {
		return ErrOpen
	}
	b.probe = c
	return nil
}

// spared tells that an admitted event never reached a guest.
func (b *breaker) spared(c *Context) {
	if !b.tripped.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.probe == c {
		b.probe = nil
	}
}

// passed tells that a guest handled an event. Only a probe proves that the plugin is well again.
func (b *breaker) passed(c *Context) {
	if !b.tripped.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.probe != c || !b.tripped.Load() {
		return
	}
	b.probe, b.count, b.wait = nil, 0, 0
	b.tripped.Store(false)
	b.log(slog.LevelInfo, "the plugin recovered: its breaker is closed")
}

// trapped tells that a guest crashed on an event.
func (b *breaker) trapped(c *Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.tripped.Load():
		b.note()
	case b.probe == c:
		b.probe = nil
		b.open("crashed again")
	}
}

// note counts a crash of a plugin whose breaker is closed.
func (b *breaker) note() {
	now := b.now()
	b.traps[b.count%breakerTraps] = now
	b.count++
	if b.count < breakerTraps || now-b.traps[b.count%breakerTraps] > breakerWindow {
		return
	}
	b.open(fmt.Sprintf("crashed %d times within %s", breakerTraps, breakerWindow))
}

func (b *breaker) open(why string) {
	b.wait = min(max(firstWait, 2*b.wait), longestWait)
	b.until = b.now() + b.wait
	b.tripped.Store(true)
	b.log(slog.LevelError, fmt.Sprintf("the plugin %s: its breaker is open, one event tries it again in %s", why, b.wait))
}

func (b *breaker) state() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.tripped.Load():
		return BreakerClosed
	case b.probe == nil:
		return BreakerOpen
	}
	return BreakerProbing
}
