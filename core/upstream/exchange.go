package upstream

import (
	"net"
	"sync"
)

const (
	joinBody  = 16 << 10  // up to this size the body is copied behind the head: one packet, one write
	writeSize = 256 << 10 // larger bodies go out in pieces, so that a slow line isn't taken for an idle one
)

// request is what a head is written in.
type request struct {
	head  []byte
	parts [2][]byte
	write net.Buffers
}

var requests = sync.Pool{New: func() any { return new(request) }}

// exchange sends the call and reads the head of its reply. On failure the connection is gone.
func (cn *conn) exchange(call *Call, lim limits, at int64, r *Reply) error {
	if err := cn.begin(call, lim, at); err != nil {
		err = cn.fail(err)
		cn.drop()
		return err
	}
	sent := cn.send(call)
	if sent != nil && cn.cancel.Err() == nil {
		cn.linger()
	}
	err := cn.readHead(&r.head)
	if err != nil {
		if sent != nil {
			err = cn.fail(sent)
		}
		cn.drop()
		return err
	}
	if sent != nil {
		cn.armRead(now())
	}
	r.begin(cn, call.Method, sent == nil)
	return nil
}

func (cn *conn) send(call *Call) error {
	rq := requests.Get().(*request)
	defer requests.Put(rq)
	rq.head = call.appendHead(rq.head[:0])
	if len(call.Body) <= joinBody {
		rq.head = append(rq.head, call.Body...)
		_, err := cn.nc.Write(rq.head)
		return err
	}
	return cn.sendLarge(rq, call.Body)
}

func (cn *conn) sendLarge(rq *request, body []byte) error {
	n := min(len(body), writeSize)
	rq.parts = [2][]byte{rq.head, body[:n]}
	rq.write = rq.parts[:]
	_, err := rq.write.WriteTo(cn.nc)
	for body = body[n:]; err == nil && len(body) > 0; body = body[n:] {
		cn.arm(now())
		n = min(len(body), writeSize)
		_, err = cn.nc.Write(body[:n])
	}
	rq.parts = [2][]byte{}
	cn.arm(now())
	return err
}

// readHead reads up to the final reply's body. The armed timer bounds the whole wait: a head that drips in doesn't
// move it.
func (cn *conn) readHead(h *head) error {
	var searched, size int
	limit := cn.pool.client.opt.MaxHeaderBytes
	for {
		buf := cn.buf[cn.r:cn.w]
		end := headEnd(buf, &searched)
		if size+max(end, 0) > limit || (end < 0 && size+len(buf) > limit) {
			return cn.malformed(errHeadSize)
		}
		if !startsLikeHTTP(buf) {
			return cn.malformed(errHeadStatus)
		}
		if end >= 0 {
			if err := h.parse(buf[:end]); err != nil {
				return cn.malformed(err)
			}
			cn.r += end
			if h.status >= 200 {
				return nil
			}
			if h.status == 101 {
				return cn.malformed(errHeadUpgrade)
			}
			size, searched = size+end, 0
			continue
		}
		n, err := cn.read(cn.room())
		if err != nil {
			return cn.fail(err)
		}
		cn.w += n
	}
}
