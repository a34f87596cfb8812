package match

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// Limits of a pattern's program.
const (
	maxInstructions = 10_000
	maxGroups       = 100
)

// What a byte of text costs, through the automaton or with the standard library.
const (
	machineCost  = 40
	standardCost = 3_000
)

// pattern is one regular expression. The automaton for it finds where a match ends, the one for it read backwards where
// it begins; both take a few nanoseconds for a byte. Groups, and texts for which the automata need too many states, are
// left to the standard library, whose time is linear, too.
type pattern struct {
	group        int
	instructions int
	forward      *machine // nil when there is none
	backward     *machine
	first        *regexp.Regexp // matches what lies at any place after the beginning of the text
	later        *regexp.Regexp // … and after a character; the match is its first group
}

func compilePattern(expr string, group, limit int) (*pattern, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if n := tree.MaxCap(); group > n || n > maxGroups {
		return nil, fmt.Errorf("no group %d among %d, of which there may be %d", group, n, maxGroups)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if n := len(prog.Inst); n > maxInstructions {
		return nil, fmt.Errorf("needs %d instructions, more than %d", n, maxInstructions)
	}
	p := &pattern{group: group, forward: newMachine(prog, false, limit)}
	if p.backward, err = reversed(expr, limit); err != nil {
		return nil, err
	}
	if p.first, err = regexp.Compile(expr); err != nil {
		return nil, err
	}
	p.instructions = len(prog.Inst)
	p.later, err = regexp.Compile(`\A(?s:.)(?s:.*?)(` + expr + `)`)
	return p, err
}

// reversed returns the machine that reads what the expression matches from its end.
func reversed(expr string, limit int) (*machine, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	reverse(tree)
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	return newMachine(prog, true, limit), nil
}

var mirrored = map[syntax.Op]syntax.Op{
	syntax.OpBeginLine: syntax.OpEndLine, syntax.OpEndLine: syntax.OpBeginLine,
	syntax.OpBeginText: syntax.OpEndText, syntax.OpEndText: syntax.OpBeginText,
}

func reverse(tree *syntax.Regexp) {
	if op, ok := mirrored[tree.Op]; ok {
		tree.Op = op
	}
	switch tree.Op {
	case syntax.OpLiteral:
		slices.Reverse(tree.Rune)
	case syntax.OpConcat:
		slices.Reverse(tree.Sub)
	}
	for _, sub := range tree.Sub {
		reverse(sub)
	}
}

// size is about what the programs take: these two, their reverse and the classes of characters.
func (p *pattern) size() int { return 300*p.instructions + 10<<10 }

// span is a range of bytes; from is -1 when there is none.
type span struct{ from, to int }

var nowhere = span{-1, -1}

// find returns the first match in text[i:] and its group. It takes what that costs from fuel.
func (p *pattern) find(text []byte, i int, fuel *int64) (match, group span) {
	match, ok := p.run(text, i, fuel)
	switch {
	case !ok:
		return p.standard(text, i, fuel)
	case match == nowhere || p.group == 0:
		return match, match
	}
	// What lies behind the next character can't make a difference for a match that is known to end here.
	_, n := utf8.DecodeRune(text[match.to:])
	if seen, group := p.standard(text[:match.to+n], match.from, fuel); seen == match {
		return match, group
	}
	return p.standard(text, match.from, fuel)
}

// run is find with the automata, for the match alone. It fails when they need too many states.
func (p *pattern) run(text []byte, i int, fuel *int64) (span, bool) {
	if p.forward == nil || p.backward == nil {
		return nowhere, false
	}
	end, stop, ok := p.forward.endOf(text, i)
	burn(fuel, stop-i, machineCost)
	if !ok || end < 0 {
		return nowhere, ok
	}
	start, ok := p.backward.startOf(text, i, end)
	burn(fuel, end-start, machineCost)
	return span{start, end}, ok
}

// standard is find with the standard library. That looks at a text from its beginning only: the character
// before i, on which ^ and \b depend, becomes part of the pattern.
func (p *pattern) standard(text []byte, i int, fuel *int64) (match, group span) {
	if !burn(fuel, len(text)-i, standardCost) {
		return nowhere, nowhere
	}
	if i == 0 {
		return spans(p.first.FindSubmatchIndex(text), 0, 0, p.group)
	}
	_, n := utf8.DecodeLastRune(text[:i])
	return spans(p.later.FindSubmatchIndex(text[i-n:]), i-n, 1, p.group)
}

func spans(found []int, base, whole, group int) (span, span) {
	if found == nil {
		return nowhere, nowhere
	}
	match := span{base + found[2*whole], base + found[2*whole+1]}
	at := 2 * (whole + group)
	if found[at] < 0 {
		return match, nowhere
	}
	return match, span{base + found[at], base + found[at+1]}
}
