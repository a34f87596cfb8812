package endpoint

import (
	"bufio"
	"bytes"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/metrics"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// Scrape writes what is counted, for Prometheus.
func (a *API) Scrape(ctx *fasthttp.RequestCtx) *core.Error {
	ctx.SetContentType(metrics.ContentType)
	ctx.SetBodyStreamWriter(func(w *bufio.Writer) {
		_ = a.Metrics.Write(w) // whoever asked has left
	})
	return nil
}

// count adds an exchange that is over to the metrics.
func (a *API) count(f *pipeline.Flight, e *core.Error) {
	end := metrics.End{Error: e, Duration: time.Since(f.Start), RemainingRequests: -1, RemainingTokens: -1}
	if cost, priced := costOf(f); priced {
		end.Cost = core.Dollars(cost)
	}
	if e == nil {
		f.Call().Headers(func(name, value []byte) bool {
			remaining(&end, name, value)
			return true
		})
	}
	a.Metrics.Record(&f.Exchange, &end)
}

var (
	remainingRequests = []byte("x-ratelimit-remaining-requests")
	remainingTokens   = []byte("x-ratelimit-remaining-tokens")
)

// remaining takes what an upstream's header says of what is left.
func remaining(end *metrics.End, name, value []byte) {
	into := &end.RemainingRequests
	switch {
	case bytes.EqualFold(name, remainingRequests):
	case bytes.EqualFold(name, remainingTokens):
		into = &end.RemainingTokens
	default:
		return
	}
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		*into = n
	}
}
