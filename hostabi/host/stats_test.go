package host

import (
	"strings"
	"testing"
)

func TestStats(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	if s := p.Stats(); s != (Stats{Instances: 1}) {
		t.Errorf("at first %+v", s)
	}
	kept, guilty := opened(t, p), opened(t, p)
	must(t, kept, `{"do":"keep","keep":"x"}`)
	if s := p.Stats(); s.InFlight != 1 || s.Events != 1 || s.Traps != 0 || s.LastTrap != "" {
		t.Errorf("with one exchange %+v", s)
	}
	if _, err := do(guilty, document(t, `{"do":"panic"}`)); err == nil {
		t.Fatal("no trap")
	}
	s := p.Stats()
	if s.Events != 2 || s.Traps != 1 || s.Replaced != 1 || s.InFlight != 0 || !strings.Contains(s.LastTrap, "unreachable") || s.TrappedAt.IsZero() {
		t.Errorf("after a trap %+v", s)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := p.Stats(); s.Instances != 0 || s.Events != 2 {
		t.Errorf("closed %+v", s)
	}
}

func TestStatsCountRetiredInstances(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := opened(t, p)
	must(t, c, `{"do":"keep","keep":"x"}`)
	s := &p.seats[0]
	s.Lock()
	s.retire(s.guest)
	s.Unlock()
	must(t, opened(t, p), `{}`)
	if s := p.Stats(); s.Instances != 2 || s.Replaced != 1 || s.InFlight != 2 {
		t.Errorf("with a retired instance %+v", s)
	}
	if c.Close(); p.Stats().Instances != 1 {
		t.Errorf("after its exchange %+v", p.Stats())
	}
}
