package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
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

// Plugin is one compiled guest with one configuration and a few instances of it, which start from one snapshot. It is
// safe for concurrent use.
type Plugin struct {
	Name string

	runtime  *Runtime
	code     *compiled
	config   []byte
	grants   Grants
	limits   limits
	metrics  metrics
	sets     sets
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
	booths booths         // guarded by mu
	work   sync.WaitGroup // instances that start in the background
}

// Load checks and compiles a guest, starts its first instance and configures it. It fails, without harm to anything
// that runs, when the module is malformed, imports what is not offered, lacks an export, was built for another
// version, or refuses its configuration.
func (r *Runtime) Load(ctx context.Context, name string, wasm, config []byte, grants Grants) (*Plugin, error) {
	code, err := r.compile(ctx, name, wasm)
	if err != nil {
		return nil, fmt.Errorf("load plugin %s: %w", name, err)
	}
	p := &Plugin{Name: name, runtime: r, code: code, config: slices.Clone(config), grants: grants,
		limits: grants.limits(&r.opts), seats: make([]seat, r.opts.Instances)}
	p.breaker = newBreaker(p.log)
	if err := p.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("load plugin %s: %w", name, err), p.discard(), r.release(ctx, code))
	}
	return p, nil
}

func (p *Plugin) begin() (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	if err := p.limits.fits(p.code.module); err != nil {
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
	if p.grants.PerRequest {
		guest.drop()
		return nil
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
	p.each((*seat).close)
	p.work.Wait()
	p.runtime.forget(p)
	if err := errors.Join(p.discard(), p.runtime.release(ctx, p.code)); err != nil {
		return fmt.Errorf("close plugin %s: %w", p.Name, err)
	}
	return nil
}

// each calls f with every seat.
func (p *Plugin) each(f func(s *seat)) {
	for i := range p.seats {
		f(&p.seats[i])
	}
	p.mu.Lock()
	booths := slices.Clone(p.booths.all)
	p.mu.Unlock()
	for _, s := range booths {
		f(s)
	}
}

// background runs f beside the request path; Close waits for it.
func (p *Plugin) background(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed.Load() {
		p.work.Go(f)
	}
}
