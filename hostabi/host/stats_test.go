package host

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestStats(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	memory := uint64(p.seats[0].guest.memory.Size())
	if s := p.Stats(); s != (Stats{Instances: 1, MemoryBytes: memory}) {
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
	if s.Events != 2 || s.Traps != 1 || s.Replaced != 1 || s.InFlight != 0 || !strings.HasPrefix(s.LastTrap, "panic: told to (wasm error: unreachable") || s.TrappedAt.IsZero() {
		t.Errorf("after a trap %+v", s)
	}
	if !strings.HasPrefix(s.LastStack, "panic: told to") || !strings.Contains(s.LastStack, "unreachable\nwasm stack trace:") || len(s.LastStack) > maxStack {
		t.Errorf("stack of the trap: %s", s.LastStack)
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

// TestStatsOfWork checks that fuel is counted to the unit, across slices, and that time is.
func TestStatsOfWork(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventChunk, countTo(1_000_000)), constant(0)).wasm(), `{}`)
	c := opened(t, p)
	var h hostabi.Header
	var fuel []uint64
	for _, event := range []hostabi.Event{hostabi.EventEnd, hostabi.EventChunk, hostabi.EventChunk} {
		before := p.Stats()
		if _, err := c.Send(event, &h, nil); err != nil {
			t.Fatal(err)
		}
		s := p.Stats()
		if s.CPU <= before.CPU || s.P99 < s.P50 || s.P50 == 0 {
			t.Errorf("time %s, then %s, quantiles %s and %s", before.CPU, s.CPU, s.P50, s.P99)
		}
		fuel = append(fuel, s.Fuel-before.Fuel)
	}
	if fuel[0] == 0 || fuel[0] > 200 || fuel[1] < 3*sliceFuel || fuel[1] != fuel[2] {
		t.Errorf("fuel for nothing and for the same work twice: %d", fuel)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("0123456789", maxStack/5)
	for _, c := range []struct {
		name, printed, report, begin, end string
		size                              int
	}{
		{"both short", "panic\n", "trap\nstack", "panic\n", "stack", 16},
		{"a long report", "panic\n", long, "panic\n0123", "789", maxStack},
		{"much printed", long + "panic\n", "trap", "", "panic\ntrap", maxStack},
		{"both long", long, long, "2345", "567", maxStack},
		{"not text", "\xff", "trap\xff", "trap", "trap", 4},
	} {
		got := excerpt(c.printed, c.report)
		if !strings.HasPrefix(got, c.begin) || !strings.HasSuffix(got, c.end) || len(got) != c.size {
			t.Errorf("%s: %d bytes, %.20q … %q", c.name, len(got), got, got[max(0, len(got)-20):])
		}
	}
}

// TestTailOfWhatIsPrinted checks that the last of it is kept, however it comes.
func TestTailOfWhatIsPrinted(t *testing.T) {
	var l guestLog
	var all string
	for i := range 300 {
		piece := strings.Repeat(string(rune('a'+i%26)), i)
		l.keep([]byte(piece))
		all += piece
	}
	if want := all[len(all)-maxStack:]; string(l.tail) != want {
		t.Errorf("kept %d bytes, ending with %q", len(l.tail), l.tail[max(0, len(l.tail)-20):])
	}
	l.keep([]byte(all))
	if string(l.tail) != all[len(all)-maxStack:] {
		t.Error("more than fits at once is not kept right")
	}
}
