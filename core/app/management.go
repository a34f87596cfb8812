package app

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/admin"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/server"
)

// management makes the API that keys, teams and the rest are managed with.
func (a *App) management() []server.Route {
	if a.books == nil {
		return nil
	}
	api := &admin.API{Store: a.books.store, Log: a.opts.Log, Authorize: a.api.Authorize, Changed: a.books.announce,
		Permissions: a.permissions, Settings: a.managed.Load, Serves: a.serves, Cost: a.costOf, Count: endpoint.CountMessages,
		Backlog: a.books.spool.Backlog}
	prune := api.Prune
	a.books.prune.Store(&prune)
	var routes []server.Route
	for _, r := range slices.Concat(api.KeyRoutes(), api.TeamRoutes(), api.UserRoutes(), api.CustomerRoutes(), api.OrganizationRoutes(),
		api.BudgetRoutes(), api.SpendRoutes(), api.AuditRoutes()) {
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
	for _, g := range a.pipeline.State().Guards.All() {
		names = append(names, g.Name)
	}
	return names
}

// serves reports whether a name leads to a model.
func (a *App) serves(model string) bool { return a.pipeline.State().Known(model) }

// costOf prices a call of a model, or of a group's first deployment.
func (a *App) costOf(model string, prompt, completion int) (core.USD, bool) {
	s := a.pipeline.State()
	if r := s.First(model); r != nil && r.InputPrice+r.OutputPrice > 0 {
		return core.Dollars(float64(prompt)*r.InputPrice + float64(completion)*r.OutputPrice), true
	}
	m, ok := catalog.Lookup("", model)
	return core.Dollars(m.Cost(catalog.Tokens{Prompt: prompt, Completion: completion})), ok
}

// manage takes over what a configuration says about management.
func (a *App) manage(c *config.Config) {
	s := &admin.Settings{MasterKeyHash: admin.HashKey(c.General.MasterKey), AuditLog: c.LiteLLM.AuditLog}
	if c.General.HideMasterKeyHash {
		s.MasterKeyName = core.MasterKeyName
	}
	if m := c.LiteLLM.MaxBudget; m != nil {
		s.MaxBudget = core.Dollars(*m)
	}
	if p, err := core.ParsePeriod(c.General.SpendRetention); err == nil {
		now := time.Now()
		s.SpendRetention = p.After(now).Sub(now)
	}
	for _, p := range []struct {
		from json.RawMessage
		into *admin.Params
	}{{c.LiteLLM.DefaultKeyParams, &s.DefaultKeyParams}, {c.LiteLLM.UpperboundKeyParams, &s.UpperboundKeyParams}} {
		if p.from != nil {
			json.Unmarshal(p.from, p.into) // the configuration saw to it that it is an object
		}
	}
	s.DefaultUserParams, s.AvailableTeams = userParams(c.LiteLLM.DefaultUserParams)
	a.managed.Store(s)
}

// userParams parts litellm_settings.default_internal_user_params: what new users get, and which teams users may join.
func userParams(raw json.RawMessage) (params admin.Params, teams []string) {
	if raw == nil {
		return nil, nil
	}
	json.Unmarshal(raw, &params) // the configuration saw to it that it is an object
	json.Unmarshal(params["available_teams"], &teams)
	delete(params, "available_teams")
	return params, teams
}
