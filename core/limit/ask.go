package limit

import (
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/sluice-gateway/sluice/core"
)

// reserve is Limiter.Reserve in Redis. ok is false when Redis is away.
func (s *shared) reserve(lease *Lease, model string, bounds []*Bounds) (refused *core.Error, ok bool) {
	k := s.link.Load()
	if k == nil {
		return nil, false
	}
	now := s.limiter.now()
	id, member := s.name(lease.estimate.Cost)
	h := &held{shared: s, member: member}
	h.of(model, bounds, now)
	if len(h.parts) == 0 {
		return nil, true
	}
	keys, args := h.write(id, lease.estimate)
	for {
		answer, ok := s.ask(k, reserveScript, keys, args)
		if !ok {
			h.cancel(lease.estimate) // the script may have run, or be run yet
			return nil, false
		}
		list, err := answer.ToArray()
		if err != nil || len(list) == 0 {
			return nil, false
		}
		switch code, _ := list[0].AsInt64(); code {
		case taking:
			h.take(list[1:], now)
			s.leases.add(h)
			lease.held = h
			return nil, true
		case refusing:
			return h.refuse(list, now), true
		}
		h.fill(args, list[1:])
	}
}

// of collects the bounds that hold for a model.
func (h *held) of(model string, bounds []*Bounds, now time.Time) {
	h.parts = make([]part, 0, 8)
	for _, group := range bounds {
		if group == nil {
			continue
		}
		for i := range group.list {
			b := &group.list[i]
			if b.payer.Model != "" && b.payer.Model != model {
				continue
			}
			w := b.window(now)
			h.parts = append(h.parts, part{bound: b, window: w, minute: anyMinute, period: period(w)})
			h.waits = h.waits || b.payer.Limits.Parallel != nil
		}
	}
}

// anyMinute is the minute of what Redis may or may not have counted.
const anyMinute = "*"

// period names a budget's period in Redis.
func period(window time.Time) string {
	if window.IsZero() {
		return "0"
	}
	return decimal(window.UnixMilli())
}

const (
	argsBefore = 5 // the first counter's
	argsEach   = 6
)

// write makes the reserve script's arguments.
func (h *held) write(id string, e Estimate) (keys, args []string) {
	s := h.shared
	keys = make([]string, 0, 2*len(h.parts))
	args = make([]string, 0, argsBefore+argsEach*len(h.parts))
	args = append(args, id, decimal(s.Lease.Milliseconds()), decimal(e.Tokens), decimal(e.Cost), decimal(keepCounters.Milliseconds()))
	for i := range h.parts {
		p := &h.parts[i]
		hash, leases := s.keys(p.bound.id())
		keys = append(keys, hash, leases)
		l := &p.bound.payer.Limits
		args = append(args, optional(l.MaxBudget), optional(l.Parallel), optional(l.RPM), optional(l.TPM), p.period, "")
	}
	return keys, args
}

func optional[N int64 | core.USD](n *N) string {
	if n == nil {
		return ""
	}
	return decimal(*n)
}

// fill adds what was spent, for the counters that Redis does not know.
func (h *held) fill(args []string, unknown []rueidis.RedisMessage) {
	for i := range unknown {
		n, _ := unknown[i].AsInt64()
		reset := n < 0
		n = max(n, -n)
		args[argsBefore+argsEach*int(n)-1] = decimal(h.parts[n-1].stored(h.shared.limiter, reset))
	}
}

// stored asks the store what was spent in the present period. What is known here may be more, of calls that are not settled
// yet, and is all there is when the store is away; after a reset it is old.
func (p *part) stored(l *Limiter, reset bool) core.USD {
	var most core.USD
	s, err := p.bound.spent()
	if err == nil && (p.window.IsZero() || s.Window.UnixMilli() == p.window.UnixMilli()) {
		most = s.Amount
	}
	if err == nil && reset {
		return most
	}
	if c := l.alive(p.bound); c != nil {
		c.Lock()
		defer c.Unlock()
		if c.window.Equal(p.window) {
			most = max(most, c.spent)
		}
	}
	return most
}

// take notes what Redis has counted.
func (h *held) take(answer []rueidis.RedisMessage, now time.Time) {
	for i := range h.parts {
		p := &h.parts[i]
		p.minute, _ = answer[2*i].ToString()
		spent, _ := answer[2*i+1].ToString()
		if c := h.shared.limiter.alive(p.bound); c != nil {
			c.note(p.window, spent, now)
		}
	}
}

// note keeps what Redis said was spent: this process goes by that when Redis is away. It only becomes more until it is
// forgotten.
func (c *counter) note(window time.Time, spent string, now time.Time) {
	c.Lock()
	defer c.Unlock()
	c.used = now
	n, err := strconv.ParseInt(spent, 10, 64)
	if err != nil {
		return
	}
	if !c.window.Equal(window) {
		c.window, c.spent = window, 0
	}
	c.spent, c.known = max(c.spent, core.USD(n)), true // answers come in any order, and before what is still to be settled
}

func (h *held) refuse(answer []rueidis.RedisMessage, now time.Time) *core.Error {
	var n [8]int64
	for i := range min(len(answer), len(n)) {
		n[i], _ = answer[i].AsInt64()
	}
	v := verdict{what: what(n[2]), parallel: n[3], requests: n[4], tokens: n[5], resets: (n[6] + 999) / 1000, spent: core.USD(n[7])}
	return refusal(h.parts[n[1]-1].bound, &v, now)
}

// forgotten is how long the same change of a counter may take to reach all instances.
const forgotten = time.Second

// forget drops a counter that the store knows better.
func (s *shared) forget(id counterID) {
	if k := s.link.Load(); k != nil {
		hash, leases := s.keys(id)
		s.ask(k, forgetScript, []string{hash + ":forgotten", hash, leases}, []string{decimal(forgotten.Milliseconds())})
	}
}
