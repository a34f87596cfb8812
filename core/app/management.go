package app

import (
	"encoding/json"
	"slices"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/admin"
	"github.com/sluice-gateway/sluice/core/server"
)

// management makes the API that keys, teams and the rest are managed with.
func (a *App) management() []server.Route {
	if a.books == nil {
		return nil
	}
	api := &admin.API{Store: a.books.store, Log: a.opts.Log, Authorize: a.api.Authorize, Changed: a.books.changed,
		Permissions: a.permissions, Settings: a.managed.Load}
	var routes []server.Route
	for _, r := range slices.Concat(api.KeyRoutes()) {
		routes = append(routes, server.Route{Method: r.Method, Path: r.Path, Handler: r.Handler})
	}
	return routes
}

// permissions are the names of plugins and guards that a key can be given or denied.
func (a *App) permissions() []string {
	var names []string
	for _, p := range a.status() {
		if p.Kind == "guard" {
			names = append(names, p.Name)
		}
	}
	a.reload.Lock()
	defer a.reload.Unlock()
	for i := range a.config.Guardrails {
		names = append(names, a.config.Guardrails[i].Name)
	}
	return names
}

// manage takes over what a configuration says about management.
func (a *App) manage(c *config.Config) {
	s := &admin.Settings{MasterKeyHash: admin.HashKey(c.General.MasterKey), AuditLog: c.LiteLLM.AuditLog}
	for _, p := range []struct {
		from json.RawMessage
		into *admin.Params
	}{{c.LiteLLM.DefaultKeyParams, &s.DefaultKeyParams}, {c.LiteLLM.UpperboundKeyParams, &s.UpperboundKeyParams}} {
		if p.from != nil {
			json.Unmarshal(p.from, p.into) // the configuration saw to it that it is an object
		}
	}
	a.managed.Store(s)
}
