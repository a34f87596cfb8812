package upstream

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

const (
	startBuffer = 4 << 10
	keepBuffer  = 16 << 10 // a larger one isn't kept with an idle connection
	leastRoom   = 512      // what a read must be offered
)

// conn is one connection with its read buffer; buf[r:w] holds what was read and not yet taken.
type conn struct {
	nc    net.Conn
	pool  *pool
	abort func() // closes the socket; TLS gets no farewell, which could block
	probe *probe

	buf  []byte
	r, w int
	full bool // the last read left no room: more is waiting

	readBy, writeBy int64 // the armed timers, 0 = none
	idleSince       int64

	lim      limits // of the call in progress
	cancel   *Canceller
	answered bool // its first byte has come
}

func newConn(p *pool, nc, socket net.Conn) *conn {
	return &conn{
		nc: nc, pool: p, probe: newProbe(socket),
		abort: func() { socket.Close() },
		buf:   make([]byte, startBuffer),
	}
}

func (cn *conn) close() { cn.abort() }

// rest prepares for the pool.
func (cn *conn) rest(at int64) {
	cn.idleSince, cn.cancel, cn.r, cn.w, cn.full = at, nil, 0, 0, false
	if len(cn.buf) > keepBuffer {
		cn.buf = make([]byte, startBuffer)
	}
}

// begin takes up a call on a connection that is new or rested.
func (cn *conn) begin(call *Call, lim limits, at int64) error {
	cn.lim, cn.cancel, cn.answered = lim, call.Cancel, false
	cn.arm(at)
	return cn.cancel.attach(cn.abort)
}

// arm sets both timers for a wait that starts at at.
func (cn *conn) arm(at int64) {
	by := cn.lim.next(at, cn.readBy)
	if by != cn.readBy || by != cn.writeBy {
		cn.readBy, cn.writeBy = by, by
		cn.nc.SetDeadline(timer(by))
	}
}

func (cn *conn) armRead(at int64) {
	if by := cn.lim.next(at, cn.readBy); by != cn.readBy {
		cn.readBy = by
		cn.nc.SetReadDeadline(timer(by))
	}
}

// linger bounds a wait for bytes that are on their way or won't come at all.
func (cn *conn) linger() {
	cn.readBy = now() + int64(100*time.Millisecond)
	cn.nc.SetReadDeadline(timer(cn.readBy))
}

// room makes space to read into. A stream that keeps filling the buffer gets a larger one: fewer reads.
func (cn *conn) room() []byte {
	pending := cn.w - cn.r
	size := len(cn.buf)
	if size-pending < leastRoom || (cn.full && size < keepBuffer) {
		size *= 2
	}
	switch {
	case size != len(cn.buf):
		larger := make([]byte, size)
		copy(larger, cn.buf[cn.r:cn.w])
		cn.buf, cn.r, cn.w = larger, 0, pending
	case pending == 0 || size-cn.w < leastRoom:
		copy(cn.buf, cn.buf[cn.r:cn.w])
		cn.r, cn.w = 0, pending
	}
	return cn.buf[cn.w:]
}

// read reads once into p under the timers that are armed.
func (cn *conn) read(p []byte) (int, error) {
	n, err := cn.nc.Read(p)
	cn.full = n == len(p)
	if n > 0 {
		cn.answered = true
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}

// fail gives an I/O error its kind. What the peer or the network did wrong comes after what we did ourselves.
func (cn *conn) fail(err error) error {
	e := &Error{Kind: io.ErrUnexpectedEOF, Host: cn.pool.name, Cause: err}
	if cause := cn.cancel.Err(); cause != nil {
		e.Kind, e.Cause = ErrCancelled, cause
		return e
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Kind, e.Cause = cn.which(), nil
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		e.Cause = nil
	}
	return e
}

func (cn *conn) which() error {
	if cn.lim.passed(now()) {
		return ErrDeadline
	}
	return ErrIdle
}

func (cn *conn) malformed(err error) error {
	return &Error{Kind: ErrProtocol, Host: cn.pool.name, Cause: err}
}

// drop ends a call whose connection can't be used again.
func (cn *conn) drop() {
	cn.cancel.detach()
	cn.close()
}
