package app

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/plugins"
)

// pluginSet is the plugins that serve together, one version of each. It is immutable.
type pluginSet struct {
	runtime  *host.Runtime
	plugins  map[string]*plugin
	registry *provider.Registry
}

// newPluginSet fails when two plugins claim the same provider.
func newPluginSet(r *host.Runtime, members map[string]*plugin) (*pluginSet, error) {
	s := &pluginSet{runtime: r, plugins: members}
	var manifests []*hostabi.Manifest
	for _, name := range s.names() {
		manifests = append(manifests, members[name].manifest)
	}
	var err error
	s.registry, err = provider.NewRegistry(manifests)
	return s, err
}

// firstPluginSet collects the bundled plugins and those of dir, which take the place of bundled ones of the same name.
func firstPluginSet(r *host.Runtime, dir string) (*pluginSet, map[string]digest, error) {
	members := map[string]*plugin{}
	for _, name := range plugins.Names() {
		p, err := bundledPlugin(name)
		if err != nil {
			return nil, nil, err
		}
		members[name] = p
	}
	files, err := readModules(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if members[name], err = filePlugin(name, files[name]); err != nil {
			return nil, nil, err
		}
	}
	s, err := newPluginSet(r, members)
	return s, sumsOf(files), err
}

func sumsOf(files map[string]moduleFile) map[string]digest {
	sums := make(map[string]digest, len(files))
	for name, f := range files {
		sums[name] = f.sum
	}
	return sums
}

func (s *pluginSet) names() []string { return slices.Sorted(maps.Keys(s.plugins)) }

// with returns a set that differs in some plugins; nil takes one away.
func (s *pluginSet) with(changes ...change) (*pluginSet, error) {
	members := maps.Clone(s.plugins)
	for _, c := range changes {
		if c.plugin == nil {
			delete(members, c.name)
		} else {
			members[c.name] = c.plugin
		}
	}
	return newPluginSet(s.runtime, members)
}

// get loads a plugin at its first use.
func (s *pluginSet) get(name string) (*host.Plugin, error) {
	p := s.plugins[name]
	if p == nil {
		return nil, fmt.Errorf("no plugin is called %q", name)
	}
	return p.load(s.runtime)
}

// load loads plugins side by side. Those that fail say so when they are asked for.
func (s *pluginSet) load(names []string) {
	var wait sync.WaitGroup
	for _, name := range names {
		wait.Go(func() { s.get(name) })
	}
	wait.Wait()
}
