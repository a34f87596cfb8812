package host

import (
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// TestHostileLoads checks that a guest that never ends while it is started is refused.
func TestHostileLoads(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1, StartFuel: eventFuel})
	begin := minimal()
	begin.start = len(begin.funcs)
	begin.helped(":", func(byte) []byte { return forever() })
	hungry := minimal()
	hungry.start = len(hungry.funcs)
	hungry.helped(":", func(byte) []byte { return forever(grow(1), fill(1<<16)) })
	var all sync.WaitGroup
	for name, c := range map[string]struct {
		wasm []byte
		want string
	}{
		"start section":               {begin.wasm(), "start: "},
		"start section that grows":    {hungry.wasm(), "start: "},
		"initialisation":              {minimal().with(hostabi.ExportInitialize, ":", forever()).wasm(), "initialise: "},
		"configuration":               {minimal().with(hostabi.ExportConfigure, "i:i", forever(), constant(0)).wasm(), "configure: "},
		"configuration, again, again": {minimal().with(hostabi.ExportConfigure, "i:i", forever(countTo(1000)), constant(0)).wasm(), "configure: "},
	} {
		all.Go(func() {
			_, err := r.Load(t.Context(), name, c.wasm, []byte(`{}`), Grants{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ErrFuel.Error()) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	mustLoad(t, r, minimal().wasm(), `{}`)
}

// TestHostileModulesAreRefused covers modules that are only large in what they ask for.
func TestHostileModulesAreRefused(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	many := minimal()
	many.pages = 65536
	for name, c := range map[string]struct {
		wasm []byte
		want string
	}{
		"all memory there is": {many.wasm(), "over limit"},
		"a huge table":        {withTable(minimal().wasm(), 1<<31), "table of"},
		"many tables":         {withTable(minimal().wasm(), make([]int, 1000)...), "tables"},
		"many large tables":   {withTable(minimal().wasm(), 1<<17, 1<<17, 1<<18), "table of"},
	} {
		if _, err := r.Load(t.Context(), "large", c.wasm, []byte(`{}`), Grants{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestHostileRecycle checks that a guest which does not want to go is dropped.
func TestHostileRecycle(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().with(hostabi.ExportRecycle, ":i", forever(), constant(0)).wasm(), `{}`)
	g := p.seats[0].guest
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !g.module.IsClosed() || !strings.Contains(book.text(), ErrFuel.Error()) {
		t.Errorf("closed %t, log %q", g.module.IsClosed(), book.text())
	}
}
