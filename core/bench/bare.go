package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

func bareMain(ctx context.Context, upstream string) error {
	if err := requireLoopback(upstream); err != nil {
		return err
	}
	return serveUntilTold(ctx, newBareProxy(upstream).serve)
}

// bareProxy relays requests to one upstream and looks at nothing but the wish for a stream: what is left when a
// gateway on fasthttp does no work.
type bareProxy struct {
	upstream         string
	replies, streams *fasthttp.HostClient
}

func newBareProxy(upstream string) *bareProxy {
	return &bareProxy{upstream, newBareClient(upstream, false), newBareClient(upstream, true)}
}

func newBareClient(upstream string, stream bool) *fasthttp.HostClient {
	return &fasthttp.HostClient{
		Addr:                     upstream,
		MaxConns:                 8192,
		MaxIdleConnDuration:      time.Minute,
		NoDefaultUserAgentHeader: true,
		DisablePathNormalizing:   true,
		StreamResponseBody:       stream,
	}
}

func (p *bareProxy) serve(ln net.Listener) error {
	server := &fasthttp.Server{Handler: p.handle, MaxRequestBodySize: maxRequest, NoDefaultDate: true}
	return server.Serve(ln)
}

func (p *bareProxy) handle(ctx *fasthttp.RequestCtx) {
	if string(ctx.Path()) == runtimeStatsPath {
		ctx.SetContentType("application/json")
		ctx.SetBody(readRuntimeStats())
		return
	}
	ctx.Request.Header.Del("Connection")
	ctx.Request.URI().SetHost(p.upstream)
	if bytes.Contains(ctx.PostBody(), []byte(`"stream":true`)) {
		p.relayStream(ctx)
		return
	}
	if err := p.replies.Do(&ctx.Request, &ctx.Response); err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadGateway)
	}
}

func (p *bareProxy) relayStream(ctx *fasthttp.RequestCtx) {
	resp := fasthttp.AcquireResponse()
	if err := p.streams.Do(&ctx.Request, resp); err != nil {
		fasthttp.ReleaseResponse(resp)
		ctx.Error(err.Error(), fasthttp.StatusBadGateway)
		return
	}
	ctx.SetStatusCode(resp.StatusCode())
	ctx.SetContentTypeBytes(resp.Header.ContentType())
	ctx.SetBodyStreamWriter(func(w *bufio.Writer) {
		defer fasthttp.ReleaseResponse(resp)
		flushEach(w, resp.BodyStream())
	})
}

// flushEach passes on each piece as it comes and stops when the client left. It reads straight into the writer's
// buffer, which spares a copy.
func flushEach(w *bufio.Writer, r io.Reader) {
	for {
		b := w.AvailableBuffer()
		n, err := r.Read(b[:cap(b)])
		if n > 0 {
			if _, err := w.Write(b[:n]); err != nil {
				return
			}
			if w.Flush() != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
