package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Options tune a Client; zero fields take their defaults.
type Options struct {
	DialTimeout    time.Duration // connecting and the TLS handshake, default 10s
	IdleTimeout    time.Duration // how long an unused connection is kept, default 90s
	MaxIdlePerHost int           // unused connections kept per scheme and address, default 512
	MaxHeaderBytes int           // of a reply's head, interim replies included, default 64 KB
	TLS            *tls.Config   // cloned; server name, ALPN and a session cache are filled in

	// Dial opens a connection; it must heed ctx, which ends with the dial timeout, the call's deadline or a Cancel.
	// The default is a net.Dialer's.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client sends calls over pooled connections. It may be used by many goroutines.
type Client struct {
	opt     Options
	mu      sync.Mutex
	pools   map[address]*pool
	closed  bool
	stop    chan struct{}
	janitor sync.Once
}

// New makes a Client; it opens nothing and starts no goroutine before the first connection is returned.
func New(opt Options) *Client {
	if opt.DialTimeout <= 0 {
		opt.DialTimeout = 10 * time.Second
	}
	if opt.IdleTimeout <= 0 {
		opt.IdleTimeout = 90 * time.Second
	}
	if opt.MaxIdlePerHost <= 0 {
		opt.MaxIdlePerHost = 512
	}
	if opt.MaxHeaderBytes <= 0 {
		opt.MaxHeaderBytes = 64 << 10
	}
	if opt.Dial == nil {
		opt.Dial = new(net.Dialer).DialContext
	}
	opt.TLS = tlsDefaults(opt.TLS)
	return &Client{opt: opt, pools: map[address]*pool{}, stop: make(chan struct{})}
}

// Close closes the unused connections; those in use follow when their reply is closed. Calls still work, without reuse.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	close(c.stop)
	for _, p := range c.pools {
		p.close()
	}
}

// Do sends the call and reads the head of its reply into r, which must be closed afterwards unless Do failed. A call on
// a reused connection that ends before any byte of the reply is sent once more on a fresh one. Errors are an *Error, or
// wrap ErrCall when nothing was sent.
func (c *Client) Do(call *Call, r *Reply) error {
	if err := call.check(); err != nil {
		return err
	}
	p, at := call.Host.pool, now()
	lim := call.limits(at)
	if lim.passed(at) {
		return &Error{Kind: ErrDeadline, Host: p.name}
	}
	if cause := call.Cancel.Err(); cause != nil {
		return &Error{Kind: ErrCancelled, Host: p.name, Cause: cause}
	}
	if cn := p.pop(at); cn != nil {
		err := cn.exchange(call, lim, at, r)
		if err == nil || cn.answered || !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
	}
	cn, err := p.dial(call, lim)
	if err != nil {
		return err
	}
	return cn.exchange(call, lim, now(), r)
}

func (c *Client) poolFor(a address) *pool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[a]
	if p == nil {
		p = newPool(c, a)
		c.pools[a] = p
	}
	return p
}
