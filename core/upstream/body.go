package upstream

type bodyKind uint8

const (
	bodyNone bodyKind = iota
	bodyLength
	bodyChunked
	bodyUntilClose
)

// body takes the framing off a reply's body. It sees each byte once and doesn't read by itself, so that the result is
// the same however the bytes were cut.
type body struct {
	kind   bodyKind
	left   int64 // bodyLength: of the body; bodyChunked: of the chunk
	chunks chunks
	done   bool // the body's last byte was seen
	junk   bool // bytes came after it
}

func newBody(h *head, method string) body {
	switch {
	case h.bodyless(method), !h.chunked && h.length == 0:
		return body{done: true}
	case h.chunked:
		return body{kind: bodyChunked}
	case h.length > 0:
		return body{kind: bodyLength, left: h.length}
	}
	return body{kind: bodyUntilClose}
}

// decode moves the payload in p to its front and returns its length. An error leaves the payload before it valid.
func (b *body) decode(p []byte) (int, error) {
	if b.done {
		b.junk = b.junk || len(p) > 0
		return 0, nil
	}
	switch b.kind {
	case bodyLength:
		return b.decodeLength(p), nil
	case bodyChunked:
		return b.decodeChunks(p)
	}
	return len(p), nil
}

func (b *body) decodeLength(p []byte) int {
	n := int(min(b.left, int64(len(p))))
	b.left -= int64(n)
	b.done = b.left == 0
	b.junk = n < len(p)
	return n
}
