package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// plugin is one version of a plugin. Its module is loaded when it is first needed.
type plugin struct {
	manifest *hostabi.Manifest
	file     bool // it comes from the plugins folder
	wasm     func() ([]byte, error)

	once   sync.Once
	loaded *host.Plugin
	sum    digest // of a bundled plugin: once it was loaded
	err    error
	tried  atomic.Bool // loaded and err are there

	uses int // sets and states that may call it; guarded by the library's lock
}

func bundledPlugin(name string) (*plugin, error) {
	m, err := plugins.Manifest(name)
	if err != nil {
		return nil, err
	}
	return &plugin{manifest: m, wasm: func() ([]byte, error) {
		module, err := plugins.Open(name)
		return module.Wasm, err
	}}, nil
}

// filePlugin makes a plugin of a file in the plugins folder, called name.wasm.
func filePlugin(name string, f moduleFile) (*plugin, error) {
	if f.err != nil {
		return nil, fmt.Errorf("plugin %s.wasm: %w", name, f.err)
	}
	m, err := pack.Manifest(f.wasm)
	if err != nil {
		return nil, fmt.Errorf("plugin %s.wasm: %w", name, err)
	}
	if m.Name != name {
		return nil, fmt.Errorf("plugin %s.wasm calls itself %q: name the file after it", name, m.Name)
	}
	return &plugin{manifest: m, file: true, sum: f.sum, wasm: func() ([]byte, error) { return f.wasm, nil }}, nil
}

// load compiles the plugin and starts its first instance, once. It keeps what came of it.
func (p *plugin) load(r *host.Runtime) (*host.Plugin, error) {
	p.once.Do(func() {
		p.loaded, p.err = p.start(r)
		p.wasm = nil // megabytes
		p.tried.Store(true)
	})
	return p.loaded, p.err
}

func (p *plugin) start(r *host.Runtime) (*host.Plugin, error) {
	wasm, err := p.wasm()
	if err != nil {
		return nil, err
	}
	if !p.file {
		p.sum = sumOf(wasm)
	}
	config, err := json.Marshal(map[string]any{"vendors": p.manifest.Vendors})
	if err != nil {
		return nil, fmt.Errorf("configure plugin %s: %w", p.manifest.Name, err)
	}
	return r.Load(context.Background(), p.manifest.Name, wasm, config, host.Grants{})
}

// close frees a plugin that nobody can call any more.
func (p *plugin) close() error {
	if !p.tried.Load() || p.loaded == nil {
		return nil
	}
	return p.loaded.Close(context.Background())
}
