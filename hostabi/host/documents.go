package host

import (
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// piece finds a range of a document of the exchange being handled.
func (g *instance) piece(ctx, doc, off, n uint32) (*Context, []byte, hostabi.Errno) {
	c := g.context(ctx)
	if c == nil {
		return nil, nil, hostabi.ErrnoContext
	}
	d := c.document(doc)
	if d == nil {
		return nil, nil, hostabi.ErrnoDoc
	}
	if uint64(off)+uint64(n) > uint64(len(d.Src)) {
		return nil, nil, hostabi.ErrnoRange
	}
	return c, d.Src[off : off+n], 0
}

func (g *instance) bytes(a args) {
	_, src, e := g.piece(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
	if e != 0 {
		a.err(e)
		return
	}
	dst, ok := g.view(a.u32(4), uint32(len(src)))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	a.ok(copy(dst, src))
}

func (g *instance) text(a args) {
	c, src, e := g.piece(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
	if e != 0 {
		a.err(e)
		return
	}
	g.burn(int64(len(src)) * quoteFuel)
	at, room := a.u32(4), a.u32(5)
	// Decoding never makes a string longer: with this much room it is done where it has to go.
	if dst, ok := g.view(at, uint32(len(src))); ok && len(src) <= int(room) {
		a.ok(len(tape.AppendUnquoted(dst[:0], src)))
		return
	}
	end := len(c.scratch)
	decoded := tape.AppendUnquoted(c.scratch, src)[end:]
	if len(decoded) <= int(room) {
		dst, ok := g.view(at, uint32(len(decoded)))
		if !ok {
			a.err(hostabi.ErrnoRange)
			return
		}
		copy(dst, decoded)
	}
	a.ok(len(decoded))
}

func (g *instance) parse(a args) {
	c, src, e := g.piece(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
	if e != 0 {
		a.err(e)
		return
	}
	if c.used == maxDocuments || len(c.scratch)+len(src) > maxParsed {
		a.err(hostabi.ErrnoLimit)
		return
	}
	g.burn(int64(len(src)) * scanFuel)
	d, start := c.fresh(), len(c.scratch)
	c.scratch = tape.AppendUnquoted(c.scratch, src)
	if d.Scan(c.scratch[start:len(c.scratch):len(c.scratch)]) != nil {
		c.scratch = c.scratch[:start]
		c.used--
		a.err(hostabi.ErrnoSyntax)
		return
	}
	c.docs = append(c.docs, d)
	a.ok(len(c.docs))
}

func (g *instance) nodes(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	d := c.document(a.u32(1))
	if d == nil {
		a.err(hostabi.ErrnoDoc)
		return
	}
	if nodes := nodesOf(d); len(nodes) > 0 && len(nodes) <= int(a.u32(3)) {
		dst, ok := g.view(a.u32(2), uint32(len(nodes)))
		if !ok {
			a.err(hostabi.ErrnoRange)
			return
		}
		copy(dst, nodes)
	}
	a.ok(len(d.Nodes))
}

// fresh returns a document of the exchange's own.
func (c *Context) fresh() *tape.Doc {
	if c.used == len(c.parsed) {
		c.parsed = append(c.parsed, new(tape.Doc))
	}
	c.used++
	return c.parsed[c.used-1]
}

// nodesOf is a document's tape as it crosses to a guest.
func nodesOf(d *tape.Doc) []byte {
	if d == nil || len(d.Nodes) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&d.Nodes[0])), len(d.Nodes)*tape.NodeSize)
}
