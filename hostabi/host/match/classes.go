package match

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// kind is what assertions such as ^ and \b need to know of a character.
type kind uint8

const (
	edge    kind = 1 << iota // there is none: the text begins or ends
	newline                  // \n
	letter                   // one of those that \b means: ASCII letters, digits and _
)

func kindOf(r rune) kind {
	switch {
	case r == '\n':
		return newline
	case syntax.IsWordChar(r):
		return letter
	}
	return 0
}

// assertions returns which of them hold between characters of two kinds.
func assertions(before, after kind) syntax.EmptyOp {
	holds := syntax.EmptyNoWordBoundary
	if (before^after)&letter != 0 {
		holds = syntax.EmptyWordBoundary
	}
	if before&edge != 0 {
		holds |= syntax.EmptyBeginText
	}
	if before&(edge|newline) != 0 {
		holds |= syntax.EmptyBeginLine
	}
	if after&edge != 0 {
		holds |= syntax.EmptyEndText
	}
	if after&(edge|newline) != 0 {
		holds |= syntax.EmptyEndLine
	}
	return holds
}

// class is a class of characters which a program does not tell apart.
type class = uint16

// classes sorts characters by which instructions of a program accept them.
type classes struct {
	ascii  [256]class // by byte; wide for bytes of other characters
	starts []rune     // where runs of characters of one class begin
	runs   []class    // the classes of these
	kinds  []kind     // by class, and of end
	end    class      // stands for the end of the text
	wide   class      // in ascii: the character has to be decoded

	sets  []uint32 // by instruction: which set of characters it accepts
	takes []bitset // by set: the classes that are in it
}

func newClasses(prog *syntax.Prog) *classes {
	c := &classes{sets: make([]uint32, len(prog.Inst))}
	sets := c.accepted(prog)
	c.starts = limits(sets)
	known, examples := map[string]class{}, []rune(nil)
	for i, signature := range signatures(sets, c.starts) {
		at, ok := known[signature]
		if !ok {
			at = class(len(known))
			known[signature] = at
			examples, c.kinds = append(examples, c.starts[i]), append(c.kinds, kindOf(c.starts[i]))
		}
		c.runs = append(c.runs, at)
	}
	c.end, c.wide = class(len(known)), class(len(known)+1)
	c.kinds = append(c.kinds, edge)
	for b := range c.ascii {
		if c.ascii[b] = c.wide; b < utf8.RuneSelf {
			c.ascii[b] = c.of(rune(b))
		}
	}
	c.sort(sets, examples)
	return c
}

// sort finds which sets the classes, of each of which there is an example, are in.
func (c *classes) sort(sets [][]rune, examples []rune) {
	c.takes = make([]bitset, len(sets))
	for s, set := range sets {
		c.takes[s] = make(bitset, len(examples)/64+1)
		for at, r := range examples {
			if within(set, r) {
				c.takes[s].set(at)
			}
		}
	}
}

func within(set []rune, r rune) bool {
	for ; len(set) > 1; set = set[2:] {
		if set[0] <= r && r <= set[1] {
			return true
		}
	}
	return false
}

// accepts reports whether an instruction takes a character of a class. There is none at the end.
func (c *classes) accepts(pc uint32, ch class) bool { return c.takes[c.sets[pc]].has(int(ch)) }

// accepted returns the different sets of characters that instructions accept, as first and last characters of ranges.
// Counted repetitions have many equal ones.
func (c *classes) accepted(prog *syntax.Prog) [][]rune {
	var sets [][]rune
	known := map[string]uint32{}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			set := ranges(in)
			s, ok := known[string(set)]
			if !ok {
				s = uint32(len(sets))
				known[string(set)], sets = s, append(sets, set)
			}
			c.sets[i] = s
		}
	}
	return sets
}

func ranges(in *syntax.Inst) []rune {
	if len(in.Rune) != 1 {
		return in.Rune
	}
	r := in.Rune[0]
	set := []rune{r, r}
	if in.Op == syntax.InstRune && syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			set = append(set, other, other)
		}
	}
	return set
}

// limits returns the places in the order of all characters at which a set begins or has ended, or the kind changes.
func limits(sets [][]rune) []rune {
	points := []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1}
	for _, set := range sets {
		for i, r := range set {
			points = append(points, r+rune(i&1))
		}
	}
	slices.Sort(points)
	return slices.Compact(points)
}

// signatures says for each run of characters which sets these are in, and their kind.
func signatures(sets [][]rune, starts []rune) []string {
	size := 1 + (len(sets)+7)/8
	bits := make([]byte, len(starts)*size)
	for i, r := range starts {
		bits[i*size] = byte(kindOf(r))
	}
	for s, set := range sets {
		for ; len(set) > 1; set = set[2:] {
			i, _ := slices.BinarySearch(starts, set[0])
			for ; i < len(starts) && starts[i] <= set[1]; i++ {
				bits[i*size+1+s/8] |= 1 << (s % 8)
			}
		}
	}
	list := make([]string, len(starts))
	for i := range list {
		list[i] = string(bits[i*size : (i+1)*size])
	}
	return list
}

// of returns the class of a character.
func (c *classes) of(r rune) class {
	i, found := slices.BinarySearch(c.starts, r)
	if !found {
		i--
	}
	return c.runs[i]
}

// after returns the class of the character that begins at i, and its length.
func (c *classes) after(text []byte, i int) (class, int) {
	if i == len(text) {
		return c.end, 0
	}
	if b := text[i]; b < utf8.RuneSelf {
		return c.ascii[b], 1
	}
	r, n := utf8.DecodeRune(text[i:])
	return c.of(r), n
}

// before returns the class of the character that ends at i, and its length.
func (c *classes) before(text []byte, i int) (class, int) {
	if i == 0 {
		return c.end, 0
	}
	if b := text[i-1]; b < utf8.RuneSelf {
		return c.ascii[b], 1
	}
	r, n := utf8.DecodeLastRune(text[:i])
	return c.of(r), n
}
