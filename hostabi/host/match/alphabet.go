package match

import (
	"fmt"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// symbol stands for a character, or for several that mean the same to a set. A word is a string of symbols, which
// makes case folding free: all cases of a letter have one symbol, however many bytes each takes in a text.
type symbol = uint16

// Symbols of characters that occur in no word.
const (
	otherMark   symbol = iota // space, punctuation and the like
	otherLetter               // what words are made of
	escape                    // in a table of bytes: a byte of a character that has several
	firstSymbol
)

const maxSymbols = 60_000

// alphabet says which symbol a character has.
type alphabet struct {
	bytes  [256]uint8 // symbols of the ASCII characters, escape for other bytes
	pages  []uint16   // by the upper bits of a character: 1 + its page in table, 0 when no word has one of these
	table  [][256]symbol
	letter []bool // by symbol: is it one of those that words are made of
}

// newAlphabet gives each character of the words, which are folded already, a symbol, in the order of the characters.
func newAlphabet(words []string, fold bool) (*alphabet, error) {
	seen := map[rune]struct{}{}
	for _, w := range words {
		for _, r := range w {
			seen[r] = struct{}{}
		}
	}
	if len(seen) > maxSymbols {
		return nil, fmt.Errorf("%d different characters, more than %d", len(seen), maxSymbols)
	}
	runes := make([]rune, 0, len(seen))
	for r := range seen {
		runes = append(runes, r)
	}
	slices.Sort(runes)
	a := &alphabet{pages: make([]uint16, unicode.MaxRune>>8+1), letter: []bool{otherLetter: true, escape: false}}
	for _, r := range runes {
		a.add(r, fold)
	}
	a.fillBytes()
	return a, nil
}

func (a *alphabet) add(r rune, fold bool) {
	s := symbol(len(a.letter))
	a.letter = append(a.letter, isLetter(r))
	a.set(r, s)
	if !fold {
		return
	}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		a.set(other, s)
	}
}

func (a *alphabet) set(r rune, s symbol) {
	page := &a.pages[r>>8]
	if *page == 0 {
		a.table = append(a.table, [256]symbol{})
		*page = uint16(len(a.table))
	}
	a.table[*page-1][r&0xff] = s
}

func (a *alphabet) fillBytes() {
	for b := range a.bytes {
		if a.bytes[b] = uint8(escape); b < utf8.RuneSelf {
			a.bytes[b] = uint8(a.symbol(rune(b)))
		}
	}
}

// symbol returns the symbol of a character.
func (a *alphabet) symbol(r rune) symbol {
	if page := a.pages[r>>8]; page != 0 {
		if s := a.table[page-1][r&0xff]; s != 0 {
			return s
		}
	}
	if isLetter(r) {
		return otherLetter
	}
	return otherMark
}

// decode returns the symbol of the character that text begins with, and its length. What is not UTF-8 is in no word.
func (a *alphabet) decode(text []byte) (symbol, int) {
	if b := text[0]; b < utf8.RuneSelf {
		return symbol(a.bytes[b]), 1
	}
	r, n := utf8.DecodeRune(text)
	if r == utf8.RuneError {
		return otherMark, n
	}
	return a.symbol(r), n
}

func (a *alphabet) size() int { return len(a.table)*512 + len(a.pages)*2 + len(a.letter) }

// canonical returns the one character that stands for all that differ from r in case only.
func canonical(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}

// unspaced are the scripts that don't separate words by spaces.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Yi, unicode.Thai, unicode.Lao, unicode.Khmer,
	unicode.Myanmar, unicode.Tibetan, unicode.Javanese, unicode.Balinese, unicode.Tai_Tham, unicode.New_Tai_Lue,
}

// letters has a bit for each character: is it one of those that words are made of. The tables of unicode are searched,
// which would be most of the time that a text in Greek takes.
var letters = sync.OnceValue(func() *[unicode.MaxRune/64 + 1]uint64 {
	var set [unicode.MaxRune/64 + 1]uint64
	mark := func(in bool, tables ...*unicode.RangeTable) {
		for _, t := range tables {
			eachRune(t, func(r rune) {
				if in {
					set[r/64] |= 1 << (r % 64)
				} else {
					set[r/64] &^= 1 << (r % 64)
				}
			})
		}
	}
	mark(true, unicode.L, unicode.M, unicode.N)
	mark(false, unspaced...)
	set['_'/64] |= 1 << ('_' % 64)
	return &set
})

func eachRune(t *unicode.RangeTable, f func(rune)) {
	for _, g := range t.R16 {
		for r := rune(g.Lo); r <= rune(g.Hi); r += rune(g.Stride) {
			f(r)
		}
	}
	for _, g := range t.R32 {
		for r := rune(g.Lo); r <= rune(g.Hi); r += rune(g.Stride) {
			f(r)
		}
	}
}

func isLetter(r rune) bool { return letters()[r/64]>>(r%64)&1 != 0 }
