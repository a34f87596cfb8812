package host

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestLimits(t *testing.T) {
	o := Options{MemoryPages: 100}
	usual := limits{pages: 100, fuel: eventFuel, fuelByte: fuelPerByte, contexts: maxContexts, instances: maxPrivate, calls: maxCalls}
	for name, c := range map[string]struct {
		grants Grants
		want   limits
	}{
		"none":     {Grants{}, usual},
		"less":     {Grants{Memory: 2, Fuel: 7, FuelByte: 8, Contexts: 9, Calls: 3}, limits{32, 7, 8, 9, 9, 3}},
		"more":     {Grants{Memory: 7, Fuel: eventFuel + 1, FuelByte: fuelPerByte + 1, Contexts: maxContexts, Calls: maxCalls + 1}, limits{100, eventFuel, fuelPerByte, maxContexts, maxContexts, maxCalls}},
		"negative": {Grants{Memory: -1, Fuel: -1, FuelByte: -1, Contexts: -1, Calls: -1}, usual},
	} {
		if got := c.grants.limits(&o); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func loadAs(t testing.TB, r *Runtime, m *module, g Grants) *Plugin {
	t.Helper()
	p, err := r.Load(t.Context(), "test", m.wasm(), []byte(`{}`), g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMemoryOfAPlugin checks that an instance can't grow past what its plugin was granted, and others can.
func TestMemoryOfAPlugin(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	grow := minimal().with(hostabi.ExportEvent, "iiii:i", constant(16), []byte{opGrow, 0})
	for name, c := range map[string]struct {
		grants Grants
		want   uint32 // pages
	}{"granted 1 MiB": {Grants{Memory: 1}, 1}, "granted the default": {Grants{}, 17}} {
		p := loadAs(t, r, grow, c.grants)
		x := opened(t, p)
		do(x, nil)
		if got := x.guest.memory.Size() / pageSize; got != c.want {
			t.Errorf("%s: %d pages, want %d", name, got, c.want)
		}
	}
	m := minimal()
	m.pages = 17
	if _, err := r.Load(t.Context(), "big", m.wasm(), nil, Grants{Memory: 1}); err == nil || !strings.Contains(err.Error(), "load plugin big: memory of 1088 KiB is over the limit of 1024 KiB") {
		t.Errorf("error %v", err)
	}
	loadAs(t, r, m, Grants{Memory: 2})
}

func TestFuelOfAPlugin(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	work := minimal().with(hostabi.ExportEvent, "iiii:i", countTo(2_000_000), constant(0))
	for name, c := range map[string]struct {
		grants Grants
		doc    string
		traps  bool
	}{
		"enough":       {Grants{}, ``, false},
		"little":       {Grants{Fuel: 1000, FuelByte: 1}, ``, true},
		"some by size": {Grants{Fuel: 1000, FuelByte: 15_000}, `"` + strings.Repeat("a", 10_000) + `"`, false},
	} {
		x := opened(t, loadAs(t, r, work, c.grants))
		doc := document(t, `1`)
		if c.doc != "" {
			doc = document(t, c.doc)
		}
		if _, err := do(x, doc); errors.Is(err, ErrTrapped) != c.traps || err != nil && !strings.Contains(err.Error(), ErrFuel.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContextsOfAPlugin(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := loadAs(t, r, minimal(), Grants{Contexts: 2})
	a, b, c := opened(t, p), opened(t, p), opened(t, p)
	must(t, a, `{}`)
	must(t, b, `{}`)
	if _, err := do(c, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v, want ErrBusy", err)
	}
	a.Close()
	must(t, c, `{}`)
}
