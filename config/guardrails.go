package config

import (
	"encoding/json"
	"slices"
)

// Guardrail is one entry of the list guardrails: a guard plugin under a name that requests, keys and teams can use.
type Guardrail struct {
	Name      string // guardrail_name
	Plugin    Mention
	Modes     []string // pre_call, during_call, post_call, logging_only
	DefaultOn bool     // it runs on every request
	// Settings take the place of the plugin's own as a whole; nil when absent.
	Settings json.RawMessage
	Info     json.RawMessage // guardrail_info, a JSON object; nil when absent
	At       Ref             `json:"-"`
}

// guardrailDraft is one entry in the making.
type guardrailDraft struct {
	name         string
	params, info *node
}

// guardrailParams are the litellm_params of an entry.
type guardrailParams struct {
	plugin    Mention
	modes     []string
	defaultOn bool
	settings  *node
}

var guardrailFields = table[guardrailDraft]{
	set("guardrail_name", words, func(g *guardrailDraft) *string { return &g.name }, "name that requests use").guards(guardOff).acts(),
	set("litellm_params", pairs, func(g *guardrailDraft) **node { return &g.params }, "which guard, and when it runs").guards(guardOff).acts(),
	set("guardrail_info", pairs, func(g *guardrailDraft) **node { return &g.info }, "notes for clients").acts(),
}

// guardrailModes are when a guard can run.
var guardrailModes = []string{"pre_call", "during_call", "post_call", "logging_only"}

var guardrailParamFields = table[guardrailParams]{
	set("guardrail", mention, func(g *guardrailParams) *Mention { return &g.plugin }, "name of the guard plugin").guards(guardOff).acts(),
	set("mode", listOf("a list of "+oneOf(guardrailModes...).want, oneOf(guardrailModes...)), func(g *guardrailParams) *[]string { return &g.modes }, "when it runs").guards(guardOff).acts(),
	set("default_on", yesNo, func(g *guardrailParams) *bool { return &g.defaultOn }, "run on every request, not only on those that name it").guards(guardOff).acts(),
	set("settings", pairs, func(g *guardrailParams) **node { return &g.settings }, "settings of the plugin in place of those under plugins; not in LiteLLM").guards(guardOff).acts(),
}

// forUpstreams are litellm_params of LiteLLM's own guards, which say where a service is.
var forUpstreams = []string{"api_key", "api_base"}

func readGuardrails(d *diagnosis, n *node) []Guardrail {
	if n == nil {
		return nil
	}
	var all []Guardrail
	lines := map[string]int{}
	for _, item := range n.items {
		g, ok := readGuardrail(d, item)
		if !ok {
			continue
		}
		if line := lines[g.Name]; line > 0 {
			d.errorf(item.place, "guardrail_name %q is already used on line %d", g.Name, line)
			continue
		}
		lines[g.Name] = item.Line
		all = append(all, g)
	}
	return all
}

func readGuardrail(d *diagnosis, n *node) (Guardrail, bool) {
	var g guardrailDraft
	if !guardrailFields.strict(d, n, &g) {
		return Guardrail{}, false
	}
	if g.name == "" || g.params == nil {
		d.errorf(n.place, "guardrail_name and litellm_params are required")
		return Guardrail{}, false
	}
	p, ok := readGuardrailParams(d, g.params)
	if !ok {
		return Guardrail{}, false
	}
	made := Guardrail{Name: g.name, Plugin: p.plugin, Modes: p.modes, DefaultOn: p.defaultOn, Settings: settingsOf(d, p.settings), At: Ref{node: n}}
	if g.info != nil {
		made.Info = jsonOf(g.info)
	}
	return made, true
}

func readGuardrailParams(d *diagnosis, n *node) (p guardrailParams, ok bool) {
	guardrailParamFields.decode(d, n, &p, func(e entry) {
		if slices.Contains(forUpstreams, e.key) {
			d.errorf(e.at(), "guards are plugins here: where a plugin's service is, and its key, belong under plugins.NAME.upstreams")
			return
		}
		guardrailParamFields.unknown(d, e)
	})
	for _, key := range []string{"guardrail", "mode"} {
		if given := n.get(key); given == nil || given.kind == null || given.kind == list && len(given.items) == 0 {
			d.errorf(n.place, "%s is required", key)
		}
	}
	return p, p.plugin.Name != "" && len(p.modes) > 0
}
