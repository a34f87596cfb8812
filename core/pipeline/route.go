package pipeline

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/route"
)

// direct asks the router, where there is one, in which order the group's deployments are to be tried.
func (f *Flight) direct(g *route.Group) (e *core.Error) {
	if f.State.Router != nil {
		f.order, e = f.State.Router.Order(g, &f.Exchange, f.State.vendor, f.cancel)
	}
	return e
}

// vendor names whom a deployment calls, "" when that depends on the model.
func (s *State) vendor(d *core.Deployment) string {
	if r := s.Routes[d]; r != nil && r.Target != nil {
		return r.Target.Vendor.Name
	}
	return ""
}

// next is the deployment of attempt n, counted from 0. When all that the router named were tried it begins again.
func (f *Flight) next(g *route.Group, n int) *core.Deployment {
	if len(f.order) > 0 {
		return f.order[n%len(f.order)]
	}
	return g.Pick(f.tried)
}

// choices is how many deployments may be tried.
func (f *Flight) choices(g *route.Group) int {
	if len(f.order) > 0 {
		return len(f.order)
	}
	return g.Choices()
}

// counted is attempt for a router that wants to know how its deployments do. One that answers is busy until End.
func (f *Flight) counted(d *core.Deployment, m route.Match) *core.Error {
	if f.State.Router == nil {
		return f.attempt(d, m)
	}
	f.load = f.State.Router.Begin(d)
	e := f.attempt(d, m)
	switch {
	case e == nil:
		f.load.Answered(f.Attempt.Upstream)
		return nil
	case route.Retryable(e, 2):
		f.load.Failed()
	}
	f.leave()
	return e
}

// leave notes that the deployment has nothing to do for the exchange any more.
func (f *Flight) leave() {
	if f.load != nil {
		f.load.End()
		f.load = nil
	}
}
