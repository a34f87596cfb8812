package host

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Send brings an event to the guest and returns its answer: hostabi.Pass or hostabi.Done. doc may be nil; h.Doc,
// h.Nodes and h.Bytes are set from it. A guest that waits for calls and timers gets their events, and the instance
// serves others meanwhile, until it answers. After an error, which is ErrTrapped, ErrLost, ErrBusy, ErrOpen, ErrClosed,
// ErrGone or a negative result of the guest's, the exchange is over.
func (c *Context) Send(event hostabi.Event, h *hostabi.Header, doc *tape.Doc) (hostabi.Result, error) {
	result, err := c.send(event, h, doc)
	if result == hostabi.Pending {
		return c.wait(h)
	}
	return result, err
}

// send is Send up to the guest's first answer.
func (c *Context) send(event hostabi.Event, h *hostabi.Header, doc *tape.Doc) (hostabi.Result, error) {
	if err := c.enter(); err != nil {
		return 0, err
	}
	defer c.seat.Unlock()
	c.begin(event)
	h.Doc, h.Nodes, h.Bytes = 0, 0, 0
	if doc != nil {
		c.docs = append(c.docs, doc)
		h.Doc, h.Nodes, h.Bytes = 1, uint32(len(doc.Nodes)), uint32(len(doc.Src))
	}
	result, err := c.deliver(event, h, nodesOf(doc))
	if c.chunk && err == nil && c.Failure == nil {
		c.template.conclude(result, h.Name, doc)
	}
	c.chunk = false
	return result, err
}

// begin forgets what the last event brought. The seat is locked.
func (c *Context) begin(event hostabi.Event) {
	c.Body, c.Failure = c.Body[:0], nil
	c.docs, c.used, c.scratch = c.docs[:0], 0, c.scratch[:0]
	c.Edits, c.Block, c.Flags, c.with = c.Edits[:0], nil, c.Flags[:0], c.with[:0]
	c.over = event != hostabi.EventRequest && event != hostabi.EventChunk
	if c.chunk = event == hostabi.EventChunk; c.template.state != noTemplate {
		c.template.reset()
	}
}

// deliver runs an event in the guest, with records behind the header. The seat is locked.
func (c *Context) deliver(event hostabi.Event, h *hostabi.Header, records []byte) (hostabi.Result, error) {
	began := uptime()
	result, err := c.guest.send(c, began, event, h, records)
	c.seat.counts.event(began)
	if result != hostabi.Pending && c.waits != nil {
		c.waits.end()
	}
	if err != nil {
		c.over = true
		first := c.guest.trapped(c, err)
		c.seat.lose(c.guest)
		return 0, fmt.Errorf("plugin %s: %w: %s", c.plugin.Name, ErrTrapped, first)
	}
	c.plugin.breaker.passed(c)
	if c.guest.large() {
		c.seat.retire(c.guest)
	}
	c.over = c.over || c.Failure != nil || result < 0
	if result < 0 {
		return 0, fmt.Errorf("plugin %s failed with code %d", c.plugin.Name, result)
	}
	return result, nil
}

// answer checks what a guest returned from an event. One that failed the exchange has nothing to wait for.
func (c *Context) answer(result hostabi.Result) (hostabi.Result, error) {
	switch {
	case result <= hostabi.Pass || result == hostabi.Done:
		return result, nil
	case result != hostabi.Pending:
		return 0, fmt.Errorf("unknown result %d of an event", result)
	case c.Failure != nil:
		return hostabi.Done, nil
	case !c.pending():
		return 0, errors.New("event left pending without a call or timer")
	}
	return result, nil
}
