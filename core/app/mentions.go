package app

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/guard"
)

// named finds the plugin of some kind that a place in the configuration names, nil after reporting why it can't be that.
func (p *planner) named(m config.Mention, kinds ...string) *terms {
	if t := p.terms[m.Name]; t != nil {
		if k := t.module.manifest.Kind; !slices.Contains(kinds, k) {
			p.report(m.At.Finding(config.Error, "plugin %s is of kind %s, not %s", m.Name, k, strings.Join(kinds, " or ")))
			return nil
		}
		return t
	}
	if off := p.off[m.Name]; off != nil {
		p.report(m.At.Finding(config.Error, "plugin %s is disabled on line %d", m.Name, off.At.Pos().Line))
		return nil
	}
	f := m.At.Finding(config.Error, "no %s plugin is called %q", strings.Join(kinds, " or "), m.Name)
	if strings.Contains(m.Name, ".") {
		f.Message += ": Python code does not run here"
	}
	p.report(f.Meaning(m.Name, p.namesOf(kinds...)))
	return nil
}

// namesOf lists the plugins of some kinds.
func (p *planner) namesOf(kinds ...string) []string {
	var names []string
	for _, name := range p.modules.names() {
		if slices.Contains(kinds, p.modules[name].manifest.Kind) {
			names = append(names, name)
		}
	}
	return names
}

// use notes that a plugin is put to work, and reports what keeps it from that.
func (p *planner) use(t *terms, at config.Ref) {
	name := t.module.manifest.Name
	p.used[name] = true
	if t.settings == nil {
		p.findings = append(p.findings, checkSettings(t.module.manifest, nil, at)...)
	}
	for _, problem := range t.problems() {
		p.report(at.Finding(config.Error, "plugin %s can't be used: %s", name, problem))
	}
}

// guardrails plans the list guardrails.
func (p *planner) guardrails() {
	for i := range p.config.Guardrails {
		g := &p.config.Guardrails[i]
		t := p.named(g.Plugin, "guard")
		if t == nil {
			continue
		}
		if g.Settings != nil {
			t = t.with(g.Settings)
			p.findings = append(p.findings, checkSettings(t.module.manifest, g.Settings, g.At.To("litellm_params", "settings"))...)
		}
		p.use(t, g.Plugin.At)
		var modes guard.Mode
		for _, name := range g.Modes {
			mode, _ := guard.ParseMode(name)
			modes |= mode
		}
		p.guard(t, guard.Guard{Name: g.Name, Modes: modes, DefaultOn: g.DefaultOn, Info: g.Info}, g.At.To("litellm_params", "mode"))
	}
}

func (p *planner) guard(t *terms, g guard.Guard, at config.Ref) {
	checked := g
	checked.Plugin = t.plugin(nil)
	if err := checked.Check(); err != nil {
		p.report(at.Finding(config.Error, "%s", err))
	}
	p.guards = append(p.guards, plannedGuard{g, t})
}

// callbacks plans the plugins that litellm_settings name.
func (p *planner) callbacks() {
	l := &p.config.LiteLLM
	for _, m := range l.Callbacks {
		if !p.isPlugin(m) {
			p.foreign(m, true)
			continue
		}
		t := p.named(m, "guard", "observer")
		switch {
		case t == nil:
		case t.module.manifest.Kind == "guard":
			p.always(t, m)
		default:
			p.observe(t, m, true, true)
		}
	}
	p.hear(l.SuccessCallbacks, true, false)
	p.hear(l.FailureCallbacks, false, true)
}

func (p *planner) isPlugin(m config.Mention) bool {
	return p.terms[m.Name] != nil || p.off[m.Name] != nil
}

// always plans a guard that runs on every request wherever it can.
func (p *planner) always(t *terms, m config.Mention) {
	if i := slices.IndexFunc(p.guards, func(g plannedGuard) bool { return g.Name == m.Name }); i >= 0 {
		p.report(m.At.Finding(config.Error, "a guard is called %q already", m.Name))
		return
	}
	p.use(t, m.At)
	var modes guard.Mode
	for _, hook := range t.module.manifest.Hooks {
		switch hook {
		case "input":
			modes |= guard.PreCall
		case "output", "window":
			modes |= guard.PostCall
		}
	}
	p.guard(t, guard.Guard{Name: m.Name, Modes: modes, DefaultOn: true}, m.At)
}

// hear plans observers of one outcome.
func (p *planner) hear(mentions []config.Mention, success, failure bool) {
	for _, m := range mentions {
		if !p.isPlugin(m) {
			p.foreign(m, false)
		} else if t := p.named(m, "observer"); t != nil {
			p.observe(t, m, success, failure)
		}
	}
}

func (p *planner) observe(t *terms, m config.Mention, success, failure bool) {
	i := slices.IndexFunc(p.observers, func(o plannedObserver) bool { return o.terms == t })
	if i < 0 {
		p.use(t, m.At)
		i = len(p.observers)
		p.observers = append(p.observers, plannedObserver{terms: t})
	}
	o := &p.observers[i]
	o.success, o.failure = o.success || success, o.failure || failure
}

// custom plans the router and the check of keys.
func (p *planner) custom() {
	if m := p.config.Router.Strategy; m.Name != "" && !slices.Contains(config.Strategies, m.Name) {
		p.router = p.strategy(m)
	}
	if m := p.config.General.CustomAuth; m.Name != "" {
		if p.auth = p.named(m, "auth"); p.auth != nil {
			p.use(p.auth, m.At)
		}
	}
}

func (p *planner) strategy(m config.Mention) *terms {
	if !p.isPlugin(m) {
		known := slices.Concat(config.Strategies, p.namesOf("router"))
		p.report(m.At.Finding(config.Error, "expected one of %s, or the name of a router plugin, found %q",
			strings.Join(config.Strategies, ", "), m.Name).Meaning(m.Name, known))
		return nil
	}
	t := p.named(m, "router")
	if t != nil {
		p.use(t, m.At)
	}
	return t
}
