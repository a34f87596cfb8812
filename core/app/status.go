package app

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core/endpoint"
)

// source says where the plugin comes from.
func (p *plugin) source() string {
	if p.file {
		return "file"
	}
	return "bundled"
}

// status describes the plugins in force and the files that are not, by name.
func (l *library) status() []endpoint.Plugin {
	l.mu.Lock()
	set, rejected := l.current, l.rejected
	draining := map[string]int{}
	for p := range l.replaced {
		draining[p.manifest.Name]++
	}
	l.mu.Unlock()
	list := []endpoint.Plugin{}
	for _, name := range set.names() {
		shown := set.plugins[name].status()
		shown.Draining = draining[name]
		if r, ok := rejected[name]; ok {
			shown.LastError = r.why
		}
		list = append(list, shown)
	}
	for _, name := range slices.Sorted(maps.Keys(rejected)) {
		if set.plugins[name] == nil {
			list = append(list, endpoint.Plugin{Name: name, Source: "file", State: "failed", Vendors: []string{},
				SHA256: rejected[name].sum.text(), LastError: rejected[name].why})
		}
	}
	slices.SortStableFunc(list, func(a, b endpoint.Plugin) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (p *plugin) status() endpoint.Plugin {
	m := p.manifest
	shown := endpoint.Plugin{Name: m.Name, Version: m.Version, Kind: m.Kind, About: m.About, Source: p.source(), State: "available",
		Vendors: []string{}}
	for _, v := range m.Vendors {
		shown.Vendors = append(shown.Vendors, v.Name)
	}
	if !p.tried.Load() {
		if p.file {
			shown.SHA256 = p.sum.text()
		}
		return shown
	}
	shown.SHA256 = p.sum.text()
	if p.err != nil {
		shown.State, shown.LastError = "failed", p.err.Error()
		return shown
	}
	s := p.loaded.Stats()
	shown.State, shown.LastError = "loaded", s.LastTrap
	shown.Instances, shown.InFlight, shown.Events, shown.Traps, shown.Replaced = s.Instances, s.InFlight, s.Events, s.Traps, s.Replaced
	return shown
}

// text is "" for what could not be read.
func (d digest) text() string {
	if d == (digest{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}
