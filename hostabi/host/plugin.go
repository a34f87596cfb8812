package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"

	"github.com/sluice-gateway/sluice/hostabi/host/rewrite"
)

// Errors that a Context meets.
var (
	// ErrTrapped means that the guest crashed on this event, or broke the contract. Its log says more.
	ErrTrapped = errors.New("plugin trapped")
	// ErrLost means that the guest crashed on an event of another exchange, and this one's state went with it.
	ErrLost = errors.New("plugin instance was lost")
	// ErrBusy means that every instance has as many exchanges as it may.
	ErrBusy = errors.New("plugin has too many exchanges at once")
	// ErrClosed means that the plugin was closed.
	ErrClosed = errors.New("plugin is closed")
)

// Plugin is one compiled guest with one configuration and a few instances of it, which start from one snapshot. It is safe for concurrent use.
type Plugin struct {
	Name string

	runtime  *Runtime
	compiled wazero.CompiledModule
	data     []rewrite.Segment // what a new instance's memory holds
	start    string            // the start function, "" when there is none
	globals  []string          // the mutable ones
	opaque   string            // why there can't be a snapshot, "" when there can
	config   []byte
	grants   Grants
	names    atomic.Int32 // how many names were new to the vocabulary
	snapshot *snapshot    // nil when each instance is configured anew
	breaker  *breaker
	burnt    atomic.Int64 // fuel that events took of instances that are gone

	seats   []seat
	open    atomic.Uint32 // how many of the seats are in use
	turn    atomic.Uint32
	crowded atomic.Uint32 // how often every seat in use was taken

	mu     sync.Mutex
	closed atomic.Bool    // set under mu
	work   sync.WaitGroup // instances that start in the background
}

// Load checks and compiles a guest, starts its first instance and configures it. It fails, without harm to anything
// that runs, when the module is malformed, imports what is not offered, lacks an export, was built for another
// version, or refuses its configuration.
func (r *Runtime) Load(ctx context.Context, name string, wasm, config []byte, grants Grants) (p *Plugin, err error) {
	defer func() {
		if e := recover(); e != nil {
			p, err = nil, fmt.Errorf("load plugin %s: compiler panic: %v", name, e)
		}
	}()
	module, err := rewrite.Rewrite(wasm, rewrite.Options{Fuel: true, JumpThreading: true, StripData: true, ExportGlobals: true})
	if err != nil {
		return nil, fmt.Errorf("load plugin %s: %w", name, err)
	}
	compiled, err := r.wasm.CompileModule(ctx, module.Wasm)
	if err != nil {
		return nil, fmt.Errorf("load plugin %s: %w", name, err)
	}
	p = &Plugin{Name: name, runtime: r, compiled: compiled, data: module.Data, start: module.Start,
		globals: module.Globals, opaque: module.Opaque, config: slices.Clone(config), grants: grants, seats: make([]seat, r.opts.Instances)}
	p.breaker = newBreaker(p.log)
	if err := p.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("load plugin %s: %w", name, err), p.discard(), compiled.Close(ctx))
	}
	return p, nil
}

func (p *Plugin) begin() error {
	if err := verify(p.compiled); err != nil {
		return err
	}
	guest, err := p.first()
	if err != nil {
		return err
	}
	if err := p.runtime.adopt(p); err != nil {
		guest.drop()
		return err
	}
	p.seats[0].guest = guest
	p.open.Store(1)
	return nil
}

// Close drops the plugin's instances and code, waiting for events that are being handled. Its contexts fail from then
// on.
func (p *Plugin) Close(ctx context.Context) error {
	p.mu.Lock()
	again := p.closed.Swap(true)
	p.mu.Unlock()
	if again {
		return nil
	}
	for i := range p.seats {
		p.seats[i].close()
	}
	p.work.Wait()
	p.runtime.forget(p)
	if err := errors.Join(p.discard(), p.compiled.Close(ctx)); err != nil {
		return fmt.Errorf("close plugin %s: %w", p.Name, err)
	}
	return nil
}

// background runs f beside the request path; Close waits for it.
func (p *Plugin) background(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed.Load() {
		p.work.Go(f)
	}
}
