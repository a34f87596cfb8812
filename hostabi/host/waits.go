package host

import (
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// waits is what a guest waits for in an exchange. Only the exchange's goroutine uses it; goroutines that carry out calls
// know nothing but their own wait and the channel.
type waits struct {
	open    []*waiting // whose events are to come, in order of their ids
	free    []*waiting // to be used again
	last    uint32     // id
	calls   int        // begun in this exchange
	timers  int        // begun in this event
	abroad  int        // calls in goroutines that have not reported yet
	reports chan *waiting
	clock   *time.Timer
	header  hostabi.Header
}

// waiting is a call, or a timer when it is due some time.
type waiting struct {
	id    uint32
	begun bool // a goroutine carries the call out
	due   time.Time
	fetch Fetch
}

func (x *waiting) isCall() bool { return x.due.IsZero() }

// waiting returns what the guest waits for.
func (c *Context) waiting() *waits {
	if c.waits == nil {
		c.waits = &waits{}
	}
	return c.waits
}

// pending reports whether there is anything to wait for.
func (c *Context) pending() bool { return c.waits != nil && len(c.waits.open) > 0 }

// spare returns a waiting that nobody uses.
func (w *waits) spare() *waiting {
	if n := len(w.free); n > 0 {
		x := w.free[n-1]
		w.free = w.free[:n-1]
		return x
	}
	return &waiting{}
}

// keep makes a waiting spare.
func (w *waits) keep(x *waiting) {
	x.id, x.begun, x.due = 0, false, time.Time{}
	f := &x.fetch
	clear(f.Header)
	f.Path, f.Header, f.Body = "", f.Header[:0], trim(f.Body)
	f.Status, f.Error, f.Reply = 0, 0, nil
	f.ended, f.finish = false, nil
	w.free = append(w.free, x)
}

func (w *waits) add(x *waiting) uint32 {
	w.last = w.last&0x7fffffff + 1
	x.id = w.last
	w.open = append(w.open, x)
	return x.id
}

// cancel drops what has that id and reports whether there was such.
func (w *waits) cancel(id uint32) bool {
	i := slices.IndexFunc(w.open, func(x *waiting) bool { return x.id == id })
	if i < 0 {
		return false
	}
	x := w.open[i]
	w.open = slices.Delete(w.open, i, i+1)
	w.drop(x)
	return true
}

// drop gives up what nobody waits for any more. A call that is on its way is kept when its goroutine reports.
func (w *waits) drop(x *waiting) {
	if x.begun {
		x.fetch.abort()
		return
	}
	w.keep(x)
}

// end drops everything.
func (w *waits) end() {
	for _, x := range w.open {
		w.drop(x)
	}
	clear(w.open)
	w.open, w.timers = w.open[:0], 0
}

// settle returns when no goroutine works for the exchange any more.
func (w *waits) settle() {
	for ; w.abroad > 0; w.abroad-- {
		w.keep(<-w.reports)
	}
	w.calls, w.last = 0, 0
}

// take removes one whose event comes now. It is to be kept after that.
func (w *waits) take(x *waiting) *waiting {
	w.open = slices.Delete(w.open, slices.Index(w.open, x), slices.Index(w.open, x)+1)
	return x
}

// returned takes in what a goroutine reported: nil when nobody waits for it.
func (w *waits) returned(x *waiting) *waiting {
	w.abroad--
	if !slices.Contains(w.open, x) {
		w.keep(x)
		return nil
	}
	x.begun = false
	return w.take(x)
}

// ended returns the timer that ended first, or how long the next one takes; 0 when there is none.
func (w *waits) ended(now time.Time) (*waiting, time.Duration) {
	var first *waiting
	for _, x := range w.open {
		if !x.isCall() && (first == nil || x.due.Before(first.due)) {
			first = x
		}
	}
	if first == nil {
		return nil, 0
	}
	if left := first.due.Sub(now); left > 0 {
		return nil, left
	}
	return w.take(first), 0
}
