package pipeline

import (
	"cmp"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
)

// Authorize fills in who makes the request, and refuses those who may not. path is the request's own.
func (f *Flight) Authorize(h auth.Header, path []byte) (e *core.Error) {
	if f.State.Auth != nil {
		f.Model, _ = f.text(keyModel) // what it is about, as far as that is known yet
		f.chooseModel()
	}
	f.Principal, e = f.State.Authorize(auth.Request{Header: h, Exchange: &f.Exchange, Route: f.Route, ClientIP: f.ClientIP,
		Visit: auth.Visit{To: f.To, Path: path}})
	return e
}

// Authorize returns who makes a request, or an error that refuses the credential, or the route to whom it belongs.
func (s *State) Authorize(r auth.Request) (core.Principal, *core.Error) {
	if s.Rules.Public(r.To) {
		return auth.Visitor, nil
	}
	p, e := s.identify(r)
	if e == nil {
		e = s.Rules.Permit(&r.Visit, &p)
	}
	return p, e
}

// identify returns who presents a credential.
func (s *State) identify(r auth.Request) (core.Principal, *core.Error) {
	if s.Auth != nil {
		return s.Auth.Check(s.Keys, r)
	}
	return s.Keys.Check(r.Header)
}

// MayUse reports whether a principal may ask for a model by that name.
func (s *State) MayUse(p *core.Principal, name string) bool { return s.allow(p, name) == nil }

// allow refuses a model that a principal may not ask for: by its own name, that of the group it leads to, one of the
// group's access groups, or the name that it has with its provider.
func (s *State) allow(p *core.Principal, name string) *core.Error {
	if p.Models == nil && p.Account == nil || auth.Allow(p, name, name) == nil {
		return nil
	}
	names := []string{name, s.qualified(name)}
	if m, ok := s.Table.Resolve(name, s.qualified); ok {
		names = append(names, m.Group.Name)
		for _, d := range m.Group.Deployments {
			names = append(names, d.AccessGroups...)
		}
	}
	return auth.Allow(p, name, names...)
}

// Run has guards look at the request, finds a deployment for it and calls it, again and elsewhere as often as the settings
// allow. When it returns nil the response, or a stream's first output, is ready.
func (f *Flight) Run() *core.Error {
	f.chooseModel()
	if f.Model != "" {
		if e := f.State.allow(&f.Principal, f.Model); e != nil {
			return e
		}
	}
	if e := f.reserve(); e != nil {
		return e
	}
	if e := f.inspect(); e != nil {
		return e
	}
	if f.guards.Active() {
		return f.guarded()
	}
	return f.send()
}

// send finds a deployment and calls it until that succeeds or nothing more is to be tried.
func (f *Flight) send() *core.Error {
	m, e := f.resolve()
	if e != nil {
		return e
	}
	f.Group = m.Group.Name
	if e := f.direct(m.Group); e != nil {
		return e
	}
	for n := 0; ; n++ {
		d := f.next(m.Group, n)
		if n == 0 {
			f.Attempt.MaxRetries = f.retries(d)
		}
		e := f.counted(d, m)
		if e == nil {
			f.Usage = f.call.Usage()
			return nil
		}
		f.tried = append(f.tried, d)
		f.Failed = append(f.Failed, core.Failure{Attempt: f.Attempt, Error: e})
		if n >= f.Attempt.MaxRetries || !route.Retryable(e, f.choices(m.Group)) {
			return f.final(e)
		}
		if !f.pause(route.Wait(e, n+1, f.choices(m.Group) > 1, f.State.RetryAfter)) {
			return &core.Error{Class: core.Cancelled, Message: "the client closed the connection"}
		}
		f.Attempt.Retries++
	}
}

// chooseModel applies what stands above the model in the body: the setting for the endpoint, --model, the path.
func (f *Flight) chooseModel() {
	switch {
	case f.State.Override[f.Endpoint] != "":
		f.Model = f.State.Override[f.Endpoint]
	case f.State.UserModel != "":
		f.Model = f.State.UserModel
	case f.URLModel != "":
		f.Model = f.URLModel
	case f.Model == "" && f.Endpoint == core.Moderations:
		f.Model = defaultModeration
	}
	if a := f.Principal.Account; a != nil {
		f.Model = alias(a, f.Model)
	}
}

// alias is what a key, or its team, means by a model's name.
func alias(a *core.Account, model string) string {
	if to, ok := a.Key.Aliases[model]; ok {
		return to
	}
	if a.Team != nil {
		if to, ok := a.Team.ModelAliases[model]; ok {
			return to
		}
	}
	return model
}

// defaultModeration is the model of a moderation request that names none.
const defaultModeration = "text-moderation-stable"

// Known reports whether the name leads to a group as it stands.
func (s *State) Known(name string) bool {
	_, ok := s.Table.Resolve(name, s.qualified)
	return ok
}

func (f *Flight) resolve() (route.Match, *core.Error) {
	if f.Model != "" {
		if m, ok := f.State.Table.Resolve(f.Model, f.State.qualified); ok {
			return m, nil
		}
		if f.Endpoint == core.Moderations {
			return f.unlisted()
		}
	}
	return route.Match{}, f.unknownModel()
}

// unlisted serves moderation models that the configuration doesn't name, with credentials from the environment.
func (f *Flight) unlisted() (route.Match, *core.Error) {
	if f.State.qualified(f.Model) == "" {
		return route.Match{}, f.unknownModel()
	}
	return route.Match{Group: route.NewGroup(f.Model, unlistedDeployment), Wildcard: true, Captured: []string{f.Model}}, nil
}

// unlistedDeployment is "*": the model's name decides everything.
var unlistedDeployment = &core.Deployment{ID: "unlisted", Group: "*", Model: "*", Retries: -1}

func (f *Flight) unknownModel() *core.Error {
	const longest = 256 // of what a client gets back of its own
	name := cmp.Or(f.Model, "None")
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	if f.State.Table.HasWildcards() {
		return &core.Error{Class: core.BadRequest, Kind: "None",
			Message: "litellm.BadRequestError: You passed in model=" + name + ". There is no 'model_name' with this string "}
	}
	return &core.Error{Class: core.BadRequest, Kind: "None", Message: "{'error': '" + f.Route +
		": Invalid model name passed in model=" + name + ". Call `/v1/models` to view available models for your key.'}"}
}

func (f *Flight) retries(d *core.Deployment) int {
	switch {
	case d.Retries >= 0:
		return d.Retries
	case f.Exchange.Retries >= 0:
		return f.Exchange.Retries
	}
	return f.State.Settings.Retries
}

func (f *Flight) attempt(d *core.Deployment, m route.Match) *core.Error {
	f.Attempt.Deployment = d
	t, e := f.State.target(d, m, f.Model)
	if e != nil {
		return e
	}
	f.Attempt.APIBase, f.Attempt.Provider, f.Attempt.Model = t.APIBase, t.Vendor.Name, t.Model
	limits := provider.Limits{Timeout: f.timeout(d), Response: f.State.MaxResponse}
	if limits.Response <= 0 {
		limits.Response = DefaultMaxResponse
	}
	return f.call.Do(t, &f.Exchange, &f.Doc, f.key, limits, f.cancel)
}

// timeout is the limit of one attempt: for streams of each wait, else of the whole.
func (f *Flight) timeout(d *core.Deployment) time.Duration {
	s := &f.State.Settings
	if f.Stream {
		for _, t := range []time.Duration{f.StreamTimeout, d.StreamTimeout, s.StreamTimeout} {
			if t > 0 {
				return t
			}
		}
	}
	for _, t := range []time.Duration{f.Timeout, d.Timeout, s.Timeout} {
		if t > 0 {
			return t
		}
	}
	return 0
}

// pause waits in short steps, since the client may leave meanwhile; it reports whether it is still there.
func (f *Flight) pause(d time.Duration) bool {
	const step = 200 * time.Millisecond
	for d > 0 && f.cancel.Err() == nil {
		time.Sleep(min(d, step))
		d -= step
	}
	return f.cancel.Err() == nil
}

// final is the error that the client gets when no attempt is left.
func (f *Flight) final(e *core.Error) *core.Error {
	if !e.Upstream || e.Class == core.Cancelled {
		return e
	}
	last := *e
	last.Message = strings.TrimSuffix(e.Message, ".") + ". Received Model Group=" + f.Group + "\nAvailable Model Group Fallbacks=None"
	return &last
}

// Probe calls one deployment once, whatever the settings say about models and retries.
func (f *Flight) Probe(d *core.Deployment) *core.Error {
	f.Group = d.Group
	if e := f.attempt(d, route.Match{Group: &route.Group{Name: d.Group}}); e != nil {
		return e
	}
	f.Usage = f.call.Usage()
	return nil
}
