package app

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// module is one version of a plugin's code. It may be loaded several times, with other settings each time.
type module struct {
	manifest *hostabi.Manifest
	path     string // of its file in the plugins folder; "" for a bundled one

	mu   sync.Mutex
	wasm []byte // of a file, until it was loaded: megabytes
	sum  digest // of a bundled one: once it was opened
}

func bundledModule(name string) (*module, error) {
	m, err := plugins.Manifest(name)
	if err != nil {
		return nil, err
	}
	return &module{manifest: m}, nil
}

// fileModule makes a plugin of a file called name.wasm.
func fileModule(name string, f moduleFile) (*module, error) {
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
	return &module{manifest: m, path: f.path, wasm: f.wasm, sum: f.sum}, nil
}

func (m *module) bundled() bool { return m.path == "" }

// open returns the code. A file is read again once it was loaded, and must still be the same.
func (m *module) open() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bundled() {
		opened, err := plugins.Open(m.manifest.Name)
		if err == nil {
			m.sum = sumOf(opened.Wasm)
		}
		return opened.Wasm, err
	}
	if m.wasm != nil {
		return m.wasm, nil
	}
	f := readModule(m.path)
	if f.err == nil && f.sum != m.sum {
		f.err = errors.New("it is another one now")
	}
	if f.err != nil {
		return nil, fmt.Errorf("the file of the plugin that serves, %s: %w", filepath.Base(m.path), f.err)
	}
	return f.wasm, nil
}

// loaded lets go of the code.
func (m *module) loaded() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wasm = nil
}

// digest returns the code's sum, zero while a bundled plugin was not opened.
func (m *module) digest() digest {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}

// source says where the plugin comes from.
func (m *module) source() string {
	if m.bundled() {
		return "bundled"
	}
	return "file"
}

// modules are the plugins at hand by name, one version of each. It is immutable.
type modules map[string]*module

func (m modules) names() []string { return slices.Sorted(maps.Keys(m)) }

// with returns modules that differ in some plugins; a change without a module takes one away.
func (m modules) with(changes ...*change) modules {
	next := maps.Clone(m)
	for _, c := range changes {
		if c.module == nil {
			delete(next, c.name)
		} else {
			next[c.name] = c.module
		}
	}
	return next
}

// bundledModules collects the plugins that come with the gateway.
func bundledModules() (modules, error) {
	all := modules{}
	for _, name := range plugins.Names() {
		m, err := bundledModule(name)
		if err != nil {
			return nil, err
		}
		all[name] = m
	}
	return all, nil
}
