package host

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// ErrLost is returned for an exchange whose instance trapped while it served another.
var ErrLost = errors.New("plugin instance was lost")

// maxContexts bounds the exchanges that share an instance, and so what one trap can take down.
const maxContexts = 4096

// instance is one running guest. Everything in it is guarded by its seat's lock.
type instance struct {
	plugin *Plugin
	module api.Module
	memory api.Memory
	buf    api.Function
	event  api.Function
	ctx    callContext
	stack  [8]uint64

	bufPtr, bufCap uint32
	configuring    bool
	dead           bool
	slots          []*Context
	free           []uint32
	generation     uint32
	log            logLimiter
}

// callContext carries the instance to the host functions without a context.Value lookup.
type callContext struct {
	context.Context
	guest *instance
}

// Value spares wazero, which asks at every call, the walk through the parents.
func (*callContext) Value(any) any { return nil }

func (p *Plugin) instantiate(ctx context.Context) (*instance, error) {
	g := &instance{plugin: p, configuring: true}
	g.ctx = callContext{context.WithoutCancel(ctx), g}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)
	module, err := p.runtime.wasm.InstantiateModule(&g.ctx, p.compiled, config)
	if err != nil {
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	g.module, g.memory = module, module.ExportedMemory(hostabi.ExportMemory)
	g.buf, g.event = module.ExportedFunction(hostabi.ExportBuf), module.ExportedFunction(hostabi.ExportEvent)
	if err := g.start(p.config); err != nil {
		g.poison(ctx)
		return nil, err
	}
	g.configuring = false
	return g, nil
}

func (g *instance) start(config []byte) error {
	if init := g.module.ExportedFunction(hostabi.ExportInitialize); init != nil {
		if err := init.CallWithStack(&g.ctx, g.stack[:0]); err != nil {
			return fmt.Errorf("initialise: %w", err)
		}
	}
	if err := g.module.ExportedFunction(hostabi.ExportABI).CallWithStack(&g.ctx, g.stack[:1]); err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	if v := uint32(g.stack[0]); v>>16 != hostabi.Version>>16 {
		return fmt.Errorf("built for version %d.%d of the contract, this host serves %d", v>>16, v&0xffff, hostabi.Version>>16)
	}
	at, err := g.buffer(uint32(len(config)))
	if err != nil {
		return err
	}
	copy(at, config)
	g.stack[0] = uint64(len(config))
	if err := g.module.ExportedFunction(hostabi.ExportConfigure).CallWithStack(&g.ctx, g.stack[:1]); err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	if code := int32(g.stack[0]); code != 0 {
		return fmt.Errorf("configuration refused with code %d", code)
	}
	return nil
}

// buffer returns a view of at least n bytes of the guest's event buffer. The view is valid until the guest runs.
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
func (g *instance) send(c *Context, event hostabi.Event, h *hostabi.Header, doc *tape.Doc) (hostabi.Result, error) {
	var nodes []byte
	if doc != nil && len(doc.Nodes) > 0 {
		nodes = unsafe.Slice((*byte)(unsafe.Pointer(&doc.Nodes[0])), len(doc.Nodes)*tape.NodeSize)
	}
	size := uint32(hostabi.HeaderSize + len(nodes))
	view, err := g.buffer(size)
	if err != nil {
		return 0, err
	}
	copy(view, (*[hostabi.HeaderSize]byte)(unsafe.Pointer(h))[:])
	copy(view[hostabi.HeaderSize:], nodes)
	g.stack[0], g.stack[1], g.stack[2], g.stack[3] = uint64(c.id), uint64(event), uint64(size), uint64(h.Flags)
	if err := g.event.CallWithStack(&g.ctx, g.stack[:4]); err != nil {
		return 0, err
	}
	return hostabi.Result(int32(g.stack[0])), nil
}

// admit gives a context a place in the instance. Ids carry a generation so that a guest can't reach a context that is gone.
func (g *instance) admit(c *Context) error {
	var slot uint32
	switch n := len(g.free); {
	case n > 0:
		slot, g.free = g.free[n-1], g.free[:n-1]
	case len(g.slots) < maxContexts:
		slot = uint32(len(g.slots))
		g.slots = append(g.slots, nil)
	default:
		return fmt.Errorf("plugin %s: more than %d exchanges at once", g.plugin.Name, maxContexts)
	}
	g.generation = (g.generation + 1) & 0x7fff
	c.id = slot | g.generation<<16
	g.slots[slot] = c
	return nil
}

func (g *instance) release(c *Context) {
	slot := c.id & 0xffff
	g.slots[slot] = nil
	g.free = append(g.free, slot)
}

// context returns the exchange a guest names, nil when there is none.
func (g *instance) context(id uint32) *Context {
	slot := id & 0xffff
	if int(slot) >= len(g.slots) || g.slots[slot] == nil || g.slots[slot].id != id {
		return nil
	}
	return g.slots[slot]
}

// poison closes the instance: after a trap a guest's memory proves nothing.
func (g *instance) poison(ctx context.Context) {
	g.dead = true
	g.module.Close(ctx)
}
