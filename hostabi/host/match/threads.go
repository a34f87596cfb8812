package match

import "regexp/syntax"

// threads runs a program by keeping every instruction that may come next, each with where its match and its group are.
// It takes some 10 ns for each of them and byte, needs no states and finds groups.
type threads struct {
	closure
	now, later []thread
	pending    []thread
	best       thread // with its end; pc is 0 until there is one
}

// thread is an instruction and how it was reached.
type thread struct {
	pc    uint32
	match span
	group span
}

// find returns the first match in text[i:], or the one that begins there, and the range of one of its groups, 0 being
// the match. There is none when fuel runs out.
func (t *threads) find(m *machine, text []byte, i, group int, here bool, fuel *int64) (match, inner span) {
	ch, _ := m.before(text, i)
	before, begin := m.kinds[ch], i
	t.now, t.best = t.now[:0], thread{match: nowhere, group: nowhere}
	for {
		ch, n := m.after(text, i)
		t.begin(len(m.prog.Inst))
		t.later = t.later[:0]
		if t.best.match == nowhere && (i == begin || !here) {
			t.now = append(t.now, thread{uint32(m.prog.Start), span{i, i}, nowhere})
		}
		t.step(m, i, ch, uint32(2*group), assertions(before, m.kinds[ch]))
		if *fuel -= int64(t.visits+1) * visitCost; *fuel < 0 {
			return nowhere, nowhere
		}
		t.now, t.later = t.later, t.now
		if i == len(text) || len(t.now) == 0 && (here || t.best.match != nowhere) {
			break
		}
		before, i = m.kinds[ch], i+n
	}
	if group == 0 {
		return t.best.match, t.best.match
	}
	return t.best.match, t.best.group
}

// step takes a character with all threads, up to the first that met a match.
func (t *threads) step(m *machine, i int, ch class, slot uint32, holds syntax.EmptyOp) {
	for _, x := range t.now {
		if t.follow(m, x, i, ch, slot, holds) {
			return
		}
	}
}

// follow is closure.follow for threads; slot is the number of the mark at which the group begins.
func (t *threads) follow(m *machine, x thread, i int, ch class, slot uint32, holds syntax.EmptyOp) (found bool) {
	t.pending = append(t.pending[:0], x)
	for len(t.pending) > 0 {
		last := len(t.pending) - 1
		x, t.pending = t.pending[last], t.pending[:last]
		if t.walk(m, &x, i, ch, slot, holds) {
			return true
		}
	}
	return false
}

func (t *threads) walk(m *machine, x *thread, i int, ch class, slot uint32, holds syntax.EmptyOp) (found bool) {
	for t.seen[x.pc] != t.round {
		t.seen[x.pc] = t.round
		t.visits++
		in := &m.prog.Inst[x.pc]
		switch in.Op {
		case syntax.InstMatch:
			x.match.to = i
			t.best = *x
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			t.pending = append(t.pending, thread{in.Arg, x.match, x.group})
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^holds != 0 {
				return false
			}
		case syntax.InstCapture:
			x.mark(in.Arg-slot, i)
		case syntax.InstNop:
		case syntax.InstFail:
			return false
		default:
			if m.accepts(x.pc, ch) && t.taken[in.Out] != t.round {
				t.taken[in.Out] = t.round
				t.later = append(t.later, thread{in.Out, x.match, x.group})
			}
			return false
		}
		x.pc = in.Out
	}
	return false
}

// mark notes where the group begins or ends.
func (x *thread) mark(which uint32, i int) {
	switch which {
	case 0:
		x.group.from = i
	case 1:
		x.group.to = i
	}
}
