package server

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core/upstream"
)

// listener wraps accepted connections, so that each has a canceller and is watched.
type listener struct {
	net.Listener
	watch *watcher
}

// Accept waits for a client and has its connection watched.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, watch: l.watch, fd: fileDescriptor(nc)}
	l.watch.add(c)
	return c, nil
}

// conn is a client's connection. Its canceller outlives single requests: a client that left does not come back on it.
type conn struct {
	net.Conn
	cancel upstream.Canceller
	busy   atomic.Bool // a request is being served
	fd     int         // -1 = unknown
	watch  *watcher

	mu     sync.Mutex
	gone   bool
	adopts []upstream.Canceller
}

// connOf is the request's connection, also beneath TLS; nil when the request came another way.
func connOf(ctx *fasthttp.RequestCtx) *conn {
	nc := ctx.Conn()
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn()
	}
	c, _ := nc.(*conn)
	return c
}

// canceller is that of the request's connection.
func canceller(ctx *fasthttp.RequestCtx) *upstream.Canceller {
	if c := connOf(ctx); c != nil {
		return &c.cancel
	}
	return nil
}

func adopt(ctx *fasthttp.RequestCtx, more []upstream.Canceller) (release func()) {
	if c := connOf(ctx); c != nil {
		return c.adopt(more)
	}
	return func() {}
}

// setBusy has the connection watched, or not. A stream outlives its handler, so its connection stays watched until the
// next request has ended; that does no harm.
func setBusy(ctx *fasthttp.RequestCtx, busy bool) {
	if c := connOf(ctx); c != nil {
		c.busy.Store(busy)
	}
}

var errClientLeft = errors.New("client closed the connection")

// left ends the upstream calls that the connection's request makes.
func (c *conn) left() {
	c.cancel.Cancel(errClientLeft)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	for i := range c.adopts {
		c.adopts[i].Cancel(errClientLeft)
	}
}

func (c *conn) adopt(more []upstream.Canceller) (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.adopts = more
	if c.gone {
		for i := range more {
			more[i].Cancel(errClientLeft)
		}
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.adopts = nil
	}
}

// Close takes the connection out of the watch before its descriptor can come to mean another.
func (c *conn) Close() error {
	c.watch.remove(c)
	return c.Conn.Close()
}
