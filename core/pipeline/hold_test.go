package pipeline

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func TestStateIsIdleWhenItsLastExchangeHasEnded(t *testing.T) {
	b := newBench(t, nil)
	idle := 0
	first := &State{Builder: b.state.Builder, Keys: b.state.Keys, Idle: func() { idle++ }}
	b.pipeline.Swap(first)
	f, held := b.pipeline.Begin(core.Chat, nil), b.pipeline.Hold()
	fork := f.Fork("m", nil)
	probe := b.pipeline.BeginIn(held, core.Chat, nil)
	b.pipeline.Swap(b.state)
	for i, end := range []func(){f.End, held.Release, fork.End} {
		if end(); idle != 0 {
			t.Fatalf("idle after end %d of 4", i+1)
		}
	}
	if g := b.pipeline.Begin(core.Chat, nil); g.State != b.state {
		t.Error("a new exchange has the old state")
	} else {
		g.End()
	}
	if probe.End(); idle != 1 {
		t.Fatalf("idle %d times, want once", idle)
	}
}

func TestStatesBecomeIdleOnceUnderSwaps(t *testing.T) {
	b := newBench(t, nil)
	const states = 200
	var idle [states]atomic.Int32
	var stop atomic.Bool
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !stop.Load() {
				s := b.pipeline.Hold()
				if s.uses.Load() <= 0 {
					t.Error("holding an idle state")
				}
				s.Release()
			}
		})
	}
	for i := range states {
		b.pipeline.Swap(&State{Idle: func() { idle[i].Add(1) }})
	}
	stop.Store(true)
	clients.Wait()
	b.pipeline.Swap(b.state)
	for i := range idle {
		if n := idle[i].Load(); n != 1 {
			t.Fatalf("state %d was idle %d times", i, n)
		}
	}
}
