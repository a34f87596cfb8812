package host

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
)

// Plugin is one compiled guest with one configuration and a few instances of it. It is safe for concurrent use.
type Plugin struct {
	Name string

	runtime  *Runtime
	compiled wazero.CompiledModule
	config   []byte
	turn     atomic.Uint32
	seats    []seat
}

// seat is a place for an instance. The lock is held while the guest runs: guests are not re-entrant.
type seat struct {
	sync.Mutex
	guest *instance
}

// Load checks and compiles a guest, starts its first instance and configures it. It fails, without harm to anything
// that runs, when the module is malformed, imports what is not offered, lacks an export, was built for another
// version, or refuses its configuration.
func (r *Runtime) Load(ctx context.Context, name string, wasm, config []byte) (p *Plugin, err error) {
	defer func() {
		if e := recover(); e != nil {
			p, err = nil, fmt.Errorf("load plugin %s: compiler panic: %v", name, e)
		}
	}()
	compiled, err := r.wasm.CompileModule(ctx, wasm)
	if err != nil {
		return nil, fmt.Errorf("load plugin %s: %w", name, err)
	}
	p = &Plugin{Name: name, runtime: r, compiled: compiled, config: config, seats: make([]seat, r.opts.Instances)}
	if err := verify(compiled); err != nil {
		compiled.Close(ctx)
		return nil, fmt.Errorf("load plugin %s: %w", name, err)
	}
	if p.seats[0].guest, err = p.instantiate(ctx); err != nil {
		compiled.Close(ctx)
		return nil, fmt.Errorf("load plugin %s: %w", name, err)
	}
	return p, nil
}

// Close drops the plugin's instances and code. Its contexts fail from then on.
func (p *Plugin) Close(ctx context.Context) error {
	for i := range p.seats {
		s := &p.seats[i]
		s.Lock()
		if s.guest != nil {
			s.guest.poison(ctx)
			s.guest = nil
		}
		s.Unlock()
	}
	return p.compiled.Close(ctx)
}

// take returns a locked seat: a free one if there is any, else the next in turn. A seat may have no instance yet.
func (p *Plugin) take() *seat {
	start := p.turn.Add(1)
	n := uint32(len(p.seats))
	for i := range n {
		s := &p.seats[(start+i)%n]
		if s.TryLock() {
			return s
		}
	}
	s := &p.seats[start%n]
	s.Lock()
	return s
}
