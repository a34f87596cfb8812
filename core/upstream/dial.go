package upstream

import (
	"context"
	"crypto/tls"
	"time"
)

func tlsDefaults(c *tls.Config) *tls.Config {
	if c == nil {
		c = &tls.Config{}
	}
	c = c.Clone()
	c.NextProtos = []string{"http/1.1"}
	if c.ClientSessionCache == nil {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(256)
	}
	return c
}

// dial opens a connection within the dial timeout, the call's deadline and its Canceller's patience.
func (p *pool) dial(call *Call, lim limits) (*conn, error) {
	start := now()
	end := start + int64(p.client.opt.DialTimeout)
	if lim.deadline != 0 {
		end = min(end, lim.deadline)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Duration(end-start))
	defer stop()
	if cause := call.Cancel.attach(stop); cause != nil {
		return nil, &Error{Kind: ErrCancelled, Host: p.name, Cause: cause}
	}
	cn, err := p.open(ctx)
	cause := call.Cancel.detach()
	if err == nil && cause == nil {
		return cn, nil
	}
	if err == nil {
		cn.close()
	}
	return nil, p.dialError(err, cause, lim)
}

func (p *pool) dialError(err, cause error, lim limits) error {
	switch {
	case cause != nil:
		return &Error{Kind: ErrCancelled, Host: p.name, Cause: cause}
	case lim.passed(now()):
		return &Error{Kind: ErrDeadline, Host: p.name, Cause: err}
	}
	return &Error{Kind: ErrConnect, Host: p.name, Cause: err}
}

func (p *pool) open(ctx context.Context) (*conn, error) {
	socket, err := p.client.opt.Dial(ctx, "tcp", p.addr.dial)
	if err != nil {
		return nil, err
	}
	if p.tls == nil {
		return newConn(p, socket, socket), nil
	}
	secure := tls.Client(socket, p.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		socket.Close()
		return nil, err
	}
	return newConn(p, secure, socket), nil
}

func (p *pool) tlsConfig(base *tls.Config) *tls.Config {
	if !p.addr.tls {
		return nil
	}
	c := base.Clone()
	if c.ServerName == "" {
		c.ServerName = p.addr.host
	}
	return c
}
