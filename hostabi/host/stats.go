package host

import (
	"strings"
	"time"
)

// Stats are figures of a plugin, counted since it was loaded.
type Stats struct {
	Instances   int    // that run, those about to be dropped included
	InFlight    int    // exchanges that a guest keeps state of
	MemoryBytes uint64 // linear memory of the instances; pages that a guest never wrote are shared and count too
	Events      uint64 // sent to guests; those that the host answered itself are not counted
	// P50 and P99 are how long half of the events, and all but a hundredth, took in a guest, within 6 %. Time spent waiting
	// for an instance or for calls is not part of it.
	P50, P99 time.Duration
	CPU      time.Duration // that guests ran; wall time, so more than the CPU's when the machine is busy
	Fuel     uint64        // units that guests used for events, about ten to the nanosecond
	Traps    uint64        // events that a guest crashed on
	Replaced uint64        // instances dropped because of a crash, or because their memory had grown
	Breaker  BreakerState
	LastTrap string // the last crash in one line, "" when there was none
	// LastStack is that report with the guest's stack, after what the guest printed last; at most 4 KiB.
	LastStack string
	TrappedAt time.Time
}

// maxStack is how many bytes of a crash's report are kept.
const maxStack = 4 << 10

// counts are a seat's figures. They are guarded by its lock.
type counts struct {
	events, traps, retired uint64
	busy                   time.Duration
	durations              histogram
	lastTrap, lastStack    string
	trappedAt              time.Time
}

// uptime is the cheapest clock there is.
func uptime() time.Duration { return time.Since(processStart) }

// event counts one that a guest was called for at began.
func (c *counts) event(began time.Duration) {
	took := uptime() - began
	c.events++
	c.busy += took
	c.durations.add(took)
}

// used is the fuel that events took of an instance: what it was given less what is left of that, and less what it was
// configured with.
func (g *instance) used() int64 { return g.drawn - int64(g.fuel.Get()) - g.setup }

// trapped logs and counts that a guest crashed on an event of c's, and returns the first line of the report.
func (g *instance) trapped(c *Context, err error) string {
	g.report(err)
	c.seat.counts.trapped(err.Error(), string(g.log.tail))
	c.plugin.breaker.trapped(c)
	return c.seat.counts.lastTrap
}

func (c *counts) trapped(report, printed string) {
	c.traps++
	c.lastTrap = headline(printed, report)
	c.lastStack = excerpt(printed, report)
	c.trappedAt = time.Now()
}

// headline is a crash in one line: what the machine says and, if the guest's language said more, that.
func headline(printed, report string) string {
	first, _, _ := strings.Cut(report, "\n")
	for line := range strings.Lines(printed) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "") + " (" + first + ")"
		}
	}
	return first
}

// excerpt puts together what a guest printed before a crash and the crash's report, whose innermost frames come first.
// Each may take half of the room, and what the other leaves.
func excerpt(printed, report string) string {
	room := max(maxStack/2, maxStack-len(report))
	printed = printed[max(0, len(printed)-room):]
	report = report[:min(len(report), maxStack-len(printed))]
	return strings.ToValidUTF8(printed+report, "")
}

// Stats sums up the figures of the plugin's seats. It waits for events that are being handled.
func (p *Plugin) Stats() Stats {
	sum := Stats{Breaker: p.breaker.state()}
	var durations histogram
	p.each(func(s *seat) { s.add(&sum, &durations) })
	sum.P50, sum.P99 = durations.quantile(0.5), durations.quantile(0.99)
	sum.Fuel += uint64(p.burnt.Load())
	return sum
}

func (s *seat) add(sum *Stats, durations *histogram) {
	s.Lock()
	defer s.Unlock()
	c := &s.counts
	sum.Events += c.events
	sum.CPU += c.busy
	sum.Traps += c.traps
	sum.Replaced += c.traps + c.retired
	durations.merge(&c.durations)
	if c.trappedAt.After(sum.TrappedAt) {
		sum.LastTrap, sum.LastStack, sum.TrappedAt = c.lastTrap, c.lastStack, c.trappedAt
	}
	if s.guest != nil {
		s.guest.add(sum)
	}
	for g := range s.old {
		g.add(sum)
	}
}

func (g *instance) add(sum *Stats) {
	sum.Instances++
	sum.InFlight += g.places.taken()
	sum.MemoryBytes += uint64(g.memory.Size())
	sum.Fuel += uint64(g.used())
}

// taken is how many places are in use.
func (p *places) taken() int { return int(p.used) - len(p.free) }
