package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// pluginSet knows the plugins at hand and loads each when it is first needed.
type pluginSet struct {
	runtime  *host.Runtime
	registry *provider.Registry

	mu      sync.Mutex
	entries map[string]*pluginEntry
}

type pluginEntry struct {
	manifest *hostabi.Manifest
	wasm     func() ([]byte, error)
	once     sync.Once
	plugin   *host.Plugin
	err      error
}

// newPluginSet collects the bundled plugins and those of dir, which take the place of bundled ones of the same name.
func newPluginSet(r *host.Runtime, dir string) (*pluginSet, error) {
	s := &pluginSet{runtime: r, entries: map[string]*pluginEntry{}}
	for _, name := range plugins.Names() {
		m, err := plugins.Manifest(name)
		if err != nil {
			return nil, err
		}
		s.entries[name] = &pluginEntry{manifest: m, wasm: func() ([]byte, error) {
			module, err := plugins.Open(name)
			return module.Wasm, err
		}}
	}
	if err := s.addFolder(dir); err != nil {
		return nil, err
	}
	var manifests []*hostabi.Manifest
	for _, name := range slices.Sorted(maps.Keys(s.entries)) {
		manifests = append(manifests, s.entries[name].manifest)
	}
	var err error
	s.registry, err = provider.NewRegistry(manifests)
	return s, err
}

func (s *pluginSet) addFolder(dir string) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the plugins folder: %w", err)
	}
	for _, f := range files {
		if f.IsDir() || !strings.HasSuffix(f.Name(), ".wasm") {
			continue
		}
		wasm, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return fmt.Errorf("read plugin: %w", err)
		}
		m, err := pack.Manifest(wasm)
		if err != nil {
			return fmt.Errorf("plugin %s: %w", f.Name(), err)
		}
		if want := strings.TrimSuffix(f.Name(), ".wasm"); m.Name != want {
			return fmt.Errorf("plugin %s calls itself %q: name the file after it", f.Name(), m.Name)
		}
		s.entries[m.Name] = &pluginEntry{manifest: m, wasm: func() ([]byte, error) { return wasm, nil }}
	}
	return nil
}

// get loads a plugin at its first use.
func (s *pluginSet) get(name string) (*host.Plugin, error) {
	s.mu.Lock()
	e := s.entries[name]
	s.mu.Unlock()
	if e == nil {
		return nil, fmt.Errorf("no plugin is called %q", name)
	}
	e.once.Do(func() { e.plugin, e.err = s.load(e) })
	return e.plugin, e.err
}

func (s *pluginSet) load(e *pluginEntry) (*host.Plugin, error) {
	wasm, err := e.wasm()
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{"vendors": e.manifest.Vendors})
	if err != nil {
		return nil, fmt.Errorf("configure plugin %s: %w", e.manifest.Name, err)
	}
	return s.runtime.Load(context.Background(), e.manifest.Name, wasm, config)
}

// loadAll loads every plugin, side by side: a wildcard may lead to any of them.
func (s *pluginSet) loadAll() {
	var wait sync.WaitGroup
	for name := range s.entries {
		wait.Go(func() { s.get(name) })
	}
	wait.Wait()
}
