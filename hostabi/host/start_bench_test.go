package host_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/plugins"
)

// BenchmarkColdStart measures what a start of the gateway with all bundled plugins takes: a new runtime, each module read
// from a warm cache, configured and ready to serve.
func BenchmarkColdStart(b *testing.B) {
	modules, configs := map[string][]byte{}, map[string][]byte{}
	for _, name := range plugins.Names() {
		m, err := plugins.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		manifest, err := plugins.Manifest(name)
		if err != nil {
			b.Fatal(err)
		}
		config, err := json.Marshal(map[string]any{"vendors": manifest.Vendors, "settings": map[string]any{}})
		if err != nil {
			b.Fatal(err)
		}
		modules[name], configs[name] = m.Wasm, config
	}
	dir := b.TempDir()
	start := func() {
		r, err := host.New(b.Context(), host.Options{CacheDir: dir})
		if err != nil {
			b.Fatal(err)
		}
		var all sync.WaitGroup
		for name, wasm := range modules {
			all.Go(func() {
				if _, err := r.Load(b.Context(), name, wasm, configs[name], host.Grants{Match: true}); err != nil {
					b.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		b.StopTimer()
		if err := r.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	start()
	for b.Loop() {
		start()
	}
	b.ReportMetric(float64(len(modules)), "plugins")
}
