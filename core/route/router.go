package route

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
)

// Router asks a plugin in which order a group's deployments are to be tried. It is safe for concurrent use.
type Router struct {
	plugin     *guest.Plugin
	log        *slog.Logger
	askers     sync.Pool
	loads      sync.Map // *Load by *core.Deployment
	complained atomic.Int64
}

// NewRouter returns a router that asks the plugin.
func NewRouter(p *guest.Plugin, log *slog.Logger) *Router {
	return &Router{plugin: p, log: log, askers: sync.Pool{New: func() any { return new(guest.Asker) }}}
}

// Order returns the deployments of a group that are to be tried, in order, and notes the reason with the attempt. It is nil
// when the default strategy is to choose: the plugin passed, or could not run and fails open. A plugin that names none
// has refused every deployment, which answers 429; one that could not run and fails closed answers 503. provider names a
// deployment's vendor, "" when it depends on the model.
func (r *Router) Order(g *Group, x *core.Exchange, provider func(*core.Deployment) string, cancel *upstream.Canceller) ([]*core.Deployment, *core.Error) {
	a := r.askers.Get().(*guest.Asker)
	defer r.askers.Put(a)
	defer a.Close()
	a.Question = r.appendQuestion(a.Question[:0], g, x, provider)
	answer, err := a.Ask(r.plugin, hostabi.EventRoute, x, cancel)
	if err == nil && a.Failure != nil {
		err = errors.New(a.Failure.Message)
	}
	if err != nil {
		return nil, r.notRun(err)
	}
	if answer == nil {
		return nil, nil
	}
	order, why, err := readOrder(answer, g.choices)
	if err != nil {
		return nil, r.notRun(err)
	}
	if len(order) == 0 {
		return nil, refusedAll(x, why)
	}
	x.Attempt.Why = why
	return order, nil
}

func refusedAll(x *core.Exchange, why string) *core.Error {
	return &core.Error{Class: core.RateLimit, Kind: "None", Cause: errors.New("the router named no deployment: " + why),
		Message: "No deployments available for selected model. Passed model=" + clip(x.Model)}
}

// clip bounds what a client gets back of its own.
func clip(s string) string {
	const longest = 256
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}

// complainEvery keeps a router that fails from filling the log.
const complainEvery = 10 * time.Second

func (r *Router) notRun(err error) *core.Error {
	if r.plugin.FailOpen {
		now, last := time.Now().UnixNano(), r.complained.Load()
		if now-last >= int64(complainEvery) && r.complained.CompareAndSwap(last, now) {
			r.log.Warn("router could not run; the default strategy chooses", "plugin", r.plugin.Name, "why", err)
		}
		return nil
	}
	return &core.Error{Class: core.ServiceUnavailable, Kind: "None", Cause: err, Message: "the router could not choose a deployment. Try again later."}
}
