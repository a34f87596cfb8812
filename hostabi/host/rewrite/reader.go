package rewrite

import "fmt"

// reader reads a range of a module. After the first error it is at its end, and reads zeros.
type reader struct {
	buf []byte
	off int // of the next byte, in the module
	end int
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.off = r.end
}

func (r *reader) malformed(offset int, format string, args ...any) {
	r.fail(&MalformedError{fmt.Sprintf(format, args...), offset})
}

func (r *reader) unsupported(offset int, format string, args ...any) {
	r.fail(&UnsupportedError{fmt.Sprintf(format, args...), offset})
}

func (r *reader) more() bool { return r.off < r.end }

func (r *reader) byte() byte {
	if r.off >= r.end {
		r.malformed(r.off, "unexpected end")
		return 0
	}
	b := r.buf[r.off]
	r.off++
	return b
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(r.end-r.off) {
		r.malformed(r.off, "length %d goes past the end", n)
		return nil
	}
	b := r.buf[r.off : r.off+int(n)]
	r.off += int(n)
	return b
}

func (r *reader) skip(n int) { r.bytes(uint32(n)) }

// sub returns a reader of the next n bytes and skips them.
func (r *reader) sub(n uint32) reader {
	start := r.off
	b := r.bytes(n)
	return reader{buf: r.buf, off: start, end: start + len(b), err: r.err}
}

// finish is called where everything must have been read.
func (r *reader) finish(what string) error {
	if r.more() {
		r.malformed(r.off, "%s is longer than its content", what)
	}
	return r.err
}

func (r *reader) u32() uint32 {
	if r.off < r.end && r.buf[r.off] < 0x80 {
		r.off++
		return uint32(r.buf[r.off-1])
	}
	return uint32(r.unsigned(32))
}

// count reads the length of a vector whose elements take a byte or more each, so that it bounds what it may allocate.
func (r *reader) count(limit uint32, what string) uint32 {
	start := r.off
	n := r.u32()
	if n > limit {
		r.unsupported(start, "%d %s, more than %d", n, what, limit)
		return 0
	}
	if int64(n) > int64(r.end-r.off) {
		r.malformed(start, "%d %s don't fit", n, what)
		return 0
	}
	return n
}

func (r *reader) unsigned(bits int) uint64 {
	start := r.off
	var v uint64
	for shift := 0; shift < bits; shift += 7 {
		b := r.byte()
		if left := bits - shift; left < 7 && b>>left != 0 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	r.malformed(start, "integer has more than %d bits", bits)
	return 0
}

func (r *reader) signed(bits int) int64 {
	start := r.off
	var v int64
	for shift := 0; shift < bits; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b >= 0x80 {
			continue
		}
		if left := bits - shift; left < 7 {
			if sign := int8(b<<1) >> left; sign != 0 && sign != -1 {
				break
			}
		}
		return v << (63 - min(shift+6, 63)) >> (63 - min(shift+6, 63))
	}
	r.malformed(start, "integer has more than %d bits", bits)
	return 0
}

func appendU32(b []byte, v uint32) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

func appendS64(b []byte, v int64) []byte {
	for ; v < -64 || v > 63; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v)&0x7f)
}

func appendName(b []byte, name string) []byte {
	return append(appendU32(b, uint32(len(name))), name...)
}
