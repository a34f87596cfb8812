package host

import (
	"encoding/binary"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

const maxKey = 512 // bytes of a key

// exchanges numbers those that keep values of their own: a store may outlive a plugin and be shared with its successor.
var exchanges atomic.Uint64

// stored is what a guest says about a value: the arguments ctx, scope, key and klen.
type stored struct {
	store *kv.Store
	scope hostabi.Scope
	owner string
	key   []byte
}

// stored reads the arguments that every function of values begins with.
func (g *instance) stored(a args) (s stored, e hostabi.Errno) {
	c := g.context(a.u32(0))
	if c == nil {
		return s, hostabi.ErrnoContext
	}
	s.store, s.scope = g.plugin.grants.KV, hostabi.Scope(a.i32(1))
	if s.store == nil {
		return s, hostabi.ErrnoDenied
	}
	var ok bool
	if s.key, ok = g.view(a.u32(2), a.u32(3)); !ok {
		return s, hostabi.ErrnoRange
	}
	if len(s.key) == 0 || len(s.key) > maxKey {
		return s, hostabi.ErrnoInvalid
	}
	s.owner, e = c.keeper(s.scope)
	return s, e
}

// keeper is whom values of a scope belong to.
func (c *Context) keeper(scope hostabi.Scope) (string, hostabi.Errno) {
	switch scope {
	case hostabi.ScopeRequest:
		if c.self == "" {
			c.self = strconv.FormatUint(exchanges.Add(1), 36)
		}
		return c.self, 0
	case hostabi.ScopeKey:
		if c.Key == "" {
			return "", hostabi.ErrnoState
		}
		return c.Key, 0
	case hostabi.ScopeGlobal:
		return "", 0
	}
	return "", hostabi.ErrnoInvalid
}

// forget drops the values of the exchange.
func (c *Context) forget() {
	if c.self != "" {
		c.plugin.grants.KV.DropOwner(hostabi.ScopeRequest, c.self)
	}
}

// life is how long a value is kept, from milliseconds; 0 = without an end.
func life(ms uint32) time.Duration { return time.Duration(ms) * time.Millisecond }

func (g *instance) kvGet(a args) {
	s, e := g.stored(a)
	if e != 0 {
		a.err(e)
		return
	}
	value, ok := s.store.Get(s.scope, s.owner, s.key)
	if !ok {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	give(g, a, value, a.u32(4), a.u32(5))
}

func (g *instance) kvSet(a args) {
	s, e := g.stored(a)
	if e != 0 {
		a.err(e)
		return
	}
	value, ok := g.view(a.u32(4), a.u32(5))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if s.store.Set(s.scope, s.owner, s.key, value, life(a.u32(6))) != nil {
		a.err(hostabi.ErrnoLimit)
		return
	}
	a.ok(0)
}

func (g *instance) kvDelete(a args) {
	s, e := g.stored(a)
	if e != 0 {
		a.err(e)
		return
	}
	if s.store.Delete(s.scope, s.owner, s.key) {
		a.ok(1)
		return
	}
	a.ok(0)
}

func (g *instance) kvAdd(a args) {
	s, e := g.stored(a)
	if e != 0 {
		a.err(e)
		return
	}
	dst, ok := g.view(a.u32(6), 8)
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	sum, err := s.store.Add(s.scope, s.owner, s.key, int64(a[4]), life(a.u32(5)))
	switch {
	case errors.Is(err, kv.ErrNotCounter):
		a.err(hostabi.ErrnoInvalid)
	case err != nil:
		a.err(hostabi.ErrnoLimit)
	default:
		binary.LittleEndian.PutUint64(dst, uint64(sum))
		a.ok(0)
	}
}
