package match

import "sync/atomic"

// Fuel that a machine costs: for a byte of text, for each way between states that is made, and for each instruction that
// is followed then.
const (
	machineCost = 40
	learnCost   = 5_000
	visitCost   = 100
)

// cursor is where a search is in a machine.
type cursor struct {
	*machine
	g    *generation
	rows []uint32
	at   uint32 // where the row of the state begins
	from int    // place in the text at which g was begun
	lost bool   // states are made so fast that they don't pay
	cost int64  // of learning
}

func (m *machine) cursor(before kind, i int) cursor {
	g, s := m.start(before)
	return cursor{machine: m, g: g, rows: g.table(), at: s << m.shift, from: i}
}

// move goes on with a character of a class, whose place is i. It reports whether there is a match before it, and whether
// there can be one later.
func (c *cursor) move(ch class, i int) (found, alive bool) {
	entry := atomic.LoadUint32(&c.rows[c.at+uint32(ch)])
	if entry == unknown {
		entry = c.learn(ch, i)
	}
	if entry < special {
		c.at = entry
		return false, true
	}
	to := entry & stateBits
	c.at = to << c.shift
	return entry&matched != 0, to != dead
}

func (c *cursor) learn(ch class, i int) uint32 {
	g, entry, cost := c.lead(c.g, c.at>>c.shift, ch)
	if g != c.g {
		states := len(*c.g.rows.Load()) >> c.shift
		c.lost = max(i-c.from, c.from-i) < 10*states
		c.g, c.from = g, i
	}
	c.rows = g.table()
	c.cost += cost
	return entry
}

// pay takes from fuel what n bytes and learning cost, and reports whether the search is of use.
func (c *cursor) pay(fuel *int64, n int) bool {
	*fuel -= c.cost
	return burn(fuel, n, machineCost) && !c.lost
}

// skim reads ASCII from i on as long as there is neither a match nor anything to learn.
func (c *cursor) skim(text []byte, i int) int {
	rows, ascii, at := c.rows, &c.ascii, c.at
	for ; i < len(text); i++ {
		next := atomic.LoadUint32(&rows[at+uint32(ascii[text[i]])])
		if next >= special {
			break
		}
		at = next
	}
	c.at = at
	return i
}

// endOf returns where the first match in text[i:] ends, -1 when there is none. It fails when this takes too many states.
func (m *machine) endOf(text []byte, i int, fuel *int64) (end int, ok bool) {
	ch, _ := m.before(text, i)
	c := m.cursor(m.kinds[ch], i)
	begin := i
	for end = -1; ; {
		i = c.skim(text, i)
		ch, n := m.after(text, i)
		found, alive := c.move(ch, i)
		if found {
			end = i
		}
		if !alive || c.lost || i == len(text) {
			return end, c.pay(fuel, i-begin)
		}
		i += n
	}
}

// startOf returns where the longest match begins that begins at least or later and ends at end; the machine is one for
// the expression read backwards. It fails when this takes too many states.
func (m *machine) startOf(text []byte, least, end int, fuel *int64) (start int, ok bool) {
	ch, _ := m.after(text, end)
	c := m.cursor(m.kinds[ch], end)
	start = -1
	for i := end; ; {
		ch, n := m.before(text, i)
		found, alive := c.move(ch, i)
		if found {
			start = i
		}
		if !alive || c.lost || i <= least {
			return start, c.pay(fuel, end-i) && start >= 0
		}
		i -= n
	}
}
