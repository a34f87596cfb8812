package config

import "strings"

// name is something a misspelt key may have meant.
type name struct {
	text   string
	policy bool // ignoring a misspelling of it would weaken a policy
}

// nearest returns the name within an edit distance of two of s, policies first among equals.
func nearest(s string, names []name) (name, bool) {
	s = normalized(s)
	best, found := allowedEdits(s)+1, name{}
	for _, n := range names {
		if d := edits(s, normalized(n.text), best); d < best || d == best && n.policy && !found.policy && found.text != "" {
			best, found = d, n
		}
	}
	return found, found.text != ""
}

// closest returns the nearest of names, else the shortest that s begins or that begins s, else "".
func closest(s string, names []string) string {
	list := make([]name, len(names))
	for i, n := range names {
		list[i] = name{text: n}
	}
	return suggestion(s, list)
}

func suggestion(s string, names []name) string {
	if n, ok := nearest(s, names); ok {
		return n.text
	}
	best := ""
	for _, n := range names {
		if sharePrefix(normalized(s), normalized(n.text)) && (best == "" || len(n.text) < len(best)) {
			best = n.text
		}
	}
	return best
}

// minPrefix keeps "a" from suggesting every name that begins with it.
const minPrefix = 4

func sharePrefix(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= minPrefix && strings.HasPrefix(b, a)
}

var separators = strings.NewReplacer("-", "_", " ", "_")

// normalized makes Master-Key and master_key the same.
func normalized(s string) string { return separators.Replace(strings.ToLower(s)) }

// allowedEdits is two, and less for short names, which otherwise all look alike.
func allowedEdits(s string) int { return min(2, len(s)/3) }

// edits returns the edit distance of a and b (insertions, deletions, replacements, swaps of neighbours), or a number
// above limit once it is known to be that.
func edits(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			current[j] = min(last[j]+1, current[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, last, current = last, current, before
	}
	return last[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
