package upstream

import (
	"slices"
	"sync"
)

// Canceller ends a call from another goroutine. The zero value is ready; it serves one call at a time and may serve
// several in a row. A nil Canceller never cancels.
type Canceller struct {
	mu       sync.Mutex
	cause    error
	abort    func()
	attached []*Canceller
}

// Cancel closes the connection in use, so that a blocked Do, Next or ReadAll returns at once with ErrCancelled wrapping
// cause; without a call in progress the next Do fails so. The first cause stays; nil stands for ErrCancelled.
func (c *Canceller) Cancel(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	if cause == nil {
		cause = ErrCancelled
	}
	c.cause = cause
	if c.abort != nil {
		c.abort()
	}
	for _, a := range c.attached {
		a.Cancel(cause)
	}
}

// Attach has other cancelled together with c until the returned function is called: calls that run at the same time need
// a Canceller each. When c was cancelled already, so is other. other must not lead back to c.
func (c *Canceller) Attach(other *Canceller) (release func()) {
	if c == nil {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		other.Cancel(c.cause)
	}
	c.attached = append(c.attached, other)
	return func() { c.release(other) }
}

func (c *Canceller) release(other *Canceller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.attached, other); i >= 0 {
		c.attached = slices.Delete(c.attached, i, i+1)
	}
}

// Err is the cause given to Cancel, nil before.
func (c *Canceller) Err() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// Reset makes c fresh again. No call may be in progress, and no goroutine may still hold c to cancel the old one.
func (c *Canceller) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cause, c.abort = nil, nil
}

// attach registers what Cancel must do; it reports the cause if Cancel came first.
func (c *Canceller) attach(abort func()) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.abort = abort
	}
	return c.cause
}

// detach returns only when no abort is running and none can follow; the cause says whether there was one.
func (c *Canceller) detach() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abort = nil
	return c.cause
}
