package limit

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/sluice-gateway/sluice/core"
)

// held is what a lease holds in Redis.
type held struct {
	shared *shared
	member string // of each counter's leases
	parts  []part
	waits  bool // its slot must be free when the client knows that the call is over
}

// part is what is held of one counter.
type part struct {
	bound          *bound
	minute, period string
	window         time.Time // when the budget's period began
}

// leases are those that this instance holds.
type leases struct {
	sync.Mutex
	all  map[*held]struct{}
	last atomic.Uint64 // number of a lease
}

func (l *leases) add(h *held) {
	l.Lock()
	defer l.Unlock()
	if l.all == nil {
		l.all = map[*held]struct{}{}
	}
	l.all[h] = struct{}{}
}

func (l *leases) remove(h *held) {
	l.Lock()
	defer l.Unlock()
	delete(l.all, h)
}

// keys returns the names of a counter's hash and of its leases.
func (s *shared) keys(id counterID) (hash, leases string) {
	hash = s.Prefix + ":" + id.kind + "/" + id.id
	return hash, hash + ":leases"
}

// settle ends the lease with what the call used.
func (h *held) settle(e, used Estimate) {
	for i := range h.parts {
		h.parts[i].mirror(used.Cost)
	}
	h.end(e, used.Tokens-e.Tokens, 0, used.Cost)
}

// cancel gives everything back.
func (h *held) cancel(e Estimate) { h.end(e, -e.Tokens, -1, 0) }

func (h *held) end(e Estimate, tokens, requests int64, cost core.USD) {
	s := h.shared
	s.leases.remove(h)
	list := make([]posting, len(h.parts))
	for i := range h.parts {
		p := &h.parts[i]
		list[i] = posting{id: p.bound.id(), member: h.member, reserved: e.Cost, charge: cost, tokens: tokens, requests: requests,
			minute: p.minute, period: p.period}
	}
	var done chan struct{}
	k := s.link.Load()
	if h.waits && k != nil {
		done = make(chan struct{})
		list[len(list)-1].done = done
	}
	s.postings.add(list...)
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-k.ctx.Done():
	}
}

// mirror adds a cost to what this process knows: it goes by that when Redis is away.
func (p *part) mirror(cost core.USD) {
	c := p.bound.counter.Load()
	c.Lock()
	defer c.Unlock()
	if c.window.Equal(p.window) {
		c.spent += cost
	}
}

// renewed is how many leases of a counter are renewed by one command.
const renewed = 500

// renew tells Redis which leases are still held: all in one go.
func (s *shared) renew(k *link) {
	if k == nil {
		return
	}
	scripts := s.renewals()
	if len(scripts) == 0 {
		return
	}
	for _, answer := range renewScript.ExecMulti(k.ctx, k.client, scripts...) {
		if err := answer.Error(); err != nil {
			s.lose(k, err)
			return
		}
	}
}

func (s *shared) renewals() []rueidis.LuaExec {
	members := map[counterID][]string{}
	s.leases.Lock()
	for h := range s.leases.all {
		for i := range h.parts {
			id := h.parts[i].bound.id()
			members[id] = append(members[id], h.member)
		}
	}
	s.leases.Unlock()
	var scripts []rueidis.LuaExec
	lease, keep := decimal(s.Lease.Milliseconds()), decimal(keepCounters.Milliseconds())
	for id, list := range members {
		hash, leases := s.keys(id)
		for len(list) > 0 {
			n := min(len(list), renewed)
			scripts = append(scripts, rueidis.LuaExec{Keys: []string{hash, leases}, Args: append([]string{lease, keep}, list[:n]...)})
			list = list[n:]
		}
	}
	return scripts
}

// name makes the member of a new lease: who holds it, and what it has reserved.
func (s *shared) name(cost core.USD) (id, member string) {
	id = s.instance + "." + strconv.FormatUint(s.leases.last.Add(1), 36)
	return id, strings.Join([]string{id, decimal(cost)}, ":")
}
