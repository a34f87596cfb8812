// Package host serves the plugin contract of hostabi with wazero: it checks, compiles and instantiates guests, and
// carries events to them and answers back.
package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/sluice-gateway/sluice/hostabi/host/match"
)

// Options configure a Runtime.
type Options struct {
	// CacheDir keeps compiled modules between starts, the hundred that were used last. Empty: nothing is kept. So it is,
	// with a warning, when others may write there.
	CacheDir string
	// MemoryPages is the most linear memory an instance may have, in pages of 64 KiB. Default 1024 (64 MiB).
	MemoryPages uint32
	// RecyclePages is the memory above which an instance takes no new exchanges and is replaced. Default half of
	// MemoryPages.
	RecyclePages uint32
	// Instances is how many instances a plugin may have; a second one is started when the first is not enough.
	// Default GOMAXPROCS.
	Instances int
	// StartFuel is what an instance may use to initialise and configure itself, about 10 units a nanosecond. Default
	// 50,000,000,000.
	StartFuel int64
	// Log receives what plugins log; level is a slog level. It is called with the plugin's name, and must not block.
	Log func(plugin string, level int, message string)
}

// Runtime compiles and runs plugins. One per process is enough; it is safe for concurrent use.
type Runtime struct {
	wasm   wazero.Runtime
	config wazero.RuntimeConfig
	cache  *codeCache
	opts   Options

	mu       sync.Mutex
	plugins  map[*Plugin]struct{} // nil once closed
	compiled map[[sha256.Size]byte]*compiled
	sets     match.Cache // of all plugins
}

// New makes a Runtime. Close it to free its code and memory.
func New(ctx context.Context, o Options) (*Runtime, error) {
	o.defaults()
	cache, err := openCache(&o)
	if err != nil {
		return nil, err
	}
	// WithCloseOnContextDone stays off: it costs an exit to Go at every loop header.
	config := wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(o.MemoryPages).WithCompilationCache(cache.memory)
	r := &Runtime{wasm: wazero.NewRuntimeWithConfig(ctx, config), config: config, cache: cache, opts: o, plugins: map[*Plugin]struct{}{},
		compiled: map[[sha256.Size]byte]*compiled{}}
	for _, module := range hostModules {
		if err := instantiateHostModule(ctx, r.wasm, module); err != nil {
			return nil, errors.Join(err, r.Close(ctx))
		}
	}
	return r, nil
}

func (o *Options) defaults() {
	if o.MemoryPages == 0 {
		o.MemoryPages = 1024
	}
	if o.RecyclePages == 0 {
		o.RecyclePages = o.MemoryPages / 2
	}
	if o.Instances <= 0 {
		o.Instances = runtime.GOMAXPROCS(0)
	}
	if o.StartFuel <= 0 {
		o.StartFuel = startFuel
	}
	if o.Log == nil {
		o.Log = func(string, int, string) {}
	}
}

// Close closes every plugin, waiting for events that are being handled, and frees what is left.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	plugins := slices.Collect(maps.Keys(r.plugins))
	r.plugins = nil
	r.mu.Unlock()
	for _, p := range plugins {
		if err := p.Close(ctx); err != nil {
			return err
		}
	}
	if err := r.wasm.Close(ctx); err != nil {
		return fmt.Errorf("close the wasm runtime: %w", err)
	}
	return r.cache.close(ctx)
}

// adopt notes a plugin that Close has to close.
func (r *Runtime) adopt(p *Plugin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.plugins == nil {
		return ErrClosed
	}
	r.plugins[p] = struct{}{}
	return nil
}

func (r *Runtime) forget(p *Plugin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.plugins, p)
}
