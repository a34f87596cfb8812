package core

import "strings"

// Match reports whether s fits the pattern, in which each * stands for any text and all else for itself.
func Match(pattern, s string) bool {
	_, ok := capture(nil, pattern, s, false)
	return ok
}

// Capture is Match that also returns what each * stood for. A * takes as little as it can; the last one takes the rest.
func Capture(pattern, s string) (captured []string, ok bool) {
	return capture(nil, pattern, s, true)
}

func capture(into []string, pattern, s string, keep bool) ([]string, bool) {
	part, rest, star := strings.Cut(pattern, "*")
	if !strings.HasPrefix(s, part) {
		return nil, false
	}
	if !star {
		return nil, s == part
	}
	for s = s[len(part):]; ; {
		part, rest, star = strings.Cut(rest, "*")
		at := strings.Index(s, part)
		if !star {
			at = len(s) - len(part)
		}
		if at < 0 || s[at:at+len(part)] != part {
			return nil, false
		}
		if keep {
			into = append(into, s[:at])
		}
		if s = s[at+len(part):]; !star {
			return into, true
		}
	}
}
