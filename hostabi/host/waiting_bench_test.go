package host

import (
	"context"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/cputime"
)

// BenchmarkParkedCall is a guard that asks an upstream about a text of 1 KB and waits: the call answers at once, so what is
// measured is the parking and the waking.
func BenchmarkParkedCall(b *testing.B) {
	for name, load := range crowdGuests {
		b.Run(name, func(b *testing.B) {
			p := load(b)
			t := essay(1 << 10)
			var c Context
			b.ReportAllocs()
			defer cputime.Process(b)()
			for b.Loop() {
				if err := c.ask(p, t, func() {}, `{"flagged":false}`); err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}

// BenchmarkFirstLoad is a module that the gateway sees for the first time, rewritten, compiled, configured and ready; and
// one that it has compiled before, in an earlier run.
func BenchmarkFirstLoad(b *testing.B) {
	wasm := goGuest(b)
	load := func(b *testing.B, dir string) {
		r, err := New(b.Context(), Options{CacheDir: dir})
		if err != nil {
			b.Fatal(err)
		}
		mustLoad(b, r, wasm, `{}`)
		if err := r.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		defer cputime.Process(b)()
		for b.Loop() {
			load(b, b.TempDir())
		}
		b.ReportMetric(float64(len(wasm))/1e6, "MB-module")
	})
	b.Run("cached", func(b *testing.B) {
		dir := b.TempDir()
		load(b, dir)
		defer cputime.Process(b)()
		for b.Loop() {
			load(b, dir)
		}
	})
}

// crowdGuests are guards that make one call for each text.
var crowdGuests = map[string]func(testing.TB) *Plugin{"go": loadGuard, "minimal": func(t testing.TB) *Plugin {
	return waitingPlugin(t, Options{}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), park), hostabi.EventCall: answer(hostabi.Done)})
}}
