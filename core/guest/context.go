package guest

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Context is one exchange as a plugin sees it. The zero value is ready; after Close it can be opened again, reusing its
// memory. It is not safe for concurrent use.
type Context struct {
	host.Context
	x      *core.Exchange
	cancel *upstream.Canceller
	attr   func(tape.Atom) (string, bool)
	gone   func() bool
}

// Open prepares the context for an exchange through p. header reads the client's request headers; it may be nil, and is
// asked for granted names only. cancel tells when the client left; it may be nil. The exchange may change until Close.
func (c *Context) Open(p *Plugin, x *core.Exchange, header func(name []byte) (string, bool), cancel *upstream.Canceller) {
	if c.attr == nil {
		c.attr, c.gone = c.attribute, c.left
	}
	c.x, c.cancel = x, cancel
	c.Context.Open(p.Host)
	c.Context.Attr = c.attr
}

// Close ends the exchange for the plugin, and whatever it still calls.
func (c *Context) Close() {
	c.Context.Close()
	c.x, c.cancel = nil, nil
}

func (c *Context) left() bool { return c.cancel.Err() != nil }
