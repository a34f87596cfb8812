package host

import (
	"fmt"
	"log/slog"
	"sync"
)

// seat is a place for an instance. The lock is held while a guest runs: guests are not re-entrant.
type seat struct {
	sync.Mutex
	guest   *instance              // takes new exchanges; nil after a trap until it is replaced
	old     map[*instance]struct{} // those with too much memory, until their exchanges have ended
	private bool                   // serves one exchange

	counts counts
}

// crowdedAfter is how often every instance must have been busy before another one is started: each takes megabytes.
const crowdedAfter = 16

// take returns a locked seat with an instance that has room: one that is free if there is any, else the next in turn.
func (p *Plugin) take() (*seat, error) {
	if p.grants.PerRequest {
		return p.booth()
	}
	open, start := p.open.Load(), p.turn.Add(1)
	for i := range open {
		s := &p.seats[(start+i)%open]
		if !s.TryLock() {
			continue
		}
		if s.guest != nil && !s.guest.places.full() && !p.closed.Load() {
			return s, nil
		}
		s.Unlock()
	}
	if int(open) < len(p.seats) && p.crowded.Add(1)%crowdedAfter == 0 {
		p.background(p.grow)
	}
	return p.wait(start, open)
}

// wait takes the first seat in turn that has room. A seat whose instance was lost gets a new one here when nobody was
// faster.
func (p *Plugin) wait(start, open uint32) (*seat, error) {
	for i := range open {
		s := &p.seats[(start+i)%open]
		s.Lock()
		if err := p.fill(s); err != nil {
			s.Unlock()
			return nil, err
		}
		if !s.guest.places.full() {
			return s, nil
		}
		s.Unlock()
	}
	return nil, fmt.Errorf("plugin %s: %w", p.Name, ErrBusy)
}

// fill starts an instance for a locked seat that has none.
func (p *Plugin) fill(s *seat) (err error) {
	if p.closed.Load() {
		return fmt.Errorf("plugin %s: %w", p.Name, ErrClosed)
	}
	if s.guest != nil {
		return nil
	}
	if s.guest, err = p.instantiate(); err != nil {
		return fmt.Errorf("start another instance of plugin %s: %w", p.Name, err)
	}
	return nil
}

// refill replaces a lost instance.
func (p *Plugin) refill(s *seat) {
	s.Lock()
	defer s.Unlock()
	if err := p.fill(s); err != nil && !p.closed.Load() {
		p.log(slog.LevelError, err.Error())
	}
}

// grow brings one more seat into use. The lock keeps a second grow from doing the same, and is not contended otherwise.
func (p *Plugin) grow() {
	next := p.open.Load()
	if int(next) == len(p.seats) {
		return
	}
	s := &p.seats[next]
	p.refill(s)
	s.Lock()
	defer s.Unlock()
	if s.guest != nil {
		p.open.CompareAndSwap(next, next+1)
	}
}

// lose drops an instance that can't be trusted any more: after a trap a guest's memory proves nothing. The seat is
// locked.
func (s *seat) lose(g *instance) {
	g.drop()
	delete(s.old, g)
	if s.guest != g {
		return
	}
	s.guest = nil
	if !s.private {
		g.plugin.background(func() { g.plugin.refill(s) })
	}
}

// retire takes an instance with too much memory out of turn; it is dropped when its exchanges have ended.
func (s *seat) retire(g *instance) {
	if s.guest != g || s.private {
		return
	}
	s.guest = nil
	s.counts.retired++
	if s.old == nil {
		s.old = map[*instance]struct{}{}
	}
	s.old[g] = struct{}{}
	g.plugin.background(func() { g.plugin.refill(s) })
}

// left drops a retired instance that has no exchanges any more.
func (s *seat) left(g *instance) {
	if _, retired := s.old[g]; retired && g.places.empty() {
		delete(s.old, g)
		g.recycle()
	}
}

func (s *seat) close() {
	s.Lock()
	defer s.Unlock()
	if s.guest != nil {
		s.guest.recycle()
		s.guest = nil
	}
	for g := range s.old {
		g.recycle()
	}
	s.old = nil
}
