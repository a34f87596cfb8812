package match

import (
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi"
)

// wordCost is what a byte of text costs.
const wordCost = 30

// words finds the leftmost and then longest of many words.
type words struct{ *automaton }

func compileWords(list []string, whole, fold bool) (*words, error) {
	a, err := newAutomaton(list, whole, fold)
	return &words{a}, err
}

// found is a word that ends somewhere in the text, as long as a longer one may still begin there or before.
type found struct {
	word int32 // -1 = none
	end  int
	last symbol // its last one
	span int    // symbols from its beginning to where the search is
}

var nothing = found{word: -1}

func (w *words) search(hits []hostabi.Hit, text []byte, segment uint32, fuel *int64) []hostabi.Hit {
	if !burn(fuel, len(text), wordCost) {
		return hits
	}
	best, i, s := nothing, 0, root
	for len(hits) <= MaxHits {
		if w.out[s] >= 0 && w.ends(text, i, s) {
			best = w.better(best, i, s)
		}
		switch {
		case best.word >= 0 && (i == len(text) || w.settled(best, s)):
			from := back(text, best.end, int(w.length[best.word]))
			hits = append(hits, hostabi.Hit{Segment: segment, From: uint32(from), To: uint32(best.end), Rule: uint32(best.word)})
			if !burn(fuel, i-best.end, wordCost) {
				return hits
			}
			best, i, s = nothing, best.end, w.idle(best.last)
		case i == len(text):
			return hits
		case best.word >= 0:
			i, s = w.step(text, i, s)
			best.span++
		default:
			i, s = w.advance(text, i, s)
		}
	}
	return hits
}

// ends reports whether a word may end at i, where the state is s.
func (w *words) ends(text []byte, i int, s uint32) bool {
	if !w.whole || i == len(text) || !w.letter[w.label[s]] {
		return true
	}
	next, _ := w.decode(text[i:])
	return !w.letter[next]
}

// better returns the one of best and the word that ends at i, where the state is s, that begins first or is longer.
func (w *words) better(best found, i int, s uint32) found {
	span := int(w.length[w.out[s]])
	if best.word >= 0 && span < best.span {
		return best
	}
	return found{w.out[s], i, w.label[s], span}
}

// settled reports whether no word that the text of state s is the beginning of can be better than best.
func (w *words) settled(best found, s uint32) bool {
	depth := int(w.depth[s])
	return depth < best.span || depth == best.span && w.first[s] == w.first[s+1]
}

// back returns where the n characters before end begin.
func back(text []byte, end, n int) int {
	for ; n > 0; n-- {
		size := 1
		if text[end-1] >= utf8.RuneSelf {
			_, size = utf8.DecodeLastRune(text[:end])
		}
		end -= size
	}
	return end
}
