package guest

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxPath bounds what a guest may append to an upstream's URL, in bytes.
const maxPath = 8 << 10

// checkPath refuses what could lead out of the upstream's URL: by itself, or once a server or a proxy on the way has
// decoded and cleaned it. Of what is allowed every reading is the same.
func checkPath(target string) error {
	if target == "" {
		return nil
	}
	if len(target) > maxPath {
		return errors.New("the path is too long")
	}
	path, query, _ := strings.Cut(target, "?")
	if path == "" || path[0] != '/' {
		return errors.New("the path does not begin with /")
	}
	if !written(path) || !written(query) {
		return errors.New("the path has a character that must be escaped, or a broken escape")
	}
	plain := unescaped(path)
	if !utf8.Valid(plain) {
		return errors.New("the path is not UTF-8")
	}
	if bytes.IndexByte(plain, '%') >= 0 {
		return errors.New("the path is escaped twice")
	}
	for _, c := range plain {
		if c < ' ' || c == 0x7f || c == '\\' || c == '#' || c == '?' {
			return errors.New("the path hides a character that leads elsewhere")
		}
	}
	return checkSegments(plain[1:])
}

func checkSegments(path []byte) error {
	for {
		segment, rest, more := bytes.Cut(path, []byte{'/'})
		name, _, parameters := bytes.Cut(segment, []byte{';'})
		switch {
		case len(segment) == 0 && more, len(name) == 0 && parameters:
			return errors.New("the path has an empty segment")
		case string(name) == ".", string(name) == "..":
			return errors.New("the path has a dot segment")
		case !more:
			return nil
		}
		path = rest
	}
}

// written reports whether all of a text may stand in a URL as it is (RFC 3986), its escapes complete.
func written(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		case !isLetter(c) && (c < '0' || c > '9') && strings.IndexByte("-._~!$&'()*+,;=:@/?", c) < 0:
			return false
		}
	}
	return true
}

// unescaped decodes the escapes of a text that is written right.
func unescaped(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return out
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// hasParameter reports whether a target's query has a parameter of that name, however it is escaped.
func hasParameter(target, name string) bool {
	_, query, _ := strings.Cut(target, "?")
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		key, _, _ := strings.Cut(pair, "=")
		if strings.EqualFold(strings.ReplaceAll(string(unescaped(key)), "+", " "), name) {
			return true
		}
	}
	return false
}
