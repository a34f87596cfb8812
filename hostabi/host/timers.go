package host

import (
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Limits of timers.
const (
	maxTimer  = 60_000 // milliseconds
	maxTimers = 64     // that a guest may start for one event
)

func (g *instance) timer(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	ms := a.u32(1)
	if ms == 0 || ms > maxTimer {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	w := c.waiting()
	if w.timers == maxTimers {
		a.err(hostabi.ErrnoLimit)
		return
	}
	w.timers++
	x := w.spare()
	x.due = time.Now().Add(life(ms))
	a.ok(int(w.add(x)))
}

// cancel drops a call or timer.
func (g *instance) cancel(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	if c.waits == nil || !c.waits.cancel(a.u32(1)) {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	a.ok(0)
}
