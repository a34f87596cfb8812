package endpoint

import (
	"strings"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// maxBatch is how many models one request may name.
const maxBatch = 32

// isBatch reports whether a chat request names several models, separated by commas.
func isBatch(f *pipeline.Flight) bool {
	s := f.State
	return f.Endpoint == core.Chat && f.URLModel == "" && s.UserModel == "" && s.Override[core.Chat] == "" &&
		strings.Contains(f.Model, ",") && !s.Known(f.Model)
}

// batch sends the request to each model at once and answers with the list of responses in the order of the models. A
// model that failed has its error in its place.
func (a *API) batch(ctx *fasthttp.RequestCtx, f *pipeline.Flight) *core.Error {
	if f.Stream {
		return invalid("stream", "can't be used with several models")
	}
	names := strings.Split(f.Model, ",")
	if len(names) > maxBatch {
		return invalid("model", "names too many models")
	}
	members, applied := make([][]byte, len(names)), make([]string, len(names))
	cancels := make([]upstream.Canceller, len(names))
	defer a.Adopt(ctx, cancels)()
	var wait sync.WaitGroup
	for i, name := range names {
		g := f.Fork(strings.TrimSpace(name), &cancels[i])
		wait.Go(func() {
			defer g.End()
			members[i] = a.member(g)
			applied[i] = g.Applied()
		})
	}
	wait.Wait()
	ctx.SetContentType("application/json")
	commonHeaders(ctx, f).set(appliedHeader, allApplied(applied))
	out := ctx.Response.SwapBody(nil)
	out = append(out[:0], '[')
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, m...)
	}
	ctx.Response.SwapBody(append(out, ']'))
	return nil
}

func (a *API) member(f *pipeline.Flight) (response []byte) {
	defer func() {
		if p := recover(); p != nil {
			response = a.Panicked(p).AppendEnvelope(nil)
		}
	}()
	if e := f.Run(); e != nil {
		a.done(f, e)
		return e.AppendEnvelope(nil)
	}
	readAnswer(f, f.Body())
	response = appendResponse(nil, f)
	a.done(f, nil)
	return response
}
