package server

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// fileDescriptor returns the socket's descriptor, -1 when there is none.
func fileDescriptor(nc net.Conn) int {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return -1
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return -1
	}
	fd := -1
	if raw.Control(func(s uintptr) { fd = int(s) }) != nil {
		return -1
	}
	return fd
}

// hungUp calls left for each connection whose other side has closed. It does not wait, and reads nothing.
func hungUp(conns []*conn, left func(*conn)) {
	if len(conns) == 0 {
		return
	}
	fds := make([]unix.PollFd, len(conns))
	for i, c := range conns {
		fds[i] = unix.PollFd{Fd: int32(c.fd), Events: unix.POLLRDHUP}
	}
	if n, err := unix.Poll(fds, 0); err != nil || n == 0 {
		return
	}
	for i := range fds {
		if fds[i].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0 {
			left(conns[i])
		}
	}
}
