package match

import (
	"cmp"
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

// maxClasses is how many classes of characters the tables have room for, besides end and wide.
const maxClasses = 250

// classes sorts characters by which instructions of a program accept them: those of one class need no telling apart.
type classes struct {
	ascii  [256]uint8 // by byte; wide for bytes of other characters
	starts []rune     // where runs of characters of one class begin
	class  []uint8    // of a run
	first  []rune     // a character of a class
	kinds  []kind     // by class, and of end
	end    uint8      // stands for the end of the text
	wide   uint8      // in ascii: the character has to be decoded
}

// newClasses returns nil when there are too many.
func newClasses(prog *syntax.Prog) *classes {
	sets, points := accepted(prog)
	c := &classes{starts: points, class: make([]uint8, len(points))}
	known := map[string]uint8{}
	for i, r := range points {
		signature := signatureOf(r, sets)
		class, ok := known[signature]
		if !ok {
			if class = uint8(len(known)); class == maxClasses {
				return nil
			}
			known[signature] = class
			c.first, c.kinds = append(c.first, r), append(c.kinds, kindOf(r))
		}
		c.class[i] = class
	}
	c.end, c.wide = uint8(len(known)), uint8(len(known)+1)
	c.kinds = append(c.kinds, edge)
	for b := range c.ascii {
		if c.ascii[b] = c.wide; b < utf8.RuneSelf {
			c.ascii[b] = c.of(rune(b))
		}
	}
	return c
}

// accepted returns the different instructions that take a character, and where the characters that they take begin and
// end. Counted repetitions have many equal ones.
func accepted(prog *syntax.Prog) ([]*syntax.Inst, []rune) {
	var sets []*syntax.Inst
	points := []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		default:
			continue
		}
		if slices.ContainsFunc(sets, func(s *syntax.Inst) bool { return s.Op == in.Op && s.Arg == in.Arg && slices.Equal(s.Rune, in.Rune) }) {
			continue
		}
		sets = append(sets, in)
		points = appendPoints(points, in)
	}
	slices.Sort(points)
	return sets, slices.Compact(points)
}

func appendPoints(points []rune, in *syntax.Inst) []rune {
	if len(in.Rune) == 1 {
		r := in.Rune[0]
		points = append(points, r, r+1)
		if in.Op == syntax.InstRune && syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
			for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
				points = append(points, other, other+1)
			}
		}
		return points
	}
	for i, r := range in.Rune {
		points = append(points, r+rune(i&1))
	}
	return points
}

// signatureOf says which sets a character is in, and its kind.
func signatureOf(r rune, sets []*syntax.Inst) string {
	bits := make([]byte, 1+(len(sets)+7)/8)
	bits[0] = byte(kindOf(r))
	for i, in := range sets {
		if in.MatchRune(r) {
			bits[1+i/8] |= 1 << (i % 8)
		}
	}
	return string(bits)
}

// of returns the class of a character.
func (c *classes) of(r rune) uint8 {
	i, found := slices.BinarySearchFunc(c.starts, r, cmp.Compare)
	if !found {
		i--
	}
	return c.class[i]
}

// after returns the class of the character that begins at i, and its length.
func (c *classes) after(text []byte, i int) (uint8, int) {
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
func (c *classes) before(text []byte, i int) (uint8, int) {
	if i == 0 {
		return c.end, 0
	}
	if b := text[i-1]; b < utf8.RuneSelf {
		return c.ascii[b], 1
	}
	r, n := utf8.DecodeLastRune(text[:i])
	return c.of(r), n
}
