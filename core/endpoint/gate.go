package endpoint

import (
	"net"
	"net/netip"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
)

// admitted is the key of the user value that holds who was let through the gate.
type admitted struct{}

// Gate makes a handler that only those reach who may call the route. Handlers that call models have a way of their own.
func (a *API) Gate(to *auth.Route, h Handler) Handler {
	if to.Unruled() {
		return h
	}
	return func(ctx *fasthttp.RequestCtx) *core.Error {
		p, e := a.admit(ctx, to)
		if e != nil {
			return e
		}
		ctx.SetUserValue(admitted{}, &p)
		return h(ctx)
	}
}

// admit returns who makes a request, or why it is refused.
func (a *API) admit(ctx *fasthttp.RequestCtx, to *auth.Route) (core.Principal, *core.Error) {
	s := a.Pipeline.Hold()
	defer s.Release()
	client := clientIP(ctx, s.Rules)
	if e := s.Rules.Admit(to, client, ctx.Path()); e != nil {
		return core.Principal{}, e
	}
	return s.Authorize(auth.Request{Header: &ctx.Request.Header, Exchange: &core.Exchange{CallID: callID(ctx)}, Route: string(ctx.Path()),
		ClientIP: client, Visit: auth.Visit{To: to, Path: ctx.Path(), UserIDs: ctx.QueryArgs().PeekMulti("user_id"), Body: ctx.PostBody()}})
}

// principal is who makes a request that came through the gate.
func principal(ctx *fasthttp.RequestCtx) *core.Principal {
	p, ok := ctx.UserValue(admitted{}).(*core.Principal)
	if !ok {
		return &nobody
	}
	return p
}

// nobody may use nothing.
var nobody = core.Principal{Models: []string{}}

// Authorize returns who makes a request that came through the gate.
func (a *API) Authorize(ctx *fasthttp.RequestCtx) (core.Principal, *core.Error) {
	return *principal(ctx), nil
}

// clientIP is where a request comes from, "" when nobody knows.
func clientIP(ctx *fasthttp.RequestCtx, r *auth.Rules) string {
	var forwarded [][]byte
	if r.Forwarded() {
		forwarded = ctx.Request.Header.PeekAll(auth.ForwardedHeader)
	}
	peer := netip.Addr{}
	if a, ok := ctx.RemoteAddr().(*net.TCPAddr); ok {
		peer = a.AddrPort().Addr()
	}
	return r.ClientIP(forwarded, peer)
}
