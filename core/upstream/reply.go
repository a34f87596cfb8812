package upstream

import (
	"bytes"
	"errors"
	"io"
)

// Reply is the answer to a call. The zero value is ready; keep it and use it again, so that a call allocates nothing.
// It belongs to one goroutine.
type Reply struct {
	Status int

	head   head
	body   body
	cn     *conn
	clean  bool  // nothing was seen that forbids reuse
	err    error // why no more of the body can come
	events Events
}

func (r *Reply) begin(cn *conn, method string, sent bool) {
	r.Status, r.cn, r.err = r.head.status, cn, nil
	r.body = newBody(&r.head, method)
	r.clean = sent && r.head.persistent()
	cn.w = cn.r + r.unframe(cn.buf[cn.r:cn.w])
}

// Header is the value of the first line of that name, nil without one; borrowed until Close.
func (r *Reply) Header(name string) []byte { return r.head.find(name) }

// Headers yields every line in order; borrowed until Close.
func (r *Reply) Headers(yield func(name, value []byte) bool) {
	for i := range r.head.lines {
		if !yield(r.head.at(i)) {
			return
		}
	}
}

// ContentType is the Content-Type line's value with its parameters; borrowed until Close.
func (r *Reply) ContentType() []byte { return r.head.valueAt(r.head.mediaIdx) }

// encoding is the Content-Encoding, nil for none.
func (r *Reply) encoding() []byte {
	v := r.head.valueAt(r.head.codeIdx)
	if equalFold(v, "identity") {
		return nil
	}
	return v
}

// Close ends the call. The connection goes back to its pool if the reply was read to its end and both sides allow it;
// any other is closed, which tells the upstream to stop. Read a stream to its io.EOF to keep the connection.
func (r *Reply) Close() {
	cn := r.cn
	if cn == nil {
		return
	}
	r.cn, r.events.err = nil, errClosed
	cancelled := cn.cancel.detach() != nil
	if cancelled || !r.clean || !r.body.done || r.body.junk || r.err != nil {
		cn.close()
		return
	}
	cn.pool.push(cn)
}

// Read reads the body as it was sent, without its framing but with its content encoding; io.EOF at its end,
// io.ErrUnexpectedEOF in an *Error when the connection ended before.
func (r *Reply) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.buffered()) == 0 {
		if r.body.done {
			return 0, io.EOF
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buffered())
	r.cn.r += n
	return n, nil
}

// buffered is the payload that was read and not taken.
func (r *Reply) buffered() []byte {
	if r.cn == nil {
		return nil
	}
	return r.cn.buf[r.cn.r:r.cn.w]
}

func (r *Reply) empty() bool { return r.body.done && len(r.buffered()) == 0 }

// fill waits for more of the body; it may come back without payload.
func (r *Reply) fill() error {
	if err := r.stopped(); err != nil {
		return err
	}
	n, err := r.receive(r.cn.room())
	r.cn.w += n
	return err
}

func (r *Reply) stopped() error {
	if r.cn == nil {
		return errClosed
	}
	return r.err
}

// receive reads once into p and leaves the payload at its front.
func (r *Reply) receive(p []byte) (int, error) {
	cn := r.cn
	if cn.lim.idle > 0 {
		cn.armRead(now())
	}
	n, err := cn.read(p)
	if err == io.EOF && r.body.kind == bodyUntilClose {
		r.body.done, r.clean = true, false
		return 0, nil
	}
	if err != nil {
		r.err = cn.fail(err)
		return 0, r.err
	}
	return r.unframe(p[:n]), nil
}

// unframe keeps a framing error for later: what came before it is still good.
func (r *Reply) unframe(p []byte) int {
	n, err := r.body.decode(p)
	if err != nil {
		r.err = r.cn.malformed(err)
	}
	return n
}

var errClosed = errors.New("upstream: the reply was closed")

func isGzip(encoding []byte) bool {
	return equalFold(bytes.TrimSpace(encoding), "gzip") || equalFold(encoding, "x-gzip")
}
