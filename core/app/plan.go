package app

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/guard"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi"
)

// plan is what a configuration makes of the plugins at hand: who runs, and on which terms. Nothing is loaded for it. It is
// immutable once it is made.
type plan struct {
	config    *config.Config
	have      modules // all plugins at hand
	modules   modules // those of them that are not disabled
	registry  *provider.Registry
	terms     map[string]*terms // with the settings under plugins, by name
	guards    []plannedGuard
	observers []plannedObserver
	router    *terms // nil = the default strategy
	auth      *terms // nil = the keys alone decide
	findings  []config.Finding
	clash     error // why the plugins can't serve together
}

type plannedGuard struct {
	guard.Guard // without its plugin
	terms       *terms
}

// plannedObserver hears of exchanges that succeed, that fail or both.
type plannedObserver struct {
	terms            *terms
	success, failure bool
}

// err is why the plan can't be carried out, nil when it can.
func (p *plan) err() error {
	if p.clash != nil {
		return p.clash
	}
	if wrong := p.errors(); len(wrong) > 0 {
		return &config.Errors{Findings: wrong}
	}
	return nil
}

func (p *plan) errors() []config.Finding {
	var all []config.Finding
	for _, f := range p.findings {
		if f.Level == config.Error {
			all = append(all, f)
		}
	}
	return all
}

// worse returns an error that p has and before has not, nil when there is none.
func (p *plan) worse(before *plan) error {
	if p.clash != nil && (before.clash == nil || before.clash.Error() != p.clash.Error()) {
		return p.clash
	}
	for _, f := range p.errors() {
		if !slices.Contains(before.findings, f) {
			return errors.New(f.String())
		}
	}
	return nil
}

// planner makes a plan.
type planner struct {
	*plan
	getenv  func(string) (string, bool)
	clients *guest.Clients
	policy  trust.Policy

	off       map[string]*config.Plugin // disabled plugins
	operators map[string]*config.Plugin
	used      map[string]bool
}

// make turns a configuration and plugins into a plan.
func (p *planner) make(c *config.Config, all modules) *plan {
	p.plan = &plan{config: c, have: all, modules: modules{}, terms: map[string]*terms{}}
	p.off, p.operators, p.used = map[string]*config.Plugin{}, map[string]*config.Plugin{}, map[string]bool{}
	p.choose(all)
	p.registry, p.clash = registryOf(p.modules)
	for _, name := range p.modules.names() {
		p.terms[name] = p.termsOf(p.modules[name])
	}
	p.guardrails()
	p.callbacks()
	p.custom()
	p.routes()
	p.idle()
	slices.SortStableFunc(p.findings, func(a, b config.Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	p.findings = slices.Compact(p.findings)
	return p.plan
}

func (p *planner) report(f config.Finding) { p.findings = append(p.findings, f) }

// choose takes the plugins that are not disabled.
func (p *planner) choose(all modules) {
	for i := range p.config.Plugins {
		op := &p.config.Plugins[i]
		p.operators[op.Name] = op
		if op.Disabled {
			p.off[op.Name] = op
		}
		if all[op.Name] != nil {
			continue
		}
		f := op.At.KeyFinding(config.Error, "no plugin is called %q", op.Name)
		if op.Disabled {
			f.Level = config.Warning
		}
		p.report(f.Meaning(op.Name, all.names()))
	}
	for name, m := range all {
		if p.off[name] == nil {
			p.modules[name] = m
		}
	}
}

// registryOf fails when two plugins claim the same provider.
func registryOf(all modules) (*provider.Registry, error) {
	var manifests []*hostabi.Manifest
	for _, name := range all.names() {
		manifests = append(manifests, all[name].manifest)
	}
	return provider.NewRegistry(manifests)
}

func (p *planner) termsOf(m *module) *terms {
	op := p.operators[m.manifest.Name]
	if op == nil {
		op = &config.Plugin{}
	}
	n := &narrowing{module: m, manifest: m.manifest, operator: op, report: p.report}
	t := n.terms()
	p.upstreams(n, t)
	p.pin(m, op)
	if op.Settings != nil {
		p.findings = append(p.findings, checkSettings(m.manifest, op.Settings, op.At.To("settings"))...)
	}
	return t
}

// pin compares the module with the one that the operator wants.
func (p *planner) pin(m *module, op *config.Plugin) {
	if op.SHA256 == "" {
		return
	}
	sum := m.digest()
	if sum == (digest{}) {
		if _, err := m.open(); err != nil {
			p.clash = err
			return
		}
		sum = m.digest()
	}
	if sum.text() != op.SHA256 {
		p.report(op.At.To("sha256").Finding(config.Error, "plugin %s is another module: %s", m.manifest.Name, sum.text()))
	}
}

// idle tells of plugins that the configuration sets up, that want something they don't get, and that nobody uses: who
// uses one is told there.
func (p *planner) idle() {
	for name, op := range p.operators {
		t := p.terms[name]
		if t == nil || p.used[name] {
			continue
		}
		for _, s := range t.services {
			if s.problem != "" && !s.reported {
				p.report(op.At.KeyFinding(config.Warning, "plugin %s: %s", name, s.problem))
			}
		}
	}
}
