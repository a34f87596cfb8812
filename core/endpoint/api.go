// Package endpoint serves the gateway's APIs, one file per family: it reads requests, sends them down the pipeline and
// writes what comes back.
package endpoint

import (
	"log/slog"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/metrics"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// API holds what the handlers need. It is safe for concurrent use.
type API struct {
	Pipeline *pipeline.Pipeline
	Log      *slog.Logger
	// Canceller returns what ends a request's upstream calls when its client leaves; nil results are fine.
	Canceller func(*fasthttp.RequestCtx) *upstream.Canceller
	// Adopt ends further calls too when the client leaves, until the returned function is called.
	Adopt func(*fasthttp.RequestCtx, []upstream.Canceller) (release func())
	// Plugins lists the plugins and the files that could not be taken for one, by name.
	Plugins func() []Plugin
	// Metrics count what is served; nil counts nothing.
	Metrics *metrics.Metrics
	// Verbose logs every request.
	Verbose bool

	warned sync.Map // models without a price
}

// Handler answers a request, or returns the error that the server answers with.
type Handler func(ctx *fasthttp.RequestCtx) *core.Error

// authorize admits a request that is not an LLM call, and returns who makes it.
func (a *API) authorize(ctx *fasthttp.RequestCtx) (core.Principal, *core.Error) {
	s := a.Pipeline.Hold()
	defer s.Release()
	return s.Authorize(auth.Request{Header: &ctx.Request.Header, Exchange: &core.Exchange{CallID: callID(ctx)},
		Route: string(ctx.Path()), ClientIP: ctx.RemoteIP().String()})
}

// Authorize admits a request that is not an LLM call, and returns who makes it.
func (a *API) Authorize(ctx *fasthttp.RequestCtx) (core.Principal, *core.Error) {
	return a.authorize(ctx)
}

// administrate admits a request that only administrators may make.
func (a *API) administrate(ctx *fasthttp.RequestCtx) *core.Error {
	p, e := a.authorize(ctx)
	if e != nil || p.Admin {
		return e
	}
	return &core.Error{Class: core.Authentication, Kind: "auth_error", Message: "Authentication Error, Only proxy admin can be used to " +
		"generate, delete, update info for new keys/users/teams. Route=" + clip(string(ctx.Path())) + ". Your role=internal_user. Your user_id=" + p.UserID}
}
