package app

import (
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/trust"
)

// status describes the plugins at hand and the files that are not in force, by name.
func (a *App) status() []endpoint.Plugin {
	l := a.plugins
	l.mu.Lock()
	serving, rejected := l.current, l.rejected
	draining := map[string]int{}
	for key, v := range l.variants {
		if serving.variants[key] != v && v.tried.Load() {
			draining[v.name()]++
		}
	}
	l.mu.Unlock()
	list := []endpoint.Plugin{}
	for _, name := range serving.have.names() {
		shown := serving.status(serving.have[name])
		shown.Draining = draining[name]
		shown.Lock = a.lockState(serving.have[name])
		a.decisions(&shown)
		if r, ok := rejected[name]; ok {
			shown.LastError = r.why
		}
		list = append(list, shown)
	}
	for _, name := range slices.Sorted(maps.Keys(rejected)) {
		if serving.have[name] == nil {
			list = append(list, failedFile(name, rejected[name]))
		}
	}
	slices.SortStableFunc(list, func(a, b endpoint.Plugin) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// failedFile is a file of the plugins folder in whose place nothing serves.
func failedFile(name string, r rejection) endpoint.Plugin {
	return endpoint.Plugin{Name: name, Source: "file", State: "failed", SHA256: r.sum.text(), LastError: r.why, Vendors: []string{},
		Hooks: []string{}, UsedBy: []string{}, Upstreams: []endpoint.PluginUpstream{}, Asked: grants(nil, nil, nil, 0, false),
		Granted: grants(nil, nil, nil, 0, false)}
}

func (a *App) lockState(m *module) string {
	if m.bundled() {
		return ""
	}
	l, err := trust.ReadLock(a.policy(a.plugins.serving().config).LockFile)
	if err != nil {
		return "not locked"
	}
	if e := l.Find(m.manifest.Name); e == nil || e.SHA256 != m.digest().text() {
		return "not locked"
	}
	return "locked"
}

func (c *cast) status(m *module) endpoint.Plugin {
	shown := describe(m)
	t := c.terms[m.manifest.Name]
	if t == nil {
		shown.State = "disabled"
		return shown
	}
	shown.UsedBy = c.uses(m)
	shown.Granted = grants(t.text, t.grants.Headers, t.grants.Upstreams, t.kv, t.grants.Match)
	shown.Limits = t.limits()
	if m.manifest.Kind != "provider" {
		shown.Fail = map[bool]string{true: "open", false: "closed"}[t.failOpen]
	}
	for _, s := range t.services {
		shown.Upstreams = append(shown.Upstreams, endpoint.PluginUpstream{Name: s.name, Host: s.host, Problem: s.problem})
	}
	c.figures(m, &shown)
	return shown
}

// describe is what the manifest says.
func describe(m *module) endpoint.Plugin {
	f := m.manifest
	shown := endpoint.Plugin{Name: f.Name, Version: f.Version, Kind: f.Kind, About: f.About, Source: m.source(), SHA256: m.digest().text(),
		State: "available", Vendors: []string{}, Hooks: list(f.Hooks), UsedBy: []string{}, Upstreams: []endpoint.PluginUpstream{},
		Isolation: cmp.Or(f.Isolation, "shared"), Granted: grants(nil, nil, nil, 0, false)}
	for _, v := range f.Vendors {
		shown.Vendors = append(shown.Vendors, v.Name)
	}
	var upstreams []string
	for _, u := range f.Needs.Upstreams {
		upstreams = append(upstreams, u.Name)
	}
	shown.Asked = grants(f.Needs.Text, f.Needs.Headers, upstreams, f.Needs.KV, f.Needs.Match)
	return shown
}

func grants(text, headers, upstreams []string, kv int, match bool) endpoint.PluginGrants {
	return endpoint.PluginGrants{Text: list(text), Headers: list(headers), Upstreams: list(upstreams), KV: kv, Match: match}
}

// list makes [] of nothing, where JSON would have null.
func list(l []string) []string { return append([]string{}, l...) }

// limits are those in force.
func (t *terms) limits() endpoint.PluginLimits {
	g, usual := &t.grants, &defaultLimits
	return endpoint.PluginLimits{Memory: cmp.Or(g.Memory, usual.Memory), Fuel: cmp.Or(g.Fuel, usual.Fuel), FuelByte: cmp.Or(g.FuelByte, usual.FuelByte),
		Contexts: cmp.Or(g.Contexts, usual.Contexts), Calls: cmp.Or(g.Calls, usual.Calls)}
}

// uses lists where a plugin is put to work.
func (p *plan) uses(m *module) []string {
	uses := []string{}
	for i := range p.guards {
		if g := &p.guards[i]; g.terms.module == m {
			uses = append(uses, "guardrail "+g.Name+" ("+strings.Join(g.Modes.Names(), ", ")+")"+map[bool]string{true: ", always"}[g.DefaultOn])
		}
	}
	for _, o := range p.observers {
		if o.terms.module == m {
			uses = append(uses, "observer"+map[bool]string{true: " of successes"}[!o.failure]+map[bool]string{true: " of failures"}[!o.success])
		}
	}
	if p.router != nil && p.router.module == m {
		uses = append(uses, "router")
	}
	if p.auth != nil && p.auth.module == m {
		uses = append(uses, "custom_auth")
	}
	return uses
}

// text is "" for what could not be read.
func (d digest) text() string {
	if d == (digest{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}
