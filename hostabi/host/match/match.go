// Package match searches text for the words and rules that plugins look for.
package match

import (
	"math"

	"github.com/sluice-gateway/sluice/hostabi"
)

// MaxHits is how many hits a search may have. It stops after one more, which says that there are too many.
const MaxHits = 65_536

// Set is a compiled set of words or of rules. It is safe for concurrent use.
type Set struct {
	words *words
	rules *rules
}

// Compile makes a set of its JSON description, which is one of
//
//	{"words": ["…"], "whole": true, "fold": true}
//	{"rules": [{"name": "…", "pattern": "…", "keywords": ["…"], "group": 0}]}
//
// and has up to 4 MiB. Words and rules are numbered from 0; the other values are defaults. Errors name the word or rule.
//
// Words are of 1 to 256 characters. fold ignores case as Unicode's simple case folding does, one character for one: K
// finds k and the Kelvin sign, but ß not ss, and İ only itself. whole finds a word only where it does not begin or end
// between two characters of a word, which are letters, digits, marks and underscores. Characters of scripts that don't
// put spaces between words, such as Chinese, Japanese and Thai, are not among these: there, each place will do.
//
// Patterns have RE2's syntax and up to 4 KiB; a set has up to 2,000 of them. A hit is where a pattern, or its capture
// group, matched something that is not empty. A rule with keywords, which are compared like words with fold, is tried
// only on texts that hold one of them.
func Compile(description []byte) (*Set, error) {
	d, err := parse(description)
	if err != nil {
		return nil, err
	}
	s := new(Set)
	if len(d.Words) > 0 {
		s.words, err = compileWords(d.Words, isOn(d.Whole), isOn(d.Fold))
	} else {
		s.rules, err = compileRules(d.Rules)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Append adds the hits in a text to hits, in order of From and then of the rules. Of words that overlap, the one that
// begins first counts, and of those that begin there the longest. It stops once hits has more than MaxHits.
func (s *Set) Append(hits []hostabi.Hit, text []byte, segment uint32) []hostabi.Hit {
	fuel := int64(math.MaxInt64)
	return s.Search(hits, text, segment, &fuel)
}

// Search is Append that takes what it costs from fuel, 10 units for a nanosecond or so, and stops when none is left.
func (s *Set) Search(hits []hostabi.Hit, text []byte, segment uint32, fuel *int64) []hostabi.Hit {
	if s.words != nil {
		return s.words.search(hits, text, segment, fuel)
	}
	return s.rules.search(hits, text, segment, fuel)
}

// Size returns about how many bytes of memory the set takes.
func (s *Set) Size() int {
	if s.words != nil {
		return s.words.size()
	}
	return s.rules.size()
}

// burn takes the cost of n bytes from fuel and reports whether there was enough.
func burn(fuel *int64, n int, perByte int64) bool {
	*fuel -= int64(n) * perByte
	return *fuel >= 0
}
