package upstream

import (
	"crypto/tls"
	"sync"
	"time"
)

// freshEnough is the idle time up to which a connection is used without asking the kernel whether it still stands.
const freshEnough = int64(time.Second)

// pool keeps the unused connections of one scheme and address. The one returned last is used first, so that the others
// age and a burst's surplus is given up.
type pool struct {
	client *Client
	addr   address
	name   string
	tls    *tls.Config

	mu     sync.Mutex
	idle   []*conn // by time of return, oldest first
	closed bool
}

func newPool(c *Client, a address) *pool {
	p := &pool{client: c, addr: a, name: a.name, closed: c.closed}
	p.tls = p.tlsConfig(c.opt.TLS)
	return p
}

// pop takes a connection that is fit for use, nil when there is none.
func (p *pool) pop(at int64) *conn {
	for {
		cn := p.take()
		if cn == nil {
			return nil
		}
		age := at - cn.idleSince
		if age < freshEnough || (age < int64(p.client.opt.IdleTimeout) && cn.probe.alive()) {
			return cn
		}
		cn.close()
	}
}

func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	cn := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return cn
}

func (p *pool) push(cn *conn) {
	cn.rest(now())
	if !p.keep(cn) {
		cn.close()
		return
	}
	p.client.janitor.Do(func() { go p.client.sweep() })
}

func (p *pool) keep(cn *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.client.opt.MaxIdlePerHost {
		return false
	}
	p.idle = append(p.idle, cn)
	return true
}

func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, cn := range idle {
		cn.close()
	}
}

// evict closes what was returned before the given time.
func (p *pool) evict(before int64) {
	for {
		cn := p.oldest(before)
		if cn == nil {
			return
		}
		cn.close()
	}
}

func (p *pool) oldest(before int64) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 || p.idle[0].idleSince >= before {
		return nil
	}
	cn := p.idle[0]
	n := copy(p.idle, p.idle[1:])
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return cn
}

// sweep is the janitor: it closes connections idle for too long until the client is closed.
func (c *Client) sweep() {
	tick := time.NewTicker(c.opt.IdleTimeout/2 + 1)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			c.evict(now() - int64(c.opt.IdleTimeout))
		}
	}
}

func (c *Client) evict(before int64) {
	c.mu.Lock()
	pools := make([]*pool, 0, len(c.pools))
	for _, p := range c.pools {
		pools = append(pools, p)
	}
	c.mu.Unlock()
	for _, p := range pools {
		p.evict(before)
	}
}
