package endpoint

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// Alive says that the process runs.
func (a *API) Alive(ctx *fasthttp.RequestCtx) *core.Error {
	return writeJSON(ctx, "I'm alive!")
}

// Ready says that requests can be served.
func (a *API) Ready(ctx *fasthttp.RequestCtx) *core.Error {
	return writeJSON(ctx, map[string]any{"status": "healthy", "db": "Not connected", "cache": nil,
		"litellm_version": core.CompatibleWith, "sluice_version": core.Version, "success_callbacks": []string{}})
}

// Robots keeps crawlers out when the configuration says so.
func (a *API) Robots(ctx *fasthttp.RequestCtx) *core.Error {
	if !a.Pipeline.State().BlockRobots {
		return detail(ctx, fasthttp.StatusNotFound, "Not Found")
	}
	ctx.SetContentType("text/plain")
	ctx.SetBodyString("User-agent: *\nDisallow: /")
	return nil
}

// Root tells visitors what this is.
func (a *API) Root(ctx *fasthttp.RequestCtx) *core.Error {
	return writeJSON(ctx, "LiteLLM: RUNNING")
}

// Runtime shows the memory figures that make bench reads. It answers only when SLUICE_RUNTIME_STATS=1.
func (a *API) Runtime(ctx *fasthttp.RequestCtx) *core.Error {
	if os.Getenv("SLUICE_RUNTIME_STATS") != "1" {
		return detail(ctx, fasthttp.StatusNotFound, "Not Found")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return writeJSON(ctx, map[string]any{"mallocs": m.Mallocs, "heap_alloc": m.HeapAlloc, "num_gc": m.NumGC,
		"goroutines": runtime.NumGoroutine()})
}

// healthTimeout is how long a deployment may take to prove itself.
const healthTimeout = 60 * time.Second

// parallelChecks is how many deployments are asked at once.
const parallelChecks = 8

// Health calls every deployment, or those of the model asked for, and lists which answer.
func (a *API) Health(ctx *fasthttp.RequestCtx) *core.Error {
	p := principal(ctx)
	return writeJSON(ctx, a.health(string(ctx.QueryArgs().Peek("model")), p))
}

// WriteHealth writes what GET /health answers.
func (a *API) WriteHealth(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(a.health("", &core.Principal{Admin: true})); err != nil {
		return fmt.Errorf("write health: %w", err)
	}
	return nil
}

func (a *API) health(model string, p *core.Principal) map[string]any {
	s := a.Pipeline.Hold()
	defer s.Release()
	checks := a.checks(s, model, p)
	slots := make(chan struct{}, parallelChecks)
	var wait sync.WaitGroup
	for i := range checks {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			checks[i].run(a, s)
		})
	}
	wait.Wait()
	return report(checks, s.HealthDetails)
}

type check struct {
	deployment *core.Deployment
	shown      Described
	failed     *core.Error
}

func (a *API) checks(s *pipeline.State, model string, p *core.Principal) []check {
	var list []check
	for _, g := range s.Table.Groups() {
		if model != "" && model != g.Name || !s.MayUse(p, g.Name) {
			continue
		}
		for _, d := range g.Deployments {
			shown, _ := s.Routes[d].Info.(Described)
			list = append(list, check{deployment: d, shown: shown})
		}
	}
	return list
}

// probes are the smallest requests by mode.
var probes = map[string]struct {
	endpoint core.Endpoint
	body     string
}{
	"chat":       {core.Chat, `{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":5}`},
	"completion": {core.Completions, `{"model":"m","prompt":"Hi","max_tokens":5}`},
	"embedding":  {core.Embeddings, `{"model":"m","input":["Hi"]}`},
	"moderation": {core.Moderations, `{"model":"m","input":"Hi"}`},
}

func (c *check) run(a *API, s *pipeline.State) {
	defer func() {
		if p := recover(); p != nil {
			c.failed = a.Panicked(p)
		}
	}()
	if strings.Contains(c.deployment.Model, "*") {
		c.failed = &core.Error{Class: core.BadRequest, Message: "a wildcard deployment can't be checked"}
		return
	}
	p, ok := probes[c.mode(s)]
	if !ok {
		p = probes["chat"]
	}
	f := a.Pipeline.BeginIn(s, p.endpoint, nil)
	defer f.End()
	if c.failed = f.Scan([]byte(p.body)); c.failed != nil {
		return
	}
	f.Model, f.Timeout, f.Retries = c.deployment.ID, healthTimeout, 0
	c.failed = f.Probe(c.deployment)
}

// mode is what the deployment's model does: as the configuration says, else the catalogue, else the first that the
// provider has an endpoint for.
func (c *check) mode(s *pipeline.State) string {
	if m := strings.Trim(string(c.shown.Info["mode"]), `"`); m != "" {
		return m
	}
	if m, ok := facts(s, c.deployment)["mode"].(string); ok {
		return m
	}
	if t := s.Routes[c.deployment].Target; t != nil {
		for _, mode := range []string{"chat", "completion", "embedding", "moderation"} {
			if t.Vendor.Paths[probes[mode].endpoint.String()] != "" {
				return mode
			}
		}
	}
	return "chat"
}

func report(checks []check, details bool) map[string]any {
	healthy, unhealthy := []map[string]any{}, []map[string]any{}
	for _, c := range checks {
		entry := map[string]any{"model": c.deployment.Model}
		if details {
			for _, m := range c.shown.Params {
				entry[m.Key] = m.Value
			}
		}
		if c.failed == nil {
			healthy = append(healthy, entry)
			continue
		}
		entry["error"] = c.failed.Message
		unhealthy = append(unhealthy, entry)
	}
	return map[string]any{"healthy_endpoints": healthy, "unhealthy_endpoints": unhealthy,
		"healthy_count": len(healthy), "unhealthy_count": len(unhealthy)}
}
