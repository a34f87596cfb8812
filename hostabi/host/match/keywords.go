package match

import (
	"fmt"
	"strings"
)

// keywords tells which rules are worth trying on a text.
type keywords struct {
	*automaton
	rules [][]uint32 // by keyword: the rules that have it
}

// newKeywords returns nil when no rule has any.
func newKeywords(list []rule) (*keywords, error) {
	k := &keywords{}
	var words []string
	known := map[string]int{}
	for i, r := range list {
		for _, w := range r.Keywords {
			w = strings.Map(canonical, w)
			at, ok := known[w]
			if !ok {
				at, known[w] = len(words), len(words)
				words, k.rules = append(words, w), append(k.rules, nil)
			}
			k.rules[at] = append(k.rules[at], uint32(i))
		}
	}
	if len(words) == 0 {
		return nil, nil
	}
	var err error
	if k.automaton, err = newAutomaton(words, false, true); err != nil {
		return nil, fmt.Errorf("keywords: %w", err)
	}
	return k, nil
}

// mark adds the rules that have a keyword which is in the text.
func (k *keywords) mark(wanted bitset, text []byte) {
	for i, s := 0, root; i < len(text); {
		i, s = k.advance(text, i, s)
		for w := k.out[s]; w >= 0; w = k.out[k.fail[k.final[w]]] {
			for _, r := range k.rules[w] {
				wanted.set(int(r))
			}
		}
	}
}

// bitset is a set of small numbers.
type bitset []uint64

func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]>>(i%64)&1 != 0 }
