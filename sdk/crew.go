package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// maxIdle is how many tasks are kept for later hooks. Each has some 6 KB, most of it the stack. They would be garbage
// otherwise, in a memory that never shrinks.
const maxIdle = 512

// crew is the tasks of a plugin.
type crew struct {
	hire    func() *task // makes one
	idle    []*task      // whose hook ended
	waiting []*task      // by the place of their context
}

func place(ctx uint32) int { return int(ctx & 0xffff) }

// serve runs the hook for an event until it ends or waits.
func (c *crew) serve(a *arrival) hostabi.Result {
	c.drop(a.ctx)
	if n := len(c.idle); n > 0 {
		t := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return t.begin(a)
	}
	t := c.hire()
	t.crew = c
	t.create()
	return t.begin(a)
}

// keep makes a task wait for another hook, unless enough do.
func (c *crew) keep(t *task) bool {
	if len(c.idle) == maxIdle {
		return false
	}
	c.idle = append(c.idle, t)
	return true
}

// park notes that a task waits for calls or timers.
func (c *crew) park(t *task) {
	slot := place(t.exchange.ctx)
	for slot >= len(c.waiting) {
		c.waiting = append(c.waiting, nil)
	}
	c.waiting[slot] = t
}

// leave notes that a task waits no more.
func (c *crew) leave(t *task) {
	if slot := place(t.exchange.ctx); slot < len(c.waiting) && c.waiting[slot] == t {
		c.waiting[slot] = nil
	}
}

// wake brings the event of a call or timer to the task that waits for it.
func (c *crew) wake(a *arrival) hostabi.Result {
	slot := place(a.ctx)
	if slot >= len(c.waiting) || c.waiting[slot] == nil || c.waiting[slot].exchange.ctx != a.ctx {
		return hostabi.Pass
	}
	return c.waiting[slot].wake(a)
}

// drop ends the task of a context, if there is one, where it waits.
func (c *crew) drop(ctx uint32) {
	slot := place(ctx)
	if slot >= len(c.waiting) || c.waiting[slot] == nil {
		return
	}
	t := c.waiting[slot]
	c.waiting[slot], t.dropped = nil, true
	t.stop()
}
