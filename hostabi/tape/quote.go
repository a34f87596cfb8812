package tape

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends the decoded form of a JSON string's inside, which is never longer than src. A lone surrogate
// becomes U+FFFD, and what a scan would have refused comes out as something or nothing.
func AppendUnquoted(dst, src []byte) []byte {
	for len(src) > 0 {
		n := bytes.IndexByte(src, '\\')
		if n < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:n]...)
		if src = src[n:]; len(src) < 2 {
			return dst
		}
		if src[1] != 'u' {
			dst = append(dst, unescapes[src[1]])
			src = src[2:]
			continue
		}
		if len(src) < 6 {
			return dst
		}
		r, used := unicodeEscape(src)
		dst = utf8.AppendRune(dst, r)
		src = src[used:]
	}
	return dst
}

// unicodeEscape decodes \uXXXX, joining a surrogate pair, and returns how many bytes it took.
func unicodeEscape(src []byte) (rune, int) {
	hi, ok := hex4(src[2:])
	if !ok {
		return utf8.RuneError, 6
	}
	if !utf16.IsSurrogate(hi) {
		return hi, 6
	}
	if len(src) >= 12 && src[6] == '\\' && src[7] == 'u' {
		if lo, ok := hex4(src[8:]); ok {
			if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
				return r, 12
			}
		}
	}
	return utf8.RuneError, 6
}

var unescapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func hex4(b []byte) (rune, bool) {
	var r rune
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

const hexDigits = "0123456789abcdef"

// AppendQuoted appends src as the inside of a JSON string: quotes, backslashes and control characters are escaped,
// everything else is copied.
func AppendQuoted(dst, src []byte) []byte {
	for {
		n := skipPlain(src, 0)
		dst = append(dst, src[:n]...)
		if n == len(src) {
			return dst
		}
		switch c := src[n]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		src = src[n+1:]
	}
}
