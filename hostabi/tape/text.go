package tape

import (
	"encoding/binary"
	"math/bits"
)

// quoted moves from the first byte of a string to its closing quote, whose position it returns. It checks escapes.
func (s *scanner) quoted(i int) (end int, escaped bool) {
	src := s.src
	if i = skipPlain(src, i); i < len(src) && src[i] == '"' {
		return i, false
	}
	for i < len(src) && src[i] != '"' {
		if src[i] != '\\' {
			return s.fail(i, "control character in a string"), false
		}
		if i+1 < len(src) && unescapes[src[i+1]] != 0 {
			i += 2
		} else if i = s.unicode(i); i < 0 {
			return failed, false
		}
		i = skipPlain(src, i)
	}
	if i >= len(src) {
		return s.fail(i, ""), false
	}
	return i, true
}

// unicode moves past an escape of the form \uXXXX, the only one of more than two bytes.
func (s *scanner) unicode(i int) int {
	if i+1 < len(s.src) && s.src[i+1] != 'u' {
		return s.fail(i, "malformed escape in a string")
	}
	if i+6 > len(s.src) {
		return s.fail(len(s.src), "")
	}
	if _, ok := hex4(s.src[i+2:]); !ok {
		return s.fail(i, "malformed escape in a string")
	}
	return i + 6
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// special marks, with its top bit, each byte of x that can't stand in a JSON string as it is: a quote, a backslash or a
// control character. Bytes above the lowest one marked may be marked wrongly. Flipping bit 1 puts the quote right
// after the control characters, so that one comparison finds both.
func special(x uint64) uint64 {
	return (((x ^ ones*2) - ones*('"'-1)) | ((x ^ ones*'\\') - ones)) &^ x
}

// skipPlain returns the position of the next byte at or after i that ends a run of ordinary string characters. Names
// are found within 16 bytes without a branch on their length, which would be mispredicted.
func skipPlain(b []byte, i int) int {
	if i+16 <= len(b) {
		p := b[i : i+16 : i+16]
		m0, m1 := special(binary.LittleEndian.Uint64(p))&tops, special(binary.LittleEndian.Uint64(p[8:]))&tops
		if m0 != 0 {
			return i + bits.TrailingZeros64(m0)>>3
		}
		if m1 != 0 {
			return i + 8 + bits.TrailingZeros64(m1)>>3
		}
		i = skipLong(b, i+16)
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// skipLong looks at 32 bytes at once: prompts are mostly long strings, and this loop is what a gateway does with them.
// It may stop early, less than 32 bytes before the end of b.
func skipLong(b []byte, i int) int {
	for ; i+32 <= len(b); i += 32 {
		p := b[i : i+32 : i+32]
		m0 := special(binary.LittleEndian.Uint64(p))
		m1 := special(binary.LittleEndian.Uint64(p[8:]))
		m2 := special(binary.LittleEndian.Uint64(p[16:]))
		m3 := special(binary.LittleEndian.Uint64(p[24:]))
		if (m0|m1|m2|m3)&tops != 0 {
			m := gather(m0) | gather(m1)<<8 | gather(m2)<<16 | gather(m3)<<24
			return i + bits.TrailingZeros64(m)
		}
	}
	return i
}

// gather moves the top bits of x's bytes together, the first byte's to bit 0.
func gather(x uint64) uint64 { return (x & tops >> 7) * 0x0102040810204080 >> 56 }
