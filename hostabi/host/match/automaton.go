package match

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// automaton is an Aho-Corasick automaton: the trie of the words, in which each state knows where to go on when its word
// does not. States are numbered breadth first, so that the children of one are neighbours and those that texts mostly
// visit come first. These have rows, which say for every symbol which state follows; rows for all states of a large set
// would take gigabytes.
type automaton struct {
	*alphabet
	whole bool
	shift uint8    // a row has 1<<shift entries
	rows  []uint32 // an entry is where the row of the next state begins, or special and the state
	dense uint32   // how many states have rows

	first []uint32 // the children of s are the states from first[s] to first[s+1]
	label []symbol // by which its parent is left for a state
	fail  []uint32 // the state of the longest end of its text that is the beginning of a word, too
	out   []int32  // the longest word that a state's text ends with; -1 = none
	depth []uint16 // symbols of its text

	length []uint16 // of a word, in symbols
	final  []uint32 // the state of a word
}

// The states that stand for no text.
const (
	inside uint32 = iota // within something that can't be a whole word
	root
	firstChild
)

// special marks entries of rows that need a closer look: the state has no row or ends a word, or there is an escape.
const special = 1 << 31

// stop is the entry for escape: the character has to be decoded.
const stop = special | (special - 1)

// maxEntries is how many entries the rows of a set may have; each takes 4 bytes.
const maxEntries = 1 << 20

type key struct {
	text    string
	symbols []symbol
	word    int32
}

// newAutomaton compiles words. Of those that are the same once folded the first one counts.
func newAutomaton(words []string, whole, fold bool) (*automaton, error) {
	if fold {
		words = slices.Clone(words)
		for i, w := range words {
			words[i] = strings.Map(canonical, w)
		}
	}
	letters, err := newAlphabet(words, fold)
	if err != nil {
		return nil, err
	}
	a := &automaton{alphabet: letters, whole: whole, length: make([]uint16, len(words)), final: make([]uint32, len(words))}
	a.grow(a.keys(words))
	a.fillRows(maxEntries)
	return a, nil
}

// keys returns the different words in order.
func (a *automaton) keys(words []string) []key {
	keys := make([]key, len(words))
	var all []symbol
	for i, w := range words {
		start := len(all)
		for _, r := range w {
			all = append(all, a.symbol(r))
		}
		keys[i] = key{w, all[start:len(all):len(all)], int32(i)}
		a.length[i] = uint16(len(all) - start)
	}
	slices.SortFunc(keys, func(x, y key) int {
		return cmp.Or(strings.Compare(x.text, y.text), cmp.Compare(x.word, y.word))
	})
	return slices.CompactFunc(keys, func(x, y key) bool { return x.text == y.text })
}

// grow makes the states. Those of one depth follow from the keys that they share.
func (a *automaton) grow(keys []key) {
	type span struct{ from, to, parent uint32 }
	spans := []span{inside: {}, root: {to: uint32(len(keys))}}
	a.label, a.depth = []symbol{inside: 0, root: 0}, []uint16{inside: 0, root: 0}
	a.fail, a.out = []uint32{inside: inside, root: root}, []int32{inside: -1, root: -1}
	a.first = []uint32{inside: firstChild}
	for s := root; s < uint32(len(spans)); s++ {
		at, depth := spans[s], a.depth[s]
		a.first = append(a.first, uint32(len(spans)))
		if s >= firstChild {
			a.link(s, at.parent)
			if k := keys[at.from]; len(k.symbols) == int(depth) {
				a.out[s], a.final[k.word] = k.word, s
				at.from++
			}
		}
		for from := at.from; from < at.to; {
			label, to := keys[from].symbols[depth], from+1
			for to < at.to && keys[to].symbols[depth] == label {
				to++
			}
			spans = append(spans, span{from, to, s})
			a.label, a.depth = append(a.label, label), append(a.depth, depth+1)
			from = to
		}
	}
	a.first = append(a.first, uint32(len(spans)))
}

// link says where to go on when the text of s does not.
func (a *automaton) link(s, parent uint32) {
	to := a.idle(a.label[s])
	if parent >= firstChild {
		to = a.next(a.fail[parent], a.label[s])
	}
	a.fail, a.out = append(a.fail, to), append(a.out, a.out[to])
}

// next returns the state after s as the trie has it.
func (a *automaton) next(s uint32, label symbol) uint32 {
	for ; s >= firstChild; s = a.fail[s] {
		if c := a.child(s, label); c != 0 {
			return c
		}
	}
	if s == root || !a.letter[label] {
		if c := a.child(root, label); c != 0 {
			return c
		}
	}
	return a.idle(label)
}

// idle returns the state after a character that no word goes on with.
func (a *automaton) idle(label symbol) uint32 {
	if a.whole && a.letter[label] {
		return inside
	}
	return root
}

// child returns the child of a state in the trie, 0 when there is none.
func (a *automaton) child(s uint32, label symbol) uint32 {
	from, to := a.first[s], a.first[s+1]
	if i, found := slices.BinarySearch(a.label[from:to], label); found {
		return from + uint32(i)
	}
	return 0
}

// fillRows makes the rows of the first states, which have up to most entries in all.
func (a *automaton) fillRows(most int) {
	a.shift = uint8(bits.Len(uint(len(a.letter) - 1)))
	a.dense = uint32(min(len(a.label), max(most>>a.shift, int(firstChild))))
	a.rows = make([]uint32, a.dense<<a.shift)
	for s := range a.dense {
		row := a.rows[s<<a.shift:][:len(a.letter)]
		if s < firstChild {
			for label := range row {
				row[label] = a.entry(a.next(s, symbol(label)))
			}
		} else {
			copy(row, a.rows[a.fail[s]<<a.shift:])
			for c := a.first[s]; c < a.first[s+1]; c++ {
				row[a.label[c]] = a.entry(c)
			}
		}
		row[escape] = stop
	}
}

func (a *automaton) entry(s uint32) uint32 {
	if s < a.dense && a.out[s] < 0 {
		return s << a.shift
	}
	return special | s
}

func (a *automaton) size() int {
	states := len(a.label)*2 + len(a.first)*4 + len(a.fail)*4 + len(a.out)*4 + len(a.depth)*2
	return a.alphabet.size() + states + len(a.rows)*4 + len(a.final)*6
}
