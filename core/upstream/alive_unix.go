//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// probe looks at an idle socket without taking bytes from it.
type probe struct {
	socket syscall.RawConn // nil when there is none to look at
	peek   func(fd uintptr)
	quiet  bool
	one    [1]byte
}

func newProbe(socket net.Conn) *probe {
	p := &probe{}
	if sc, ok := socket.(syscall.Conn); ok {
		p.socket, _ = sc.SyscallConn()
	}
	p.peek = p.look
	return p
}

// alive reports whether the peer neither closed nor sent anything unasked. It may come too early, never too late.
func (p *probe) alive() bool {
	if p.socket == nil {
		return true
	}
	p.quiet = false
	err := p.socket.Control(p.peek)
	return err == nil && p.quiet
}

// look relies on the runtime having made the socket non-blocking.
func (p *probe) look(fd uintptr) {
	_, _, err := syscall.Recvfrom(int(fd), p.one[:], syscall.MSG_PEEK)
	p.quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
}
