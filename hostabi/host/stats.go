package host

import "time"

// Stats are figures of a plugin, counted since it was loaded.
type Stats struct {
	Instances int    // that run, those about to be dropped included
	InFlight  int    // exchanges that a guest keeps state of
	Events    uint64 // sent to guests; those that the host answered itself are not counted
	Traps     uint64 // events that a guest crashed on
	Replaced  uint64 // instances dropped because of a crash, or because their memory had grown
	LastTrap  string // the first line of the last crash's report, "" when there was none
	TrappedAt time.Time
}

// counts are a seat's figures. They are guarded by its lock.
type counts struct {
	events, traps, retired uint64
	lastTrap               string
	trappedAt              time.Time
}

func (c *counts) trapped(report string) {
	c.traps++
	c.lastTrap, c.trappedAt = report, time.Now()
}

// Stats sums up the figures of the plugin's seats. It waits for events that are being handled.
func (p *Plugin) Stats() Stats {
	var sum Stats
	for i := range p.seats {
		p.seats[i].add(&sum)
	}
	return sum
}

func (s *seat) add(sum *Stats) {
	s.Lock()
	defer s.Unlock()
	sum.Events += s.counts.events
	sum.Traps += s.counts.traps
	sum.Replaced += s.counts.traps + s.counts.retired
	if s.counts.trappedAt.After(sum.TrappedAt) {
		sum.LastTrap, sum.TrappedAt = s.counts.lastTrap, s.counts.trappedAt
	}
	if s.guest != nil {
		sum.Instances++
		sum.InFlight += s.guest.places.taken()
	}
	for g := range s.old {
		sum.Instances++
		sum.InFlight += g.places.taken()
	}
}

// taken is how many places are in use.
func (p *places) taken() int { return int(p.used) - len(p.free) }
