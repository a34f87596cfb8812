package app

import (
	"time"

	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/guard"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/sink"
)

// observersPatience is how long observers may take for what is queued when their configuration is replaced.
const observersPatience = 10 * time.Second

// staff gives a state its guards, observers, router and check of keys, all of them loaded, and keeps the cast until the
// state is idle.
func (a *App) staff(s *pipeline.State, c *cast) {
	var guards []*guard.Guard
	for i := range c.guards {
		g := c.guards[i].Guard
		g.Plugin = c.guest(c.guards[i].terms)
		guards = append(guards, &g)
	}
	s.Guards = guard.New(guards)
	var observers []sink.Observer
	for _, o := range c.observers {
		observers = append(observers, sink.Observer{Plugin: c.guest(o.terms), Success: o.success, Failure: o.failure})
	}
	if len(observers) > 0 {
		s.Observers = sink.New(a.opts.Log, observers...)
	}
	if c.router != nil {
		s.Router = route.NewRouter(c.guest(c.router), a.opts.Log)
	}
	if c.auth != nil {
		s.Auth = auth.NewCustom(c.guest(c.auth), a.opts.Log)
	}
	a.plugins.keep(c)
	s.Idle = func() {
		a.plugins.background(func() {
			s.Observers.Close(observersPatience)
			a.plugins.release(c)
		})
	}
}

// guest returns a loaded plugin as the parts that call it want it.
func (c *cast) guest(t *terms) *guest.Plugin {
	loaded, _ := c.load(t)
	return t.plugin(loaded)
}
