package match

import "sync/atomic"

// cursor is where a search is in a machine.
type cursor struct {
	*machine
	g    *generation
	rows []uint32
	at   uint32 // where the row of the state begins
	new  int    // place in the text at which g was begun
	lost bool   // states are made so fast that they don't pay
}

func (m *machine) cursor(before kind, i int) cursor {
	g, s := m.start(before)
	return cursor{machine: m, g: g, rows: g.table(), at: s << m.shift, new: i}
}

// move goes on with a character of a class, whose place is i. It reports whether there is a match before it, and whether
// there can be one later.
func (c *cursor) move(class uint8, i int) (found, alive bool) {
	entry := atomic.LoadUint32(&c.rows[c.at+uint32(class)])
	if entry == unknown {
		entry = c.learn(class, i)
	}
	if entry < special {
		c.at = entry
		return false, true
	}
	to := entry & stateBits
	c.at = to << c.shift
	return entry&matched != 0, to != dead
}

func (c *cursor) learn(class uint8, i int) uint32 {
	g, entry := c.lead(c.g, c.at>>c.shift, class)
	if g != c.g {
		c.lost = max(i-c.new, c.new-i) < 10*len(*c.g.rows.Load())>>c.shift
		c.g, c.new = g, i
	}
	c.rows = g.table()
	return entry
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

// endOf returns where the first match in text[i:] ends, -1 when there is none, and where the search for it ended. It fails
// when this takes too many states.
func (m *machine) endOf(text []byte, i int) (end, stop int, ok bool) {
	class, _ := m.before(text, i)
	c := m.cursor(m.kinds[class], i)
	for end = -1; ; {
		i = c.skim(text, i)
		class, n := m.after(text, i)
		found, alive := c.move(class, i)
		if found {
			end = i
		}
		if !alive || c.lost || i == len(text) {
			return end, i, !c.lost
		}
		i += n
	}
}

// startOf returns where the longest match that ends at end, and begins at least or later, begins; the machine is one for
// the expression read backwards. It fails when this takes too many states.
func (m *machine) startOf(text []byte, least, end int) (start int, ok bool) {
	class, _ := m.after(text, end)
	c := m.cursor(m.kinds[class], end)
	start = -1
	for i := end; ; {
		class, n := m.before(text, i)
		found, alive := c.move(class, i)
		if found {
			start = i
		}
		if !alive || c.lost || i <= least {
			return start, start >= 0 && !c.lost
		}
		i -= n
	}
}
