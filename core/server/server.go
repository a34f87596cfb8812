// Package server listens for clients: connections, routes, error envelopes, and the watch for clients that leave.
package server

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/endpoint"
)

// Options configure a Server.
type Options struct {
	// MaxRequestBytes is the largest body that is read at all. Default 512 MiB; the configuration may allow less.
	MaxRequestBytes int
	// MaxRequest returns the configured limit, 0 = none. It may change while the server runs.
	MaxRequest func() core.SizeLimit
	// Routes are served beside those of the endpoint API.
	Routes []Route
	Log    *slog.Logger
}

// Route is a path, as the router spells it, and who answers there.
type Route struct {
	Method, Path string
	Handler      endpoint.Handler
}

// Server serves HTTP.
type Server struct {
	http  *fasthttp.Server
	watch *watcher
	opts  Options
	api   *endpoint.API
}

const defaultMaxRequest = 512 << 20

// New makes a server for the API; it fills in the API's Canceller and Adopt.
func New(api *endpoint.API, o Options) *Server {
	if o.MaxRequestBytes == 0 {
		o.MaxRequestBytes = defaultMaxRequest
	}
	s := &Server{watch: newWatcher(), opts: o, api: api}
	api.Canceller, api.Adopt = canceller, adopt
	r := router.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath, r.SaveMatchedRoutePath = false, false, false
	r.NotFound, r.MethodNotAllowed = notFound, methodNotAllowed
	r.GlobalOPTIONS = preflight
	s.routes(r, api)
	s.http = &fasthttp.Server{
		Handler:               r.Handler,
		ErrorHandler:          s.malformed,
		HeaderReceived:        s.received,
		Name:                  "sluice",
		NoDefaultDate:         true,
		ReadBufferSize:        8 << 10,
		ReduceMemoryUsage:     false,
		CloseOnShutdown:       true,
		Logger:                quiet{o.Log},
		MaxRequestBodySize:    o.MaxRequestBytes,
		StreamRequestBody:     false,
		SecureErrorLogMessage: true,
		NoDefaultContentType:  true,
	}
	return s
}

// Serve accepts connections until Shutdown; with a certificate they are encrypted.
func (s *Server) Serve(l net.Listener, certificate *tls.Config) error {
	s.watch.start()
	l = &listener{l, s.watch}
	if certificate != nil {
		l = tls.NewListener(l, certificate)
	}
	if err := s.http.Serve(l); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown stops accepting, and waits for the requests under way, at most for the given time.
func (s *Server) Shutdown(patience time.Duration) error {
	done := make(chan error, 1)
	go func() { done <- s.http.Shutdown() }()
	defer s.watch.stop()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return errors.New("requests were still under way")
	}
}

// handler adapts a Handler: it answers errors with the envelope, and panics with a 500 that says nothing.
func (s *Server) handler(h endpoint.Handler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		defer func() {
			if p := recover(); p != nil {
				answer(ctx, s.api.Panicked(p))
			}
		}()
		ctx.Response.Header.DisableNormalizing() // names go out as written, lower case like the LiteLLM proxy's
		ctx.Response.Header.Set(allowOrigin, "*")
		setBusy(ctx, true)
		if e := h(ctx); e != nil {
			answer(ctx, e)
		}
		if !ctx.Response.IsBodyStream() {
			setBusy(ctx, false)
		}
	}
}

// received looks at a request's head before its body is read: it refuses a body by its announced length, and has the
// connection closed after a request that announced its body in two ways. Such a request is read as chunked, but something
// in front may have read it the other way, and taken what follows for a request of its own (RFC 9112, 6.3).
func (s *Server) received(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if h.ContentLength() == -1 && bytes.Contains(bytes.ToLower(h.RawHeaders()), []byte("content-length")) {
		h.SetConnectionClose()
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: s.limit().Bytes()}
}

func (s *Server) limit() core.SizeLimit {
	most := core.SizeOf(s.opts.MaxRequestBytes)
	if limit := s.opts.MaxRequest(); limit > 0 && limit < most {
		return limit
	}
	return most
}

// malformed answers what fasthttp could not read as a request.
func (s *Server) malformed(ctx *fasthttp.RequestCtx, err error) {
	e := s.unreadable(ctx, err)
	s.opts.Log.Info("request refused", "status", e.Code(), "why", e.Message)
	ctx.Response.Header.Set(allowOrigin, "*")
	answer(ctx, e)
	ctx.SetConnectionClose()
}

// unreadable words what fasthttp found wrong; its own text may quote the request.
func (s *Server) unreadable(ctx *fasthttp.RequestCtx, err error) *core.Error {
	var small *fasthttp.ErrSmallBuffer
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		limit, size := s.limit(), ctx.Request.Header.ContentLength()
		if size <= limit.Bytes() {
			size = -1 // sent in chunks, so nobody knows
		}
		return endpoint.TooLarge(size, limit)
	case errors.As(err, &small):
		return &core.Error{Class: core.BadRequest, Status: 431, Message: "Request headers are too large"}
	}
	return &core.Error{Class: core.BadRequest, Message: "Malformed HTTP request"}
}

// quiet keeps fasthttp's own messages, which are about single connections, out of the normal log.
type quiet struct{ log *slog.Logger }

// Printf logs at the level of debugging.
func (q quiet) Printf(format string, args ...any) { q.log.Debug(fmt.Sprintf(format, args...)) }
