package upstream

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// Call is one request. Its slices are read until Do returns and are never changed.
type Call struct {
	Host   *Host
	Method string
	Path   []byte // path?query, appended to the host's base path with one slash between; already escaped
	Header []byte // lines made by AppendHeader
	Body   []byte

	Deadline time.Time     // end of the whole call, reading the reply included; zero = none
	Idle     time.Duration // longest wait for the head, then between bytes of the body; 0 = none; up to 1/16 late
	Cancel   *Canceller    // may be nil
}

// check refuses what would put a second request on the wire.
func (c *Call) check() error {
	switch {
	case c.Host == nil:
		return errCallHost
	case !isToken(c.Method):
		return errCallMethod
	case !validTarget(c.Path):
		return errCallPath
	case len(c.Header) > 0 && !bytes.HasSuffix(c.Header, crlf):
		return errCallHeader
	}
	return nil
}

func validTarget(path []byte) bool {
	for _, c := range path {
		if c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// appendHead writes the request up to the body.
func (c *Call) appendHead(dst []byte) []byte {
	dst = append(dst, c.Method...)
	dst = append(dst, ' ')
	dst = c.Host.appendTarget(dst, c.Path)
	dst = append(dst, c.Host.suffix...)
	dst = append(dst, c.Header...)
	if len(c.Body) > 0 || c.expectsBody() {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(c.Body)), 10)
		dst = append(dst, crlf...)
	}
	return append(dst, crlf...)
}

func (h *Host) appendTarget(dst, path []byte) []byte {
	dst = append(dst, h.path...)
	query := len(path) == 0 || path[0] == '?'
	if query && h.path != "" {
		return append(dst, path...)
	}
	for len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	dst = append(dst, '/')
	return append(dst, path...)
}

// expectsBody: servers answer 411 to these methods when an empty body isn't announced.
func (c *Call) expectsBody() bool {
	return c.Method == "POST" || c.Method == "PUT" || c.Method == "PATCH"
}

var (
	errCallHost   = fmt.Errorf("%w: no host", ErrCall)
	errCallMethod = fmt.Errorf("%w: method", ErrCall)
	errCallPath   = fmt.Errorf("%w: space, control character or # in the path", ErrCall)
	errCallHeader = fmt.Errorf("%w: header without line end", ErrCall)
)
