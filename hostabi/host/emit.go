package host

import (
	"bytes"
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func (g *instance) emit(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	ops, lit, e := g.splice(a.u32(2), a.u32(3), a.u32(4), a.u32(5))
	if e != 0 {
		a.err(e)
		return
	}
	if e := c.emit(hostabi.Output(a.i32(1)), ops, lit); e != 0 {
		a.err(e)
		return
	}
	a.ok(0)
}

// splice finds a list of n operations and their literal bytes in guest memory.
func (g *instance) splice(ptr, n, lit, size uint32) ([]tape.Op, []byte, hostabi.Errno) {
	if n > g.memory.Size()/tape.OpSize {
		return nil, nil, hostabi.ErrnoRange
	}
	list, ok := g.view(ptr, n*tape.OpSize)
	bytes, ok2 := g.view(lit, size)
	if !ok || !ok2 {
		return nil, nil, hostabi.ErrnoRange
	}
	ops := operations(list)
	for i := range ops {
		g.burn(opFuel + int64(ops[i].Len)*quoteFuel)
	}
	return ops, bytes, 0
}

func (c *Context) emit(kind hostabi.Output, ops []tape.Op, lit []byte) hostabi.Errno {
	var err error
	switch kind {
	case hostabi.OutBody:
		c.Body, err = tape.Splice(c.Body, ops, lit, c.source, maxOutput-len(c.Body))
	case hostabi.OutEvent:
		err = c.emitEvent(ops, lit)
	default:
		return hostabi.ErrnoInvalid
	}
	return spliceErrno(err)
}

func spliceErrno(err error) hostabi.Errno {
	switch err {
	case nil:
		return 0
	case tape.ErrSpliceSize:
		return hostabi.ErrnoLimit
	case tape.ErrSpliceKind:
		return hostabi.ErrnoInvalid
	}
	return hostabi.ErrnoRange
}

// Forward gives out an event of the upstream's as it is.
func (c *Context) Forward(data []byte) {
	start := len(c.Events)
	b := append(append(c.Events, eventBegin...), data...)
	endEvent(b[start:])
	c.Events = append(b, eventEnd...)
}

// What a server-sent event begins and ends with.
const (
	eventBegin = "data: "
	eventEnd   = "\n\n"
)

func (c *Context) emitEvent(ops []tape.Op, lit []byte) error {
	start := len(c.Events)
	b := append(c.Events, eventBegin...)
	var err error
	if c.template.state == noTemplate {
		b, err = tape.Splice(b, ops, lit, c.source, maxOutput-start)
	} else {
		b, err = c.template.learn(b, ops, lit, c.source, maxOutput-start)
	}
	if err != nil {
		c.Events = b[:start]
		return err
	}
	endEvent(b[start:])
	c.Events = append(b, eventEnd...)
	return nil
}

// endEvent makes JSON fit for one line of an event stream, in place: a line break can only be white space there.
func endEvent(json []byte) {
	for _, end := range []byte("\r\n") {
		rest := json
		for i := bytes.IndexByte(rest, end); i >= 0; i = bytes.IndexByte(rest, end) {
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}

// operations reads a list where it lies in guest memory; an unaligned one is copied first.
func operations(list []byte) []tape.Op {
	n := len(list) / tape.OpSize
	if n == 0 {
		return nil
	}
	if uintptr(unsafe.Pointer(&list[0]))%unsafe.Alignof(tape.Op{}) != 0 {
		ops := make([]tape.Op, n)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&ops[0])), len(list)), list)
		return ops
	}
	return unsafe.Slice((*tape.Op)(unsafe.Pointer(&list[0])), n)
}
