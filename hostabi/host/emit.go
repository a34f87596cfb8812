package host

import (
	"bytes"
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func (g *instance) emit(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	n := a.u32(3)
	if n > 1<<24 {
		a.err(hostabi.ErrnoLimit)
		return
	}
	list, lit := g.view(a.u32(2), n*tape.OpSize), g.view(a.u32(4), a.u32(5))
	if list == nil || lit == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	ops := operations(list, int(n))
	var err error
	switch hostabi.Output(a.i32(1)) {
	case hostabi.OutBody:
		c.Body, err = tape.Splice(c.Body, ops, lit, c.source, maxOutput)
	case hostabi.OutEvent:
		err = c.emitEvent(ops, lit)
	default:
		a.err(hostabi.ErrnoInvalid)
		return
	}
	switch err {
	case nil:
		a.ok(0)
	case tape.ErrSpliceSize:
		a.err(hostabi.ErrnoLimit)
	case tape.ErrSpliceKind:
		a.err(hostabi.ErrnoInvalid)
	default:
		a.err(hostabi.ErrnoRange)
	}
}

func (c *Context) emitEvent(ops []tape.Op, lit []byte) error {
	start := len(c.Events)
	b := append(c.Events, "data: "...)
	b, err := tape.Splice(b, ops, lit, c.source, maxOutput)
	if err != nil {
		c.Events = b[:start]
		return err
	}
	EndEvent(b[start:])
	c.Events = append(b, "\n\n"...)
	return nil
}

// EndEvent makes JSON fit for one line of an event stream, in place: a line break can only be white space there.
func EndEvent(json []byte) {
	for i := bytes.IndexByte(json, '\n'); i >= 0; i = bytes.IndexByte(json, '\n') {
		json[i] = ' '
		json = json[i+1:]
	}
}

// operations reads a list where it lies in guest memory; an unaligned one is copied first.
func operations(list []byte, n int) []tape.Op {
	if n == 0 {
		return nil
	}
	if uintptr(unsafe.Pointer(&list[0]))%4 != 0 {
		ops := make([]tape.Op, n)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&ops[0])), len(list)), list)
		return ops
	}
	return unsafe.Slice((*tape.Op)(unsafe.Pointer(&list[0])), n)
}
