package host

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi"
)

// instance is one running guest. Everything in it is guarded by its seat's lock.
type instance struct {
	plugin *Plugin
	module api.Module
	memory api.Memory
	buf    api.Function
	event  api.Function
	ctx    callContext
	stack  [8]uint64

	fuel  api.MutableGlobal
	left  int64         // fuel that the event at hand may still take
	until time.Duration // when it is stopped whatever is left, by uptime
	drawn int64         // fuel it was given since it began
	setup int64         // … of what it used: before it began to serve

	bufPtr, bufCap uint32
	configuring    bool
	dead           bool
	ceiling        uint32   // bytes of memory above which it takes no new exchanges
	active         *Context // whose event is being handled
	final          bool     // … and may not be answered any more
	places         places
	log            guestLog
	hits           []hostabi.Hit // of a search; reused
}

const pageSize = 64 << 10

// large reports whether the guest's memory, which never shrinks, has grown past what is worth keeping.
func (g *instance) large() bool { return g.memory.Size() > g.ceiling }

// callContext carries the instance to the host functions without a context.Value lookup. It descends from no caller's
// context: wazero asks it for values at each call, which would allocate there.
type callContext struct {
	context.Context
	guest *instance
}

// Value answers only while the instance is made: wazero asks at every call, and has nothing to find there.
func (c *callContext) Value(key any) any {
	if c.guest.configuring {
		return c.Context.Value(key)
	}
	return nil
}

// instantiate makes an instance that is ready to serve. It can't be cancelled: nothing stops a guest halfway.
func (p *Plugin) instantiate() (*instance, error) {
	if p.snapshot != nil {
		return p.restored()
	}
	return p.fresh()
}

// fresh starts an instance and configures it.
func (p *Plugin) fresh() (*instance, error) {
	g, err := p.bare(nil)
	if err != nil {
		return nil, err
	}
	if err = g.bear(); err == nil {
		err = g.start(p.config)
	}
	if err != nil {
		g.drop()
		return nil, err
	}
	g.serve()
	return g, nil
}

// bare makes an instance that holds nothing yet but, if there is one, the image.
func (p *Plugin) bare(start *image) (*instance, error) {
	g := &instance{plugin: p, configuring: true}
	g.charge(uptime(), p.runtime.opts.StartFuel)
	memory := allocator{most: uint64(p.limits.pages) * pageSize, start: start}
	g.ctx = callContext{memory.in(context.Background()), g}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)
	module, err := p.runtime.wasm.InstantiateModule(&g.ctx, p.code.module, config)
	if err != nil {
		g.log.flush(g)
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	g.module, g.memory = module, module.ExportedMemory(hostabi.ExportMemory)
	g.buf, g.event = module.ExportedFunction(hostabi.ExportBuf), module.ExportedFunction(hostabi.ExportEvent)
	if err := errors.Join(memory.err, g.meter()); err != nil {
		g.drop()
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	return g, nil
}

// serve ends the configuration of an instance.
func (g *instance) serve() {
	g.configuring = false
	g.setup = g.used()
	l, size := &g.plugin.limits, g.memory.Size()
	most := l.pages * pageSize
	g.ceiling = max(min(g.plugin.runtime.opts.RecyclePages*pageSize, most/2), min(2*size, size/2+most/2))
	g.places.most = uint16(l.contexts)
}

// start initialises the guest, checks the version it was built for and configures it.
func (g *instance) start(config []byte) error {
	if g.module.ExportedFunction(hostabi.ExportInitialize) != nil {
		if _, err := g.call(hostabi.ExportInitialize); err != nil {
			return fmt.Errorf("initialise: %w", err)
		}
	}
	version, err := g.call(hostabi.ExportABI)
	if err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	if version>>16 != hostabi.Version>>16 {
		return fmt.Errorf("built for version %d.%d of the contract, this host serves %d", version>>16, version&0xffff, hostabi.Version>>16)
	}
	at, err := g.buffer(uint32(len(config)))
	if err != nil {
		return err
	}
	copy(at, config)
	code, err := g.call(hostabi.ExportConfigure, uint64(len(config)))
	if err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	if code != 0 {
		return fmt.Errorf("configuration refused with code %d", int32(code))
	}
	return nil
}

// call runs an export that is not called often enough to keep a handle of it: each has a stack.
func (g *instance) call(export string, args ...uint64) (uint32, error) {
	f := g.module.ExportedFunction(export)
	copy(g.stack[:], args)
	if err := f.CallWithStack(&g.ctx, g.stack[:max(len(args), 1)]); err != nil {
		return 0, err
	}
	return uint32(g.stack[0]), nil
}

// buffer returns a view of n bytes of the guest's event buffer. The view is valid until the guest runs.
func (g *instance) buffer(n uint32) ([]byte, error) {
	if n > g.bufCap || g.bufPtr == 0 {
		g.stack[0] = uint64(n)
		if err := g.buf.CallWithStack(&g.ctx, g.stack[:1]); err != nil {
			return nil, fmt.Errorf("ask for a buffer: %w", err)
		}
		g.bufPtr, g.bufCap = uint32(g.stack[0]), n
	}
	view, ok := g.memory.Read(g.bufPtr, n)
	if !ok {
		return nil, fmt.Errorf("buffer of %d bytes at %d lies outside the guest's memory", n, g.bufPtr)
	}
	return view, nil
}

// send runs one event in the guest. Any error means that the guest can't be trusted any more.
func (g *instance) send(c *Context, now time.Duration, event hostabi.Event, h *hostabi.Header, records []byte) (hostabi.Result, error) {
	size, l := uint32(hostabi.HeaderSize+len(records)), &g.plugin.limits
	g.charge(now, l.fuel+l.fuelByte*(int64(size)+int64(h.Bytes)))
	view, err := g.buffer(size)
	if err != nil {
		return 0, err
	}
	copy(view, (*[hostabi.HeaderSize]byte)(unsafe.Pointer(h))[:])
	copy(view[hostabi.HeaderSize:], records)
	g.active, g.final = c, event == hostabi.EventCancel
	g.stack[0], g.stack[1], g.stack[2], g.stack[3] = uint64(c.id), uint64(event), uint64(size), uint64(h.Flags)
	err = g.event.CallWithStack(&g.ctx, g.stack[:4])
	g.active = nil
	if err != nil {
		return 0, err
	}
	return c.answer(hostabi.Result(int32(g.stack[0])))
}

// context returns the exchange that a guest names: only the one whose event it handles, for the others may be in use
// by their owners.
func (g *instance) context(id uint32) *Context {
	if g.active == nil || g.active.id != id {
		return nil
	}
	return g.active
}

// recycle tells the guest, if it wants to know, that it is about to be dropped, and drops it.
func (g *instance) recycle() {
	if g.module.ExportedFunction(hostabi.ExportRecycle) != nil {
		g.charge(uptime(), g.plugin.limits.fuel)
		if _, err := g.call(hostabi.ExportRecycle); err != nil {
			g.report(err)
		}
	}
	g.drop()
}

// drop closes the instance.
func (g *instance) drop() {
	g.dead = true
	g.log.flush(g)
	if !g.configuring {
		g.plugin.burnt.Add(g.used())
	}
	g.module.Close(context.Background())
}
