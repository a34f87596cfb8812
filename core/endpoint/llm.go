package endpoint

import (
	"net/url"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// LLM returns the handler of an API that calls a model.
func (a *API) LLM(to *auth.Route) Handler {
	return func(ctx *fasthttp.RequestCtx) *core.Error {
		f := a.Pipeline.Begin(to.Endpoint, a.Canceller(ctx))
		f.To, f.Route = to, to.Path
		handedOver := false
		defer func() {
			if !handedOver {
				f.End() // after a panic too
			}
		}()
		e := a.serve(ctx, f)
		if e != nil {
			a.refuse(ctx, f, e)
		}
		handedOver = e == nil && ctx.Response.IsBodyStream()
		return e
	}
}

func (a *API) serve(ctx *fasthttp.RequestCtx, f *pipeline.Flight) *core.Error {
	f.CallID = callID(ctx)
	body := ctx.Request.Body()
	if e := requestSize(len(body), f.State.MaxRequest); e != nil {
		return e
	}
	if e := f.Scan(body); e != nil {
		return e
	}
	if e := admit(ctx, f); e != nil {
		return e
	}
	if e := read(ctx, f); e != nil {
		return e
	}
	if f.State.Guards != nil {
		f.Header = clientHeader(&ctx.Request.Header)
	}
	if isBatch(f) {
		return a.batch(ctx, f)
	}
	if e := f.Run(); e != nil {
		return e
	}
	if !f.Stream {
		readAnswer(f, f.Body())
	}
	writeHeaders(ctx, f)
	if f.Stream {
		a.startStream(ctx, f)
		return nil
	}
	a.writeBody(ctx, f)
	return nil
}

// admit finds out who makes the request, and refuses what no key opens before that.
func admit(ctx *fasthttp.RequestCtx, f *pipeline.Flight) *core.Error {
	f.URLModel, f.ClientIP = urlModel(ctx), clientIP(ctx, f.State.Rules)
	if e := f.State.Rules.Admit(f.To, f.ClientIP, ctx.Path()); e != nil {
		return e
	}
	return f.Authorize(&ctx.Request.Header, ctx.Path())
}

// read takes what the gateway must know from the body and the headers, and refuses what is wrong with them.
func read(ctx *fasthttp.RequestCtx, f *pipeline.Flight) *core.Error {
	if e := f.Read(); e != nil {
		return e
	}
	if e := readHeaders(ctx, f); e != nil {
		return e
	}
	f.NameUser(&ctx.Request.Header)
	if e := f.Enforce(); e != nil {
		return e
	}
	return validate(f)
}

// writeBody sends a complete response.
func (a *API) writeBody(ctx *fasthttp.RequestCtx, f *pipeline.Flight) {
	ctx.SetContentType("application/json")
	out := ctx.Response.SwapBody(nil)
	out = appendResponse(out[:0], f)
	ctx.Response.SwapBody(out)
	a.done(f, nil)
}

// ModelValue is the user value that holds the model named by paths such as /engines/{model}/completions.
const ModelValue = "model"

func urlModel(ctx *fasthttp.RequestCtx) string {
	m, _ := ctx.UserValue(ModelValue).(string)
	return unescape(m)
}

// unescape decodes a model's name in a path: clients write its slashes as %2F.
func unescape(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// requestSize answers for a body over the configured limit, as for one that the server already refused.
func requestSize(size int, limit core.SizeLimit) *core.Error {
	if limit <= 0 || size <= limit.Bytes() {
		return nil
	}
	return TooLarge(size, limit)
}

// refuse notes a failed exchange and sets the headers that errors have.
func (a *API) refuse(ctx *fasthttp.RequestCtx, f *pipeline.Flight, e *core.Error) {
	writeErrorHeaders(ctx, f, e)
	a.done(f, e)
}
