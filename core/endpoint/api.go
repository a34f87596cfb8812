// Package endpoint serves the gateway's APIs, one file per family: it reads requests, sends them down the pipeline and
// writes what comes back.
package endpoint

import (
	"log/slog"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
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
