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
	calls  *caller // nil for plugins without upstreams
	attr   func(tape.Atom) (string, bool)
	gone   func() bool
}

// Open prepares the context for an exchange through p. header reads the client's request headers; it may be nil, and is
// asked for granted names only. cancel tells when the client left and ends the guest's calls; it may be nil. The exchange
// is read until Close.
func (c *Context) Open(p *Plugin, x *core.Exchange, header func(name []byte) (string, bool), cancel *upstream.Canceller) {
	c.Close()
	if c.attr == nil {
		c.attr, c.gone = c.attribute, c.left
	}
	c.x, c.cancel = x, cancel
	c.Context.Open(p.Host)
	c.Context.Attr, c.Context.Header, c.Context.Gone, c.Context.Key = c.attr, header, c.gone, x.Principal.KeyHash
	if len(p.Upstreams) > 0 {
		c.calls = newCaller(p.Upstreams, cancel)
		c.Context.Fetch = c.calls.fetch
	}
}

// Close ends the exchange for the plugin, and the calls that it still makes.
func (c *Context) Close() {
	if c.calls != nil {
		c.calls.end()
	}
	c.Context.Close()
	c.x, c.cancel, c.calls = nil, nil, nil
}

func (c *Context) left() bool { return c.cancel.Err() != nil }
