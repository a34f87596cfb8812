package sdktest

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/cases/hosted"
)

// Budget is what a guard may use in wasm.
type Budget struct {
	Fuel   uint64 // units per event, about ten to the nanosecond; 0 = any
	Memory uint64 // bytes of an instance; 0 = any
}

// events is how many events a budget is measured over: a collection of garbage among them is shared by all.
const events = 100

// Check fails the test when the plugin in dir uses more than b for a case's text, in wasm, on average.
func (b Budget) Check(t testing.TB, dir string, c Case) {
	t.Helper()
	p := Wasm(t, dir)
	for range events {
		if _, err := c.Ask(p.runner); err != nil {
			t.Fatal(err)
		}
	}
	config, err := cases.Config(p.Manifest, c.Settings)
	if err != nil {
		t.Fatal(err)
	}
	s := p.runner.(*hosted.Runner).Stats(config)
	if fuel := s.Fuel / s.Events; b.Fuel > 0 && fuel > b.Fuel {
		t.Errorf("an event takes %d units of fuel, more than %d", fuel, b.Fuel)
	}
	if memory := s.MemoryBytes / uint64(s.Instances); b.Memory > 0 && memory > b.Memory {
		t.Errorf("an instance takes %d bytes, more than %d", memory, b.Memory)
	}
}
