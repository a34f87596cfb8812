package server

import (
	"strings"

	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/endpoint"
)

// llmRoutes is the one list of APIs that call a model. Each is served with and without /v1, under /engines/{model} and
// under /openai/deployments/{model}.
var llmRoutes = []struct {
	path     string
	endpoint core.Endpoint
}{
	{"/chat/completions", core.Chat},
	{"/completions", core.Completions},
	{"/embeddings", core.Embeddings},
	{"/moderations", core.Moderations},
}

func (s *Server) routes(r *router.Router, api *endpoint.API) {
	handlers := make([]fasthttp.RequestHandler, len(llmRoutes))
	for i, l := range llmRoutes {
		handlers[i] = s.handler(api.LLM(l.endpoint, l.path))
		r.POST(l.path, handlers[i])
		r.POST("/v1"+l.path, handlers[i])
	}
	for _, prefix := range []string{"/engines/", "/v1/engines/", "/openai/deployments/"} {
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
		for _, p := range g.paths {
			r.GET(p, s.handler(g.handler))
		}
	}
	r.NotFound = orSlashed(metricsPath, s.handler(api.Scrape))
	r.POST("/utils/token_counter", s.handler(api.TokenCounter))
	for _, more := range s.opts.Routes {
		r.Handle(more.Method, more.Path, s.handler(more.Handler))
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
		for i, l := range llmRoutes {
			if model, ok := strings.CutSuffix(rest, l.path); ok && model != "" {
				ctx.SetUserValue(endpoint.ModelValue, model)
				handlers[i](ctx)
				return
			}
		}
		notFound(ctx)
	}
}
