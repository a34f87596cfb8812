package upstream

import (
	"compress/gzip"
	"errors"
	"io"
	"slices"
)

// growAhead caps what is set aside on a reply's own word about its length.
const growAhead = 1 << 20

// ReadAll appends the whole body to dst, unpacked if it came with gzip. More than limit bytes are ErrTooLarge; 0 = no
// limit. On error the result holds what came before it.
func (r *Reply) ReadAll(dst []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = int(^uint(0)>>1) - len(dst)
	}
	switch encoding := r.encoding(); {
	case len(encoding) == 0:
		return r.readPlain(dst, limit)
	case isGzip(encoding):
		return r.readGzip(dst, limit)
	}
	if r.empty() {
		return dst, nil
	}
	return dst, r.foreign()
}

func (r *Reply) readPlain(dst []byte, limit int) ([]byte, error) {
	if r.body.kind == bodyLength && r.body.left+int64(len(r.buffered())) > int64(limit) {
		return dst, r.tooLarge()
	}
	start := len(dst)
	dst = append(dst, r.buffered()...)
	if r.cn != nil {
		r.cn.r = r.cn.w
	}
	for !r.body.done {
		if err := r.stopped(); err != nil {
			return dst, err
		}
		if len(dst)-start > limit {
			break
		}
		dst = slices.Grow(dst, r.want())
		n, err := r.receive(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err != nil {
			return dst, err
		}
	}
	if len(dst)-start > limit {
		return dst[:start+limit], r.tooLarge()
	}
	return dst, nil
}

// want is the room to offer the next read; one byte more than the body shows what was sent after it.
func (r *Reply) want() int {
	if r.body.kind == bodyLength {
		return int(min(r.body.left+1, growAhead))
	}
	return startBuffer
}

func (r *Reply) readGzip(dst []byte, limit int) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err == io.EOF {
		return dst, nil
	}
	for start := len(dst); err == nil; {
		dst = slices.Grow(dst, startBuffer)
		var n int
		n, err = z.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst)-start > limit {
			return dst[:start+limit], r.tooLarge()
		}
	}
	if err == io.EOF {
		return dst, nil
	}
	return dst, r.gzipError(err)
}

// gzipError tells a broken packing from a broken connection.
func (r *Reply) gzipError(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	r.clean = false
	return &Error{Kind: ErrProtocol, Host: r.host(), Cause: errGzip}
}

func (r *Reply) foreign() error {
	r.clean = false
	return &Error{Kind: ErrProtocol, Host: r.host(), Cause: errForeign}
}

func (r *Reply) tooLarge() error {
	r.clean = false
	return &Error{Kind: ErrTooLarge, Host: r.host()}
}

func (r *Reply) host() string {
	if r.cn == nil {
		return "(closed)"
	}
	return r.cn.pool.name
}

var (
	errGzip    = errors.New("damaged gzip body")
	errForeign = errors.New("content encoding that was not asked for")
)
