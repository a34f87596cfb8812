package server

import (
	"github.com/fasthttp/router"

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
	for _, l := range llmRoutes {
		h := s.handler(api.LLM(l.endpoint, l.path))
		for _, prefix := range []string{"", "/v1", "/engines/{model:*}", "/openai/deployments/{model:*}"} {
			r.POST(prefix+l.path, h)
		}
	}
	for _, g := range []struct {
		paths   []string
		handler endpoint.Handler
	}{
		{[]string{"/models", "/v1/models"}, api.Models},
		{[]string{"/models/{id:*}", "/v1/models/{id:*}"}, api.Model},
		{[]string{"/model/info", "/v1/model/info"}, api.ModelInfo},
		{[]string{"/model_group/info"}, api.ModelGroupInfo},
		{[]string{"/health"}, api.Health},
		{[]string{"/health/liveliness", "/health/liveness"}, api.Alive},
		{[]string{"/health/readiness"}, api.Ready},
		{[]string{"/robots.txt"}, api.Robots},
		{[]string{"/"}, api.Root},
		{[]string{"/debug/runtime"}, api.Runtime},
	} {
		for _, p := range g.paths {
			r.GET(p, s.handler(g.handler))
		}
	}
	r.POST("/utils/token_counter", s.handler(api.TokenCounter))
}
