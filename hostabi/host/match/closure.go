package match

import (
	"regexp/syntax"
	"slices"
)

// closure is the memory for following instructions that take no character.
type closure struct {
	round  uint32   // counts the characters
	seen   []uint32 // by instruction: the round in which it was followed
	taken  []uint32 // by instruction: the round in which it came into next
	stack  []uint32
	next   []uint32 // instructions after the character
	visits int      // how many were followed
}

func (c *closure) begin(instructions int) {
	if c.round++; c.seen == nil || c.round == 0 {
		c.seen, c.taken, c.round = make([]uint32, instructions), make([]uint32, instructions), 1
	}
	c.next, c.visits = c.next[:0], 0
}

// step returns the list that a state has after a character of a class, and whether there is a match before it. The list
// is valid until the next step.
func (c *closure) step(m *machine, s state, ch class) (list []uint32, found bool) {
	c.begin(len(m.prog.Inst) + 1)
	holds := assertions(s.kind, m.kinds[ch])
	for _, pc := range s.list {
		if c.follow(m, pc, ch, holds) {
			if found = true; !m.longest {
				break
			}
		}
	}
	if m.longest {
		slices.Sort(c.next)
	}
	return c.next, found
}

// follow takes the character in every way that begins at pc, in order of preference. It reports whether a match was met;
// what is preferred less than that one was left out unless the longest is wanted.
func (c *closure) follow(m *machine, pc uint32, ch class, holds syntax.EmptyOp) (found bool) {
	c.stack = append(c.stack[:0], pc)
	for len(c.stack) > 0 {
		last := len(c.stack) - 1
		pc, c.stack = c.stack[last], c.stack[:last]
		if c.walk(m, pc, ch, holds) {
			if found = true; !m.longest {
				break
			}
		}
	}
	return found
}

// walk goes the most preferred way from pc on, and keeps others on the stack.
func (c *closure) walk(m *machine, pc uint32, ch class, holds syntax.EmptyOp) (found bool) {
	for c.seen[pc] != c.round {
		c.seen[pc] = c.round
		c.visits++
		if pc == m.again() {
			c.take(m, uint32(m.prog.Start), ch)
			c.take(m, pc, ch)
			return false
		}
		in := &m.prog.Inst[pc]
		switch in.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			c.stack = append(c.stack, in.Arg)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^holds != 0 {
				return false
			}
		case syntax.InstCapture, syntax.InstNop:
		case syntax.InstFail:
			return false
		default:
			if m.accepts(pc, ch) {
				c.take(m, in.Out, ch)
			}
			return false
		}
		pc = in.Out
	}
	return false
}

func (c *closure) take(m *machine, pc uint32, ch class) {
	if ch != m.end && c.taken[pc] != c.round {
		c.taken[pc] = c.round
		c.next = append(c.next, pc)
	}
}
