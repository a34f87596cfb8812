package config

import (
	"slices"
	"strings"
)

// Pair is one HTTP header of an upstream call.
type Pair struct {
	Name, Value string
}

const tokenChars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func isToken(s string) bool { return s != "" && strings.Trim(s, tokenChars) == "" }

var headerName = scalarReader("a header name", func(n *node) (string, bool) { return n.text, isToken(n.text) })

// headers reads a mapping of header names to values. Names that HTTP forbids are kept with a warning, since published
// LiteLLM samples have them; line breaks, which would forge further headers, are refused.
var headers = reader[[]Pair]{"a mapping of header names to values", func(d *diagnosis, n *node) ([]Pair, bool) {
	if _, ok := pairs.read(d, n); !ok {
		return nil, false
	}
	var all []Pair
	for _, e := range n.entries {
		if e.value.kind == null {
			continue
		}
		e.value.secret = true
		value, ok := words.read(d, e.value)
		if ok && checkHeader(d, e, value) {
			all = append(all, Pair{e.key, value})
		}
	}
	return all, true
}}

func checkHeader(d *diagnosis, e entry, value string) bool {
	switch {
	case strings.ContainsAny(e.key+value, "\r\n\x00"):
		d.errorf(e.at(), "a header must not hold line breaks or zero bytes")
		return false
	case e.key == "" || strings.Contains(e.key, ":"):
		d.errorf(e.at(), "expected a header name, found %q", e.key)
		return false
	case !isToken(e.key):
		d.warnf(e.at(), "%q is not a valid HTTP header name: many servers refuse it", e.key)
	}
	return true
}

// mergeHeaders adds over to base; a name in both gets the value of over.
func mergeHeaders(base, over []Pair) []Pair {
	merged := slices.Clone(base)
	for _, p := range over {
		same := func(q Pair) bool { return strings.EqualFold(p.Name, q.Name) }
		if i := slices.IndexFunc(merged, same); i >= 0 {
			merged[i] = p
			continue
		}
		merged = append(merged, p)
	}
	return merged
}
