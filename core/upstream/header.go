package upstream

import "fmt"

var crlf = []byte("\r\n")

// AppendHeader appends the line "name: value". It refuses, with ErrHeader, what could end the line early or isn't a
// header name, and the names that belong to the connection, which the client writes itself.
func AppendHeader(dst []byte, name, value string) ([]byte, error) {
	switch {
	case !isToken(name):
		return dst, errHeaderName
	case isReserved(name):
		return dst, errHeaderReserved
	case !validValue(value):
		return dst, errHeaderValue
	}
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, crlf...), nil
}

var reserved = [...]string{
	"Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Connection",
	"TE", "Trailer", "Transfer-Encoding", "Upgrade",
}

func isReserved(name string) bool {
	for _, r := range reserved {
		if equalFold(name, r) {
			return true
		}
	}
	return false
}

func validValue[T string | []byte](v T) bool {
	for i := range len(v) {
		if (v[i] < ' ' && v[i] != '\t') || v[i] == 0x7f {
			return false
		}
	}
	return true
}

func isToken[T string | []byte](s T) bool {
	for i := range len(s) {
		if !tokenByte[s[i]] {
			return false
		}
	}
	return len(s) > 0
}

var tokenByte = func() (t [256]bool) {
	for c := '0'; c <= 'z'; c++ {
		t[c] = c <= '9' || (c >= 'A' && c <= 'Z') || c >= 'a'
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()

// equalFold compares ASCII without regard to case.
func equalFold[A, B string | []byte](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

var (
	errHeaderName     = fmt.Errorf("%w: not a header name", ErrHeader)
	errHeaderReserved = fmt.Errorf("%w: the name belongs to the connection", ErrHeader)
	errHeaderValue    = fmt.Errorf("%w: control character in a value", ErrHeader)
)
