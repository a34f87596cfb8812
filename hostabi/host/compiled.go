package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/sluice-gateway/sluice/hostabi/host/rewrite"
)

// compiled is a module's code. Plugins that differ only in what they are configured with and granted share it.
type compiled struct {
	module  wazero.CompiledModule
	data    []rewrite.Segment // what a new instance's memory holds
	start   string            // the start function, "" when there is none
	globals []string          // the mutable ones
	opaque  string            // why there can't be a snapshot, "" when there can

	sum  [sha256.Size]byte
	once sync.Once
	err  error
	refs int // guarded by the runtime's lock
}

// compile returns the code of a module, which release gives back. Only the first to ask for a module compiles it.
func (r *Runtime) compile(ctx context.Context, plugin string, wasm []byte) (*compiled, error) {
	sum := sha256.Sum256(wasm)
	r.mu.Lock()
	c := r.compiled[sum]
	if c == nil {
		c = &compiled{sum: sum}
		r.compiled[sum] = c
	}
	c.refs++
	r.mu.Unlock()
	c.once.Do(func() { c.err = c.make(ctx, r, plugin, wasm) })
	if c.err != nil {
		return nil, errors.Join(c.err, r.release(ctx, c))
	}
	return c, nil
}

func (c *compiled) make(ctx context.Context, r *Runtime, plugin string, wasm []byte) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("compiler panic: %v", e)
		}
	}()
	m, err := rewrite.Rewrite(wasm, rewrite.Options{Fuel: true, JumpThreading: true, StripData: true, ExportGlobals: true})
	if err != nil {
		return err
	}
	if c.module, err = r.cache.compile(ctx, r, plugin, m.Wasm); err != nil {
		return err
	}
	c.data, c.start, c.globals, c.opaque = m.Data, m.Start, m.Globals, m.Opaque
	return verify(c.module)
}

// release gives up one use of the code; the last one frees it.
func (r *Runtime) release(ctx context.Context, c *compiled) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.refs--; c.refs > 0 {
		return nil
	}
	delete(r.compiled, c.sum)
	if c.module == nil {
		return nil
	}
	return c.module.Close(ctx)
}
