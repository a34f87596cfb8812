package host

import (
	"errors"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// ErrGone means that the client left while the guest waited for a call or timer. The guest was told by EventCancel,
// whatever hooks it has.
var ErrGone = errors.New("client left while plugin waited")

// askGone is how often an exchange that waits asks whether its client is still there.
const askGone = 200 * time.Millisecond

// wait brings a guest what it waits for, one event after the other, until it answers. The instance serves others
// meanwhile. h is the header of the event that the guest left pending.
func (c *Context) wait(h *hostabi.Header) (hostabi.Result, error) {
	defer c.waits.end()
	endpoint, flags := h.Endpoint, h.Flags
	for {
		x := c.next()
		if x == nil {
			return 0, c.abandon()
		}
		c.waits.header = hostabi.Header{Endpoint: endpoint, Flags: flags, Vendor: x.id}
		result, err := c.resume(x)
		c.waits.keep(x)
		if err != nil || result != hostabi.Pending {
			return result, err
		}
	}
}

// next returns the call or timer whose event comes next, or nil when the client left.
func (c *Context) next() *waiting {
	w := c.waits
	if x := w.open[0]; len(w.open) == 1 && w.abroad == 0 && x.isCall() {
		x.fetch.run(c.plugin, c.Fetch)
		w.take(x)
		if c.gone() {
			w.keep(x)
			return nil
		}
		return x
	}
	c.launch()
	for !c.gone() {
		x, left := w.ended(time.Now())
		if x == nil {
			x = w.receive(left, c.Gone != nil)
		}
		if x != nil {
			return x
		}
	}
	return nil
}

func (c *Context) gone() bool { return c.Gone != nil && c.Gone() }

// launch starts the calls that have not been started, each in a goroutine.
func (c *Context) launch() {
	w, fetch, plugin := c.waits, c.Fetch, c.plugin
	for _, x := range w.open {
		if !x.isCall() || x.begun {
			continue
		}
		if w.reports == nil {
			w.reports = make(chan *waiting, plugin.limits.calls)
		}
		x.begun = true
		w.abroad++
		go func(reports chan<- *waiting) {
			x.fetch.run(plugin, fetch)
			reports <- x
		}(w.reports)
	}
}

// receive waits for the report of a call: until the next timer, and with poll no longer than the client is to be asked for.
func (w *waits) receive(left time.Duration, poll bool) *waiting {
	if poll && (left == 0 || left > askGone) {
		left = askGone
	}
	if left == 0 {
		return w.returned(<-w.reports)
	}
	if w.clock == nil {
		w.clock = time.NewTimer(left)
	} else {
		w.clock.Reset(left)
	}
	defer w.clock.Stop()
	select {
	case x := <-w.reports:
		return w.returned(x)
	case <-w.clock.C:
		return nil
	}
}

// resume brings the guest the event of a call or timer.
func (c *Context) resume(x *waiting) (hostabi.Result, error) {
	if err := c.lock(); err != nil {
		return 0, err
	}
	defer c.seat.Unlock()
	h := &c.waits.header
	if !x.isCall() {
		return c.deliver(hostabi.EventTimer, h, nil)
	}
	f := &x.fetch
	if f.Status == 0 {
		h.Name = uint32(f.Error)
		return c.deliver(hostabi.EventCall, h, nil)
	}
	doc := c.reply(f.Reply)
	h.Status, h.Doc, h.Nodes, h.Bytes = uint32(f.Status), uint32(len(c.docs)), uint32(len(doc.Nodes)), uint32(len(f.Reply))
	return c.deliver(hostabi.EventCall, h, nodesOf(doc))
}

// reply makes a document of a call's reply, with a tape when it is JSON.
func (c *Context) reply(body []byte) *tape.Doc {
	d := c.fresh()
	if d.Scan(body) != nil {
		d.Reset()
		d.Src = body
	}
	c.docs = append(c.docs, d)
	return d
}

// abandon tells the guest that nobody waits for its answer any more.
func (c *Context) abandon() error {
	c.waits.end()
	if c.lock() == nil {
		defer c.seat.Unlock()
		c.text = nil
		c.cancel()
	}
	return fmt.Errorf("plugin %s: %w", c.plugin.Name, ErrGone)
}
