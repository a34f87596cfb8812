package app

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// terms are what a plugin runs on: what its manifest asks for and the operator leaves of that, and its settings.
type terms struct {
	module    *module
	settings  json.RawMessage // nil = none
	grants    host.Grants     // without the store
	kv        int             // bytes
	text      []string
	failOpen  bool
	services  []service
	upstreams map[string]*guest.Upstream // those that can be called
}

// service is an upstream that the plugin asks for.
type service struct {
	name, host string // host is where it is, "" when nobody says
	problem    string // why it can't be called, "" when it can
	reported   bool   // … where the operator wrote it
}

// problems says what keeps the plugin from working.
func (t *terms) problems() []string {
	var all []string
	for _, s := range t.services {
		if s.problem != "" {
			all = append(all, s.problem)
		}
	}
	return all
}

// with returns the terms with other settings.
func (t *terms) with(settings json.RawMessage) *terms {
	other := *t
	other.settings = settings
	return &other
}

// key tells terms apart that need a plugin loaded of its own: those that the guest can notice.
func (t *terms) key() string {
	return fmt.Sprintf("%p %d %+v %s", t.module, t.kv, t.grants, t.settings)
}

// plugin is what the parts that call guests are given.
func (t *terms) plugin(loaded *host.Plugin) *guest.Plugin {
	m := t.module.manifest
	p := &guest.Plugin{Name: m.Name, Version: m.Version, Host: loaded, Kind: m.Kind, Hooks: map[string]bool{},
		Lookahead: m.Lookahead, FailOpen: t.failOpen, Upstreams: t.upstreams}
	for _, h := range m.Hooks {
		p.Hooks[h] = true
	}
	for name, role := range roles {
		p.Roles[role] = slices.Contains(t.text, name)
	}
	return p
}

// roles are the names that manifests have for whose text a segment is.
var roles = map[string]hostabi.Role{
	"system": hostabi.RoleSystem, "user": hostabi.RoleUser, "assistant": hostabi.RoleAssistant, "tool": hostabi.RoleTool,
}
