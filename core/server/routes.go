package server

import (
	"strings"

	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/endpoint"
)

// routes registers what is served. Routes that call models are served with and without /v1, under /engines/{model} and under
// /openai/deployments/{model}; all others have a gate before them.
func (s *Server) routes(r *router.Router, api *endpoint.API) {
	handlers := make([]fasthttp.RequestHandler, len(auth.LLM))
	for i, to := range auth.LLM {
		handlers[i] = s.handler(api.LLM(to))
		r.POST(to.Path, handlers[i])
		r.POST("/v1"+to.Path, handlers[i])
	}
	for _, prefix := range auth.ModelPrefixes {
		r.POST(prefix+"{rest:*}", byModel(handlers))
	}
	for _, g := range []struct {
		paths   []string
		handler endpoint.Handler
	}{
		{[]string{"/models", "/v1/models"}, api.Models},
		{[]string{"/models/{id:*}", "/v1/models/{id:*}"}, api.Model},
		{[]string{"/model/info", "/v1/model/info"}, api.ModelInfo},
		{[]string{"/model_group/info"}, api.ModelGroupInfo},
		{[]string{"/guardrails/list", "/v2/guardrails/list"}, api.Guardrails},
		{[]string{"/plugins"}, api.ListPlugins},
		{[]string{"/plugins/{name}"}, api.OnePlugin},
		{[]string{"/health"}, api.Health},
		{[]string{"/health/liveliness", "/health/liveness"}, api.Alive},
		{[]string{"/health/readiness"}, api.Ready},
		{[]string{metricsPath}, api.Scrape},
		{[]string{"/robots.txt"}, api.Robots},
		{[]string{"/"}, api.Root},
		{[]string{"/debug/runtime"}, api.Runtime},
	} {
		s.gated(r, "GET", g.handler, g.paths...)
	}
	r.NotFound = orSlashed(metricsPath, s.handler(api.Gate(auth.NewRoute("GET", metricsPath), api.Scrape)))
	s.gated(r, "POST", api.TokenCounter, "/utils/token_counter")
	for _, more := range s.opts.Routes {
		s.gated(r, more.Method, more.Handler, more.Path)
	}
}

// gated registers a handler with a gate before it.
func (s *Server) gated(r *router.Router, method string, h endpoint.Handler, paths ...string) {
	guarded := s.handler(s.api.Gate(auth.NewRoute(method, paths...), h))
	for _, p := range paths {
		r.Handle(method, p, guarded)
	}
}

const metricsPath = "/metrics"

// orSlashed serves a path with a slash at its end, which the router can't tell from the one without, and nothing else: scrapers
// of LiteLLM ask so.
func orSlashed(path string, handler fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if got, ok := strings.CutSuffix(string(ctx.Path()), "/"); ok && got == path && ctx.IsGet() {
			handler(ctx)
			return
		}
		notFound(ctx)
	}
}

// byModel serves paths that name the model before the API, as Azure's do. Model names may contain slashes, so the API is
// found from the end.
func byModel(handlers []fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		rest, _ := ctx.UserValue("rest").(string)
		for i, to := range auth.LLM {
			if model, ok := strings.CutSuffix(rest, to.Path); ok && model != "" {
				ctx.SetUserValue(endpoint.ModelValue, model)
				handlers[i](ctx)
				return
			}
		}
		notFound(ctx)
	}
}
