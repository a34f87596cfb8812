package host

// places gives out context ids. An id is a place, which guests may index by, and a generation in the upper half, which
// tells an exchange from earlier ones in the same place.
type places struct {
	free       []uint16
	used       uint16 // places given out at least once
	most       uint16
	generation uint32
}

func (p *places) full() bool { return len(p.free) == 0 && p.used == p.most }

// empty reports whether no place is taken.
func (p *places) empty() bool { return len(p.free) == int(p.used) }

// admit returns a new id. There must be room.
func (p *places) admit() uint32 {
	place := p.used
	if n := len(p.free); n > 0 {
		place, p.free = p.free[n-1], p.free[:n-1]
	} else {
		p.used++
	}
	p.generation = (p.generation + 1) & 0x7fff
	return uint32(place) | p.generation<<16
}

func (p *places) release(id uint32) { p.free = append(p.free, uint16(id)) }
