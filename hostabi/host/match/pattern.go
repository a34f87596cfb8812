package match

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"sync"
)

// Limits of a pattern's program.
const (
	maxInstructions = 10_000
	maxGroups       = 100
)

// span is a range of bytes; from is -1 when there is none.
type span struct{ from, to int }

var nowhere = span{-1, -1}

// pattern is one regular expression. One automaton finds where a match ends; one for the expression read backwards, where
// it begins. Both take a few nanoseconds for a byte. Threads find groups, and what would take the automata too many states.
// However long the text, all take time for each byte that the program alone bounds.
type pattern struct {
	group    int
	forward  *machine
	backward *machine
	threads  sync.Pool
}

func compilePattern(expr string, group, limit int) (*pattern, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if n := tree.MaxCap(); n > maxGroups {
		return nil, fmt.Errorf("has %d groups, more than %d", n, maxGroups)
	} else if group > n {
		return nil, fmt.Errorf("group %d is wanted, it has %d", group, n)
	}
	forward, err := program(tree)
	if err != nil {
		return nil, err
	}
	if tree, err = syntax.Parse(expr, syntax.Perl); err != nil {
		return nil, err
	}
	reverse(tree)
	backward, err := program(tree)
	if err != nil {
		return nil, err
	}
	p := &pattern{group: group, forward: newMachine(forward, false, limit), backward: newMachine(backward, true, limit)}
	p.threads.New = func() any { return new(threads) }
	return p, nil
}

func program(tree *syntax.Regexp) (*syntax.Prog, error) {
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if n := len(prog.Inst); n > maxInstructions {
		return nil, fmt.Errorf("needs %d instructions, more than %d", n, maxInstructions)
	}
	return prog, nil
}

var mirrored = map[syntax.Op]syntax.Op{
	syntax.OpBeginLine: syntax.OpEndLine, syntax.OpEndLine: syntax.OpBeginLine,
	syntax.OpBeginText: syntax.OpEndText, syntax.OpEndText: syntax.OpBeginText,
}

// reverse makes an expression one for the same text read backwards.
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

// size is about what the programs and classes take, and the memory of a search by threads.
func (p *pattern) size() int {
	return 200*len(p.forward.prog.Inst) + 60*len(p.backward.prog.Inst) + 40*len(p.forward.starts) + 4<<10
}

// find returns the first match in text[i:] and its group. It takes what that costs from fuel, and finds nothing when that
// runs out.
func (p *pattern) find(text []byte, i int, fuel *int64) (match, group span) {
	end, ok := p.forward.endOf(text, i, fuel)
	if ok && end < 0 {
		return nowhere, nowhere
	}
	start := i
	if ok {
		start, ok = p.backward.startOf(text, i, end, fuel)
	}
	if *fuel < 0 {
		return nowhere, nowhere
	}
	if ok && p.group == 0 {
		return span{start, end}, span{start, end}
	}
	t := p.threads.Get().(*threads)
	defer p.threads.Put(t)
	if ok {
		return t.find(p.forward, text, start, p.group, true, fuel)
	}
	return t.find(p.forward, text, i, p.group, false, fuel)
}
