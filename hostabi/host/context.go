package host

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Limits of one exchange.
const (
	maxOutput    = 64 << 20 // bytes that may be given out as a body, or wait as events
	maxDocuments = 64       // documents that a guest may parse out of strings during one event
	maxParsed    = 16 << 20 // bytes of these: their tapes can take a dozen times as much
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
	// Cancels tells that the plugin wants to hear of an exchange that ends early: see Close.
	Cancels bool
	// Body is what the last event gave out as a body.
	Body []byte
	// Events is what events gave out for the client's stream, framed as server-sent events. The owner empties it.
	Events []byte
	// Usage holds the counters reported so far; Counted tells that there were any.
	Usage   [hostabi.UsageCounters]uint32
	Counted bool
	// Failure is what the guest failed the exchange with during the last event; nil when it did not.
	Failure *Failure

	// Header answers what the guest asks about the client's request. It is called for granted names only, during Send.
	Header func(name []byte) (string, bool)
	// Fetch carries out an HTTP call and returns when it is done. It is called during Send without any lock, for several
	// calls at once from several goroutines. When it is nil every call ends with CallRefused.
	Fetch func(f *Fetch)
	// Gone tells that the client left: Send then stops waiting for calls and timers. It is asked every 200 ms while Send waits.
	Gone func() bool
	// Key is whom values of hostabi.ScopeKey belong to; "" = nobody.
	Key string
	// Edits, Block and Flags are the verdict that a guard gave during the last event.
	Edits []Edit
	Block *Block
	Flags []string

	plugin  *Plugin
	seat    *seat
	guest   *instance
	id      uint32
	over    bool        // the guest knows that nothing follows
	docs    []*tape.Doc // by id - 1
	parsed  []*tape.Doc // ours, reused
	used    int         // how many of parsed are in docs
	scratch []byte      // what the parsed ones were decoded to
	failed  Failure
	blocked Block
	text    *Text    // of a guard's event, nil in others
	whole   tape.Doc // … as a document
	with    []byte   // the texts of Edits
	waits   *waits   // nil until the guest makes a call or starts a timer
	self    string   // whom values of hostabi.ScopeRequest belong to; "" while there are none

	chunk    bool // the event at hand is EventChunk
	template template
}

// Open prepares the context for an exchange through p. Attr, Set and Cancels are to be given after it.
func (c *Context) Open(p *Plugin) {
	if c.seat != nil {
		c.Close()
	}
	c.plugin = p
}

// enter locks the context's seat for an event, unless the breaker is open.
func (c *Context) enter() error {
	if c.plugin == nil {
		return errors.New("context is not open")
	}
	if err := c.plugin.breaker.admit(c); err != nil {
		return fmt.Errorf("plugin %s: %w", c.plugin.Name, err)
	}
	err := c.lock()
	if err != nil {
		c.plugin.breaker.spared(c)
	}
	return err
}

// lock locks the context's seat, choosing one at the first event.
func (c *Context) lock() error {
	if c.seat == nil {
		return c.bind()
	}
	c.seat.Lock()
	if !c.guest.dead {
		return nil
	}
	c.seat.Unlock()
	if c.plugin.closed.Load() {
		return fmt.Errorf("plugin %s: %w", c.plugin.Name, ErrClosed)
	}
	return fmt.Errorf("plugin %s: %w", c.plugin.Name, ErrLost)
}

func (c *Context) bind() error {
	s, err := c.plugin.take()
	if err != nil {
		return err
	}
	c.seat, c.guest, c.id = s, s.guest, s.guest.places.admit()
	return nil
}

// Close ends the exchange and keeps the context's memory for the next one. With Cancels, a guest that was not told of
// the end by EventResponse, EventError or EventEnd, and did not fail the exchange itself, gets EventCancel.
func (c *Context) Close() {
	if c.seat != nil {
		c.leave()
	}
	if c.waits != nil {
		c.waits.settle()
	}
	for _, d := range c.parsed {
		if d.Reset(); cap(d.Nodes) > keepNodes {
			d.Nodes = nil
		}
	}
	clear(c.docs)
	*c = Context{
		Body: trim(c.Body), Events: trim(c.Events), scratch: trim(c.scratch), docs: c.docs[:0], parsed: c.parsed,
		template: c.template, Edits: kept(c.Edits), Flags: kept(c.Flags), with: trim(c.with), waits: c.waits,
	}
	c.template.reset()
}

func (c *Context) leave() {
	c.depart()
	c.forget()
	if c.seat.private {
		c.plugin.vacate(c.seat)
	}
}

// depart gives up the exchange's place in its instance.
func (c *Context) depart() {
	c.seat.Lock()
	defer c.seat.Unlock()
	if c.Cancels && !c.over && !c.guest.dead {
		c.cancel()
	}
	if !c.guest.dead {
		c.guest.places.release(c.id)
		c.seat.left(c.guest)
	}
}

// cancel tells the guest that the exchange is over. The seat is locked.
func (c *Context) cancel() {
	var h hostabi.Header
	c.begin(hostabi.EventCancel)
	c.deliver(hostabi.EventCancel, &h, nil)
}

// What is larger than this is not kept for the next exchange: one huge request must not stay forever.
const (
	keepBytes = 256 << 10
	keepNodes = keepBytes / tape.NodeSize
)

func trim(b []byte) []byte {
	if cap(b) > keepBytes {
		return nil
	}
	return b[:0]
}

// kept empties a list that is used again.
func kept[T any](list []T) []T {
	clear(list)
	if cap(list) > keepBytes/64 {
		return nil
	}
	return list[:0]
}

func (c *Context) document(id uint32) *tape.Doc {
	if id == 0 || id > uint32(len(c.docs)) {
		return nil
	}
	return c.docs[id-1]
}

func (c *Context) source(id uint16) []byte {
	if d := c.document(uint32(id)); d != nil {
		return d.Src
	}
	return nil
}
