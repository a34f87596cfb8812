package core

import "strings"

// Match reports whether s fits the pattern, in which each * stands for any text and all else for itself.
func Match(pattern, s string) bool {
	_, ok := Capture(pattern, s)
	return ok
}

// Capture is Match that also returns what each * stood for. A * takes as little as it can; the last one takes the rest.
func Capture(pattern, s string) (captured []string, ok bool) {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(s, parts[0]) {
		return nil, false
	}
	if len(parts) == 1 {
		return nil, s == pattern
	}
	s = s[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return nil, false
		}
		captured, s = append(captured, s[:i]), s[i+len(part):]
	}
	if !strings.HasSuffix(s, last) {
		return nil, false
	}
	return append(captured, s[:len(s)-len(last)]), true
}
