package app

import (
	"bytes"
	"cmp"
	"encoding/json"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
)

// state turns a cast and its configuration into what the pipeline runs on. It changes nothing that runs. The cast is kept
// until the state is idle.
func (a *App) state(c *cast) *pipeline.State {
	set := c.config
	s := &pipeline.State{
		Settings: a.settings(set),
		Keys:     auth.New(set.General.MasterKey, set.General.KeyHeader),
		Rules:    rules(set),
		Routes:   map[*core.Deployment]*pipeline.Route{},
		Builder:  &provider.Builder{Registry: c.registry, Client: a.client, Plugin: c.get, Getenv: a.environment(set)},
	}
	if a.books != nil {
		if set.General.HideMasterKeyHash {
			s.Keys = s.Keys.WithoutHash()
		}
		s.Keys, s.Accounting = s.Keys.WithAccounts(a.books.accounts), a.books.accounting(set)
	}
	a.staff(s, c)
	var deployments []*core.Deployment
	for i := range set.Models {
		m := &set.Models[i]
		d := deployment(m)
		deployments = append(deployments, d)
		r := a.route(s.Builder, m, set.LiteLLM.DropParams)
		r.InputPrice, r.OutputPrice = expectedPrice(d, r)
		s.Routes[d] = r
		d.Unusable = !isPattern(m) && (r.Target == nil || r.Target.Unusable() != nil)
	}
	var aliases []route.Alias
	for _, alias := range set.Router.Aliases {
		aliases = append(aliases, route.Alias{Name: alias.Name, Group: alias.Model, Hidden: alias.Hidden})
	}
	s.Table = route.NewTable(deployments, aliases)
	return s
}

// environment looks a variable up as the process has it, else as the configuration sets it.
func (a *App) environment(c *config.Config) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := a.opts.Getenv(name); ok {
			return v, true
		}
		v, ok := c.EnvironmentVariables[name]
		return v, ok
	}
}

// defaultTimeout is LiteLLM's request_timeout when nothing sets it.
const defaultTimeout = 6000 * time.Second

func (a *App) settings(c *config.Config) pipeline.Settings {
	s := pipeline.Settings{
		Timeout: defaultTimeout, Retries: route.DefaultRetries,
		MaxRequest: sizeLimit(c.General.MaxRequestSize), MaxResponse: sizeLimit(c.General.MaxResponseSize),
		BlockRobots: c.General.BlockRobots, HealthDetails: true, UserModel: a.opts.UserModel,
		Enforced: enforced(c),
	}
	if t := c.Router.Timeout; t != nil && *t > 0 {
		s.Timeout = *t
	}
	if t := c.Router.StreamTimeout; t != nil {
		s.StreamTimeout = *t
	}
	if n := c.Router.NumRetries; n != nil {
		s.Retries = *n
	}
	if t := c.Router.RetryAfter; t != nil {
		s.RetryAfter = *t
	}
	if d := c.General.HealthCheckDetails; d != nil {
		s.HealthDetails = *d
	}
	s.Override[core.Chat], s.Override[core.Completions] = c.General.CompletionModel, c.General.CompletionModel
	s.Override[core.Embeddings], s.Override[core.Moderations] = c.General.EmbeddingModel, c.General.ModerationModel
	return s
}

func sizeLimit(mb *float64) core.SizeLimit {
	if mb == nil {
		return 0
	}
	return core.SizeLimit(max(*mb, 0))
}

func deployment(m *config.Deployment) *core.Deployment {
	p := &m.Params
	d := &core.Deployment{ID: m.ID, Group: m.ModelName, Model: p.Model, BaseModel: m.Info.BaseModel,
		AccessGroups: m.Info.AccessGroups, Weight: p.Weight, RPM: float(p.RPM), TPM: float(p.TPM), Retries: -1}
	if p.Timeout != nil {
		d.Timeout = *p.Timeout
	}
	if p.StreamTimeout != nil {
		d.StreamTimeout = *p.StreamTimeout
	}
	if p.NumRetries != nil {
		d.Retries = *p.NumRetries
	} else if p.MaxRetries != nil {
		d.Retries = *p.MaxRetries
	}
	d.InputCost, d.OutputCost = price(p.Prices, "input_cost_per_token"), price(p.Prices, "output_cost_per_token")
	return d
}

func float(n *int) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}

// expectedPrice is what a token of a deployment's prompts and answers costs, to reserve money by before the call.
func expectedPrice(d *core.Deployment, r *pipeline.Route) (input, output float64) {
	if d.InputCost != nil || d.OutputCost != nil {
		return *cmp.Or(d.InputCost, new(float64)), *cmp.Or(d.OutputCost, new(float64))
	}
	provider, model := "", d.BaseModel
	if model == "" && r.Target != nil {
		provider, model = r.Target.Vendor.Name, r.Target.Model
	}
	m, _ := catalog.Lookup(provider, model)
	return m.Rates.InputPerToken, m.Rates.OutputPerToken
}

func price(prices map[string]float64, name string) *float64 {
	if v, ok := prices[name]; ok {
		return &v
	}
	return nil
}

// route makes a deployment callable. One that can't be is kept with the reason: the others must serve all the same.
func (a *App) route(b *provider.Builder, m *config.Deployment, dropParams bool) *pipeline.Route {
	r := &pipeline.Route{Spec: spec(m, dropParams), Info: described(m)}
	if isPattern(m) {
		r.Broken = &core.Error{Class: core.BadRequest, Message: "litellm.BadRequestError: the deployment of " + m.Params.Model +
			" is a pattern: ask for a model that matches " + m.ModelName}
		return r
	}
	t, err := b.Build(r.Spec)
	if err != nil {
		r.Broken = pipeline.Unreachable(m.Params.Model, err)
		a.opts.Log.Warn(unusableFinding(m, r.Broken.Message).String())
		return r
	}
	if e := t.Unusable(); e != nil {
		a.opts.Log.Warn(unusableFinding(m, e.Message).String())
	}
	r.Target = t
	return r
}

func spec(m *config.Deployment, dropParams bool) provider.Spec {
	p := &m.Params
	s := provider.Spec{
		Model: p.Model, CustomProvider: p.CustomProvider, APIKey: p.APIKey, AzureADToken: p.AzureADToken,
		APIBase: p.APIBase, APIVersion: p.APIVersion, Organization: p.Organization,
		DropParams: dropParams, AdditionalDrop: p.AdditionalDropParams, Allowed: p.AllowedOpenAIParams,
		NoSystem: p.SupportsSystemMessage != nil && !*p.SupportsSystemMessage,
		Defaults: mergeObjects(p.Defaults, p.ExtraBody), Params: map[string]string{},
	}
	if p.DropParams != nil {
		s.DropParams = *p.DropParams
	}
	for _, h := range p.ExtraHeaders {
		s.Headers = append(s.Headers, provider.Header{Name: h.Name, Value: h.Value})
	}
	for _, e := range p.All {
		if e.Key == "api_key" && string(e.Value) != "null" {
			s.APIKeySet = true
		}
		if !e.Secret {
			s.Params[e.Key] = paramText(e.Value)
		}
	}
	return s
}

// paramText is what a plugin gets of a parameter: the text of a string, any other value as JSON.
func paramText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// mergeObjects joins two JSON objects; nil when both are empty. The first one's members count.
func mergeObjects(a, b json.RawMessage) []byte {
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	switch {
	case len(b) <= 2:
		return a
	case len(a) <= 2:
		return b
	}
	var first, second map[string]json.RawMessage
	if json.Unmarshal(a, &first) != nil || json.Unmarshal(b, &second) != nil {
		return a
	}
	for k, v := range second {
		if _, ok := first[k]; !ok {
			first[k] = v
		}
	}
	out, err := json.Marshal(first)
	if err != nil {
		return a
	}
	return out
}

// described is what may be shown of a deployment.
func described(m *config.Deployment) endpoint.Described {
	d := endpoint.Described{Info: map[string]json.RawMessage{}}
	for _, p := range m.Params.All {
		if !p.Secret {
			d.Params = append(d.Params, endpoint.Member{Key: p.Key, Value: p.Value})
		}
	}
	for _, p := range m.Info.All {
		if !p.Secret && p.Key != "id" {
			d.Info[p.Key] = p.Value
		}
	}
	return d
}
