package host

import "fmt"

// booths are the seats of exchanges that have an instance of their own. They are kept for later exchanges, with their
// counts; instances are not.
type booths struct {
	all  []*seat
	free []*seat
}

// booth returns a locked seat with a new instance.
func (p *Plugin) booth() (*seat, error) {
	s, err := p.emptyBooth()
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", p.Name, err)
	}
	s.Lock()
	if err := p.fill(s); err != nil {
		s.Unlock()
		p.vacate(s)
		return nil, err
	}
	return s, nil
}

func (p *Plugin) emptyBooth() (*seat, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := &p.booths
	if n := len(b.free); n > 0 {
		s := b.free[n-1]
		b.free = b.free[:n-1]
		return s, nil
	}
	if p.closed.Load() {
		return nil, ErrClosed
	}
	if len(b.all) == p.limits.instances {
		return nil, ErrBusy
	}
	s := &seat{private: true}
	b.all = append(b.all, s)
	return s, nil
}

// vacate drops the instance of an exchange that is over. The seat is not locked.
func (p *Plugin) vacate(s *seat) {
	s.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.booths.free = append(p.booths.free, s)
}
