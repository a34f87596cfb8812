package host

import (
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
)

// header reads a header of the client's request.
func (g *instance) header(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	name, ok := g.view(a.u32(1), a.u32(2))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if !slices.Contains(g.plugin.grants.Headers, string(name)) {
		a.err(hostabi.ErrnoDenied)
		return
	}
	if c.Header == nil {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	value, ok := c.Header(name)
	if !ok {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	give(g, a, value, a.u32(3), a.u32(4))
}
