package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Limits of one exchange.
const (
	maxOutput    = 64 << 20 // bytes that one event may give out
	maxDocuments = 64       // documents that a guest may parse out of strings
	maxMessage   = 16 << 10 // bytes of an error message
)

// Failure is an error that a guest reported for an exchange.
type Failure struct {
	Class   hostabi.Class
	Status  int // 0: the class's own
	Message string
}

// Context is one exchange as a plugin sees it. It is bound to an instance by its first event and stays there. A
// Context is not safe for concurrent use; after Close it can be opened again, reusing its memory.
type Context struct {
	// Attr answers what the guest asks about the exchange. It is called during Send only.
	Attr func(name tape.Atom) (string, bool)
	// Set receives the settings of the upstream request. An error is the guest's to handle. Called during Send only.
	Set func(what hostabi.Setting, name, value []byte) error
	// Body is what the last event gave out as a body.
	Body []byte
	// Events is what events gave out for the client's stream, framed as server-sent events. The owner empties it.
	Events []byte
	// Usage holds the counters reported so far; Counted tells that there were any.
	Usage   [hostabi.UsageCounters]uint32
	Counted bool
	// Failure is what the guest failed the exchange with.
	Failure *Failure

	plugin *Plugin
	seat   *seat
	guest  *instance
	id     uint32
	docs   []*tape.Doc // by id - 1
	parsed []*tape.Doc // ours, reused
	used   int
	failed Failure
}

// Open prepares the context for an exchange through p.
func (c *Context) Open(p *Plugin) {
	c.plugin = p
}

// Send brings an event to the guest and returns its answer. doc may be nil. After an error the exchange is over.
func (c *Context) Send(event hostabi.Event, h *hostabi.Header, doc *tape.Doc) (hostabi.Result, error) {
	if err := c.enter(); err != nil {
		return 0, err
	}
	defer c.seat.Unlock()
	c.Body, c.Failure = c.Body[:0], nil
	c.docs, c.used = c.docs[:0], 0
	h.Doc, h.Nodes, h.Bytes = 0, 0, 0
	if doc != nil {
		c.docs = append(c.docs, doc)
		h.Doc, h.Nodes, h.Bytes = 1, uint32(len(doc.Nodes)), uint32(len(doc.Src))
	}
	result, err := c.guest.send(c, event, h, doc)
	if err != nil {
		c.guest.poison(context.Background())
		c.seat.guest = nil
		return 0, fmt.Errorf("plugin %s trapped: %w", c.plugin.Name, err)
	}
	if result < 0 {
		return 0, fmt.Errorf("plugin %s failed with code %d", c.plugin.Name, result)
	}
	return result, nil
}

// enter locks the context's seat, choosing one at the first event.
func (c *Context) enter() error {
	if c.seat != nil {
		c.seat.Lock()
		if c.guest.dead {
			c.seat.Unlock()
			return ErrLost
		}
		return nil
	}
	if c.plugin == nil {
		return errors.New("context is not open")
	}
	s := c.plugin.take()
	if err := c.bind(s); err != nil {
		s.Unlock()
		return err
	}
	return nil
}

func (c *Context) bind(s *seat) error {
	if s.guest == nil {
		g, err := c.plugin.instantiate(context.Background())
		if err != nil {
			return fmt.Errorf("replace an instance of plugin %s: %w", c.plugin.Name, err)
		}
		s.guest = g
	}
	if err := s.guest.admit(c); err != nil {
		return err
	}
	c.seat, c.guest = s, s.guest
	return nil
}

// Close ends the exchange and keeps the context's memory for the next one.
func (c *Context) Close() {
	if c.seat != nil {
		c.seat.Lock()
		if !c.guest.dead {
			c.guest.release(c)
		}
		c.seat.Unlock()
	}
	for _, d := range c.parsed {
		d.Reset()
	}
	*c = Context{Body: trim(c.Body), Events: trim(c.Events), docs: c.docs[:0], parsed: c.parsed}
}

// keepBytes is the largest buffer that is kept for the next exchange: one huge request must not stay forever.
const keepBytes = 256 << 10

func trim(b []byte) []byte {
	if cap(b) > keepBytes {
		return nil
	}
	return b[:0]
}

func (c *Context) document(id uint16) *tape.Doc {
	if id == 0 || int(id) > len(c.docs) {
		return nil
	}
	return c.docs[id-1]
}

func (c *Context) source(id uint16) []byte {
	if d := c.document(id); d != nil {
		return d.Src
	}
	return nil
}
