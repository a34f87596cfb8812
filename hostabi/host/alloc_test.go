package host

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// prompt returns a request of about size bytes that asks the guest to do something with it.
func prompt(do string, size int) string {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog.\\n", 6)
	var b strings.Builder
	fmt.Fprintf(&b, `{"do":%q,"text":"a\nb","args":"{\"text\":1}","keep":"","messages":[`, do)
	for i := 0; b.Len() < size-len(text); i++ {
		fmt.Fprintf(&b, `{"role":"user","content":"%s"},`, text)
	}
	b.WriteString(`{}]}`)
	return b.String()
}

// TestAllocations holds the host's side of an event to no allocations at all, whatever the guest asks for.
func TestAllocations(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	for _, what := range []string{"nothing", "echo", "text", "parse", "set", "usage", "emit", "attr"} {
		doc := document(t, prompt(what, 4<<10))
		var c Context
		attr := func(tape.Atom) (string, bool) { return "value", true }
		set := func(hostabi.Setting, []byte, []byte) error { return nil }
		var err error
		var h hostabi.Header
		one := func() {
			c.Open(p)
			c.Attr, c.Set = attr, set
			for _, event := range []hostabi.Event{hostabi.EventRequest, hostabi.EventChunk, hostabi.EventEnd} {
				if _, e := c.Send(event, &h, doc); e != nil {
					err = e
				}
			}
			c.Close()
		}
		for range 10 {
			one()
		}
		if n := testing.AllocsPerRun(100, one); n != 0 || err != nil {
			t.Errorf("%s: %g allocations for three events, %v", what, n, err)
		}
	}
}

// TestSoak checks that a guest's memory stays what it is over many events.
func TestSoak(t *testing.T) {
	events := 50_000
	if testing.Short() {
		events = 5_000
	}
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	g := p.seats[0].guest
	var sizes []uint32
	for _, what := range []string{"echo", "text", "keep", "nothing"} {
		doc := document(t, prompt(what, 10<<10))
		var c Context
		for i := range events / 4 {
			c.Open(p)
			if _, err := do(&c, doc); err != nil {
				t.Fatal(err)
			}
			c.Close()
			if i == events/40 {
				sizes = append(sizes, g.memory.Size())
			}
		}
		sizes = append(sizes, g.memory.Size())
	}
	if p.seats[0].guest != g {
		t.Fatal("the instance was replaced")
	}
	if last, first := sizes[len(sizes)-1], sizes[0]; last > first+2*pageSize {
		t.Errorf("the guest's memory grew from %d to %d KB: %d", first>>10, last>>10, sizes)
	}
	t.Logf("memory %d KB after %d events", g.memory.Size()>>10, events)
}
