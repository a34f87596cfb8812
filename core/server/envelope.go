package server

import (
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
)

const (
	allowOrigin = "access-control-allow-origin"
	retryAfter  = "retry-after" // seconds
)

// answer writes an error in the envelope that clients expect.
func answer(ctx *fasthttp.RequestCtx, e *core.Error) {
	ctx.Response.ResetBody()
	ctx.SetStatusCode(e.Code())
	ctx.SetContentType("application/json")
	if e.RetryAfter > 0 {
		ctx.Response.Header.Set(retryAfter, strconv.FormatFloat(max(1, e.RetryAfter.Seconds()), 'f', 0, 64))
	}
	body := ctx.Response.SwapBody(nil)
	ctx.Response.SwapBody(e.AppendEnvelope(body[:0]))
}

// notFound and methodNotAllowed answer in the second shape, as LiteLLM's framework does.
func notFound(ctx *fasthttp.RequestCtx) { detail(ctx, fasthttp.StatusNotFound, "Not Found") }
func methodNotAllowed(ctx *fasthttp.RequestCtx) {
	detail(ctx, fasthttp.StatusMethodNotAllowed, "Method Not Allowed")
}

func detail(ctx *fasthttp.RequestCtx, status int, text string) {
	ctx.Response.Header.Set(allowOrigin, "*")
	ctx.SetStatusCode(status)
	ctx.SetContentType("application/json")
	ctx.SetBodyString(`{"detail":"` + text + `"}`)
}

// preflight answers browsers that ask before they call.
func preflight(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set(allowOrigin, "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
	h.Set("Access-Control-Max-Age", "600")
	if asked := ctx.Request.Header.Peek("Access-Control-Request-Headers"); len(asked) > 0 {
		h.SetBytesV("Access-Control-Allow-Headers", asked)
	} else {
		h.Set("Access-Control-Allow-Headers", "*")
	}
	ctx.SetStatusCode(fasthttp.StatusOK)
}
