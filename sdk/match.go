package sdk

import (
	"slices"
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Hit is a place that a Set was found at: bytes From to To of a segment's text, and which word or rule it was.
type Hit = hostabi.Hit

// Set is what to look for. The gateway compiles it once and searches at native speed. The manifest must ask for it with
// needs.match.
type Set struct{ id int32 }

// empty is the set of nothing, which is never found: operators may leave a list empty.
var empty = Set{-1}

// WordSet describes words to look for. The leftmost is found, and of those the longest.
type WordSet struct {
	Words []string
	Part  bool // parts of longer words are found too
	Case  bool // small and capital letters differ
}

// Words makes a set of words; Hit.Rule is the word's index. Call it only for package variables or in Configure: what the
// host refuses ends the plugin's configuration.
func Words(w WordSet) Set {
	if len(w.Words) == 0 {
		return empty
	}
	b := append([]byte(nil), `{"words":`...)
	b = appendStrings(b, w.Words)
	b = strconv.AppendBool(append(b, `,"whole":`...), !w.Part)
	b = strconv.AppendBool(append(b, `,"fold":`...), !w.Case)
	id := hostMatchSet(append(b, '}'))
	if id < 0 {
		panic(setupError("set of " + strconv.Itoa(len(w.Words)) + " words: " + refused(id).Error()))
	}
	return Set{id}
}

// Rule is a regular expression to look for.
type Rule struct {
	Name     string
	Pattern  string   // in RE2's syntax, which is that of package regexp
	Keywords []string // in small letters: the rule is tried only where one of them occurs; none = always
	Group    int      // the group whose place is the hit's, 0 = the whole
}

// Rules makes a set of rules; Hit.Rule is the rule's index. It may be called when Words may.
func Rules(rules ...Rule) Set {
	if len(rules) == 0 {
		return empty
	}
	id := hostMatchSet(describe(rules...))
	if id < 0 {
		panic(setupError(blame(rules, id)))
	}
	return Set{id}
}

// blame names the rule that is the reason for a refusal.
func blame(rules []Rule, result int32) string {
	for i := range rules {
		if Refusal(-result) != ErrDenied && hostMatchSet(describe(rules[i])) < 0 {
			return "rule " + rules[i].Name + " is not a regular expression as it should be: " + rules[i].Pattern
		}
	}
	return "set of " + strconv.Itoa(len(rules)) + " rules: " + refused(result).Error()
}

func describe(rules ...Rule) []byte {
	b := append([]byte(nil), `{"rules":[`...)
	for i, r := range rules {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"name":`...), r.Name)
		b = appendString(append(b, `,"pattern":`...), r.Pattern)
		if len(r.Keywords) > 0 {
			b = appendStrings(append(b, `,"keywords":`...), r.Keywords)
		}
		b = strconv.AppendInt(append(b, `,"group":`...), int64(r.Group), 10)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	return append(tape.AppendQuoted(append(b, '"'), []byte(s)), '"')
}

// Find searches text of the plugin's own, as from a reply. It allocates only when there are hits.
func (s Set) Find(text string) []Hit {
	if s == empty {
		return nil
	}
	var few [8]Hit
	n := hostMatchText(s.id, text, few[:])
	if n <= 0 {
		return nil
	}
	hits := append([]Hit(nil), few[:min(int(n), len(few))]...)
	if int(n) > len(few) {
		hits = make([]Hit, n)
		hostMatchText(s.id, text, hits)
	}
	return hits
}

// search asks for hits in the event's text, with more room when there are more than hits has.
func (e *Exchange) search(set Set, hits []Hit) ([]Hit, error) {
	if set == empty {
		return hits[:0], nil
	}
	hits = hits[:cap(hits)]
	n := e.match(set, hits)
	if int(n) > len(hits) {
		hits = slices.Grow(hits[:0], int(n))
		hits = hits[:cap(hits)]
		n = e.match(set, hits)
	}
	if n < 0 {
		return hits[:0], refused(n)
	}
	return hits[:min(int(n), len(hits))], nil
}
