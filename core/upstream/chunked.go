package upstream

import "errors"

const (
	maxChunkLine = 4 << 10  // a size with its extensions
	maxTrailers  = 16 << 10 // all trailer lines together
	maxChunkHex  = 15       // digits that fit an int64
)

type chunkState uint8

const (
	chunkSize chunkState = iota
	chunkExtension
	chunkSizeLF
	chunkData
	chunkDataCR
	chunkDataLF
	trailerStart
	trailerLine
	trailerLF
	trailersLF
)

// chunks is where a chunked body stands between two pieces of it.
type chunks struct {
	state  chunkState
	digits int // of the size being read
	line   int // bytes of the size line or of all trailers
}

func (b *body) decodeChunks(p []byte) (n int, err error) {
	for i := 0; i < len(p); {
		if b.chunks.state == chunkData {
			k := int(min(b.left, int64(len(p)-i)))
			copy(p[n:], p[i:i+k])
			n, i, b.left = n+k, i+k, b.left-int64(k)
			if b.left == 0 {
				b.chunks.state = chunkDataCR
			}
			continue
		}
		if k := b.sizeLine(p[i:]); k > 0 {
			i += k
			continue
		}
		if err := b.frame(p[i]); err != nil {
			return n, err
		}
		if i++; b.done {
			b.junk = i < len(p)
			return n, nil
		}
	}
	return n, nil
}

// sizeLine takes a plain size line that is there as a whole, as nearly all are, and returns its length; 0 leaves it to
// frame.
func (b *body) sizeLine(p []byte) int {
	if b.chunks.state != chunkSize || b.chunks.digits > 0 {
		return 0
	}
	var size int64
	n := 0
	for n < len(p) && n < maxChunkHex && hexDigit[p[n]] >= 0 {
		size = size<<4 | int64(hexDigit[p[n]])
		n++
	}
	if size == 0 || len(p) < n+2 || p[n] != '\r' || p[n+1] != '\n' {
		return 0
	}
	b.left, b.chunks.state = size, chunkData
	return n + 2
}

// frame takes one byte that is not payload.
func (b *body) frame(c byte) error {
	s := &b.chunks
	if s.line++; s.state >= trailerStart && s.line > maxTrailers {
		return errChunkTrailers
	}
	switch s.state {
	case chunkSize:
		return b.size(c)
	case chunkExtension:
		return b.extension(c)
	case chunkSizeLF:
		return b.sizeEnd(c)
	case chunkDataCR:
		return s.expect(c, '\r', chunkDataLF)
	case chunkDataLF:
		s.digits, s.line = 0, 0
		return s.expect(c, '\n', chunkSize)
	case trailerLF:
		return s.expect(c, '\n', trailerStart)
	case trailersLF:
		b.done = c == '\n'
		return s.expect(c, '\n', trailersLF)
	}
	s.trailer(c)
	return nil
}

func (s *chunks) expect(c, want byte, then chunkState) error {
	if c != want {
		return errChunk
	}
	s.state = then
	return nil
}

func (b *body) size(c byte) error {
	d := hexDigit[c]
	if d >= 0 {
		if b.chunks.digits++; b.chunks.digits > maxChunkHex {
			return errChunk
		}
		b.left = b.left<<4 | int64(d)
		return nil
	}
	if b.chunks.digits == 0 {
		return errChunk
	}
	return b.extension(c)
}

// extension skips what may follow a size: blanks, which some servers pad with, and name=value pairs.
func (b *body) extension(c byte) error {
	s := &b.chunks
	switch {
	case c == '\r':
		s.state = chunkSizeLF
	case c == '\n', s.line > maxChunkLine:
		return errChunk
	case s.state == chunkSize && c != ';' && !isBlank(c):
		return errChunk
	default:
		s.state = chunkExtension
	}
	return nil
}

func (b *body) sizeEnd(c byte) error {
	if b.left > 0 {
		return b.chunks.expect(c, '\n', chunkData)
	}
	b.chunks.line = 0
	return b.chunks.expect(c, '\n', trailerStart)
}

// trailer skips trailer lines; they carry nothing a gateway may rely on.
func (s *chunks) trailer(c byte) {
	switch {
	case c == '\r' && s.state == trailerStart:
		s.state = trailersLF
	case c == '\r':
		s.state = trailerLF
	default:
		s.state = trailerLine
	}
}

var hexDigit = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range "0123456789abcdef" {
		t[c] = int8(i)
	}
	for i, c := range "ABCDEF" {
		t[c] = int8(10 + i)
	}
	return t
}()

var (
	errChunk         = errors.New("malformed chunk")
	errChunkTrailers = errors.New("endless trailers")
)
