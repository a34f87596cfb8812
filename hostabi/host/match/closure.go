package match

import (
	"regexp/syntax"
	"slices"
)

// closure is the memory for following instructions that take no character.
type closure struct {
	seen  []uint32 // by instruction: the round in which it was met
	round uint32
	stack []uint32
	next  []uint32 // instructions after the character
	taken []uint32 // by instruction: the round in which it was put into next
}

func newClosure(n int) closure {
	return closure{seen: make([]uint32, n), taken: make([]uint32, n)}
}

// step returns the list that a state has after a character of a class, and whether there is a match before it.
func (c *closure) step(m *machine, s state, class uint8) (list []uint32, found bool) {
	c.round++
	c.next = c.next[:0]
	holds := assertions(s.kind, m.kinds[class])
	for _, pc := range s.list {
		if c.follow(m, pc, class, holds) {
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
func (c *closure) follow(m *machine, pc uint32, class uint8, holds syntax.EmptyOp) (found bool) {
	c.stack = append(c.stack[:0], pc)
	for len(c.stack) > 0 {
		last := len(c.stack) - 1
		pc, c.stack = c.stack[last], c.stack[:last]
		if c.seen[pc] == c.round {
			continue
		}
		c.seen[pc] = c.round
		if pc == m.again() {
			c.take(uint32(m.prog.Start), class, m)
			c.take(pc, class, m)
			continue
		}
		switch in := &m.prog.Inst[pc]; in.Op {
		case syntax.InstMatch:
			if found = true; !m.longest {
				return true
			}
		case syntax.InstAlt, syntax.InstAltMatch:
			c.stack = append(c.stack, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			c.stack = append(c.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^holds == 0 {
				c.stack = append(c.stack, in.Out)
			}
		case syntax.InstFail:
		default:
			if class != m.end && in.MatchRune(m.first[class]) {
				c.take(in.Out, class, m)
			}
		}
	}
	return found
}

func (c *closure) take(pc uint32, class uint8, m *machine) {
	if class != m.end && c.taken[pc] != c.round {
		c.taken[pc] = c.round
		c.next = append(c.next, pc)
	}
}
