// Package host serves the plugin contract of hostabi with wazero: it checks, compiles and instantiates guests, and
// carries events to them and answers back.
package host

import (
	"context"
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero"
)

// Options configure a Runtime.
type Options struct {
	// CacheDir keeps compiled modules between starts. Empty: nothing is kept.
	CacheDir string
	// MemoryPages is the most linear memory an instance may have, in pages of 64 KiB. Default 1024 (64 MiB).
	MemoryPages uint32
	// Instances is how many instances a plugin may have. Default GOMAXPROCS.
	Instances int
	// Log receives what plugins log; level is a slog level. It is called with the plugin's name, and must not block.
	Log func(plugin string, level int, message string)
}

// Runtime compiles and runs plugins. One per process is enough; it is safe for concurrent use.
type Runtime struct {
	wasm  wazero.Runtime
	cache wazero.CompilationCache
	opts  Options
}

// New makes a Runtime. Close it to free its code and memory.
func New(ctx context.Context, o Options) (*Runtime, error) {
	if o.MemoryPages == 0 {
		o.MemoryPages = 1024
	}
	if o.Instances == 0 {
		o.Instances = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = func(string, int, string) {}
	}
	cache, err := openCache(o.CacheDir)
	if err != nil {
		return nil, err
	}
	// WithCloseOnContextDone stays off: it costs an exit to Go at every loop header.
	config := wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(o.MemoryPages).WithCompilationCache(cache)
	r := &Runtime{wasm: wazero.NewRuntimeWithConfig(ctx, config), cache: cache, opts: o}
	for _, module := range hostModules {
		if err := instantiateHostModule(ctx, r.wasm, module); err != nil {
			r.Close(ctx)
			return nil, err
		}
	}
	return r, nil
}

func openCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		return wazero.NewCompilationCache(), nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open the compilation cache %s: %w", dir, err)
	}
	return cache, nil
}

// Close frees every plugin. No context may be in use.
func (r *Runtime) Close(ctx context.Context) error {
	if err := r.wasm.Close(ctx); err != nil {
		return fmt.Errorf("close the wasm runtime: %w", err)
	}
	return r.cache.Close(ctx)
}
