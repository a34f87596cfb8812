package match

import (
	"encoding/binary"
	"math/bits"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
)

// machine runs a regular expression as an automaton whose states are the lists of instructions that may come next, in
// the order in which they are preferred. States and the ways between them are made when a text first needs them; all
// searches share them.
type machine struct {
	*classes
	prog    *syntax.Prog
	longest bool // prefers the longest match to the first one, and looks at one place only
	keep    kind // what has to be known of the character before
	shift   uint8
	limit   int // bytes that the states of a generation may take
	current atomic.Pointer[generation]
}

// generation is the states that were made until there were too many. Searches that use it go on while others begin with
// the next one.
type generation struct {
	rows atomic.Pointer[[]uint32] // for each state and class an entry; replaced by a longer one of the same content to grow

	mu     sync.Mutex
	states []state
	index  map[string]uint32 // by what names a state
	bytes  int
	work   closure
}

type state struct {
	list []uint32 // instructions, not yet followed through assertions, which need to see the next character
	kind kind     // of the character before
}

// Entries of rows are where the row of the next state begins. Otherwise they are special: a state, and whether there is
// a match that ends before the character.
const (
	matched   = 1 << 30
	stateBits = matched - 1
	unknown   = special | stateBits
	undecoded = special | (stateBits - 1)
)

// dead is the state that nothing leads out of.
const dead = 0

func newMachine(prog *syntax.Prog, longest bool, limit int) *machine {
	m := &machine{classes: newClasses(prog), prog: prog, longest: longest, limit: limit}
	m.shift = uint8(bits.Len(uint(m.wide)))
	for _, in := range prog.Inst {
		if in.Op != syntax.InstEmptyWidth {
			continue
		}
		switch syntax.EmptyOp(in.Arg) {
		case syntax.EmptyBeginText:
			m.keep |= edge
		case syntax.EmptyBeginLine:
			m.keep |= edge | newline
		case syntax.EmptyWordBoundary, syntax.EmptyNoWordBoundary:
			m.keep |= letter
		}
	}
	m.current.Store(m.generation())
	return m
}

func (m *machine) generation() *generation {
	g := &generation{index: map[string]uint32{}}
	g.rows.Store(new([]uint32))
	g.add(m, nil, 0)
	return g
}

// add returns the state of a list; false when there is no room for it.
func (g *generation) add(m *machine, list []uint32, k kind) (uint32, bool) {
	name := append(make([]byte, 0, 1+4*len(list)), byte(k))
	for _, pc := range list {
		name = binary.LittleEndian.AppendUint32(name, pc)
	}
	if s, ok := g.index[string(name)]; ok {
		return s, true
	}
	if g.bytes += 4<<m.shift + 8*len(list) + 100; g.bytes > m.limit && len(g.states) >= leastStates {
		return 0, false
	}
	s := uint32(len(g.states))
	g.states, g.index[string(name)] = append(g.states, state{slices.Clone(list), k}), s
	rows := slices.Grow(*g.rows.Load(), 1<<m.shift)
	for range 1 << m.shift {
		rows = append(rows, unknown)
	}
	rows[s<<m.shift+uint32(m.wide)] = undecoded
	g.rows.Store(&rows)
	return s, true
}

// leastStates have room however little memory there is.
const leastStates = 8

// table returns the rows with those that are yet to come: an entry that a search meets there may lead to one of them.
func (g *generation) table() []uint32 {
	rows := *g.rows.Load()
	return rows[:cap(rows)]
}

// start returns the state in which a search begins after a character of a kind.
func (m *machine) start(k kind) (*generation, uint32) {
	list := []uint32{uint32(m.prog.Start), m.again()}
	if m.longest {
		list = list[:1]
	}
	return m.place(m.current.Load(), list, k&m.keep)
}

// again is the instruction, the least preferred one, that begins the search anew at the next character.
func (m *machine) again() uint32 { return uint32(len(m.prog.Inst)) }

// place returns the state of a list, of a later generation when g has no room.
func (m *machine) place(g *generation, list []uint32, k kind) (*generation, uint32) {
	for {
		g.mu.Lock()
		s, ok := g.add(m, list, k)
		g.mu.Unlock()
		if ok {
			return g, s
		}
		m.current.CompareAndSwap(g, m.generation())
		g = m.current.Load()
	}
}

// lead finds where a state leads to with a character of a class, notes it, and tells what that cost. The generation is
// a later one when g has no room.
func (m *machine) lead(g *generation, s uint32, ch class) (at *generation, entry uint32, cost int64) {
	g.mu.Lock()
	list, found := g.work.step(m, g.states[s], ch)
	cost = learnCost + int64(g.work.visits)*visitCost
	k := m.kinds[ch] & m.keep
	if len(list) == 0 {
		k = 0
	}
	to, ok := g.add(m, list, k)
	if !ok {
		list = slices.Clone(list)
		g.mu.Unlock()
		g, to = m.place(g, list, k)
		return g, m.entry(to, found), cost
	}
	defer g.mu.Unlock()
	entry = m.entry(to, found)
	atomic.StoreUint32(&(*g.rows.Load())[s<<m.shift+uint32(ch)], entry)
	return g, entry, cost
}

func (m *machine) entry(s uint32, found bool) uint32 {
	switch {
	case found:
		return special | matched | s
	case s == dead:
		return special | s
	}
	return s << m.shift
}
