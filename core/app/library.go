package app

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

// library keeps what is loaded of the plugins, and frees what nobody uses any more.
type library struct {
	runtime *host.Runtime
	log     *slog.Logger
	closing sync.WaitGroup

	mu       sync.Mutex
	current  *cast
	variants map[string]*variant  // of the casts in use, by the key of their terms
	stores   map[string]*kv.Store // by plugin: what one stores outlives its versions
	seen     map[string]digest    // the folder's files at the last look
	rejected map[string]rejection
	closed   bool
}

// rejection says why a file of the plugins folder is not in force.
type rejection struct {
	sum digest
	why string
}

func newLibrary(r *host.Runtime, log *slog.Logger) *library {
	return &library{runtime: r, log: log, variants: map[string]*variant{}, stores: map[string]*kv.Store{}}
}

func noPlugin(name string) error { return fmt.Errorf("no plugin is called %q", name) }

// serving returns the cast in force.
func (l *library) serving() *cast {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// engage brings together the plugins of a plan, those that are loaded on the same terms already included. They are kept
// until release.
func (l *library) engage(p *plan) *cast {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &cast{plan: p, library: l, variants: map[string]*variant{}}
	for _, t := range p.all() {
		key := t.key()
		if c.variants[key] != nil {
			continue
		}
		v := l.variants[key]
		if v == nil {
			v = &variant{terms: t, store: l.store(t)}
			l.variants[key] = v
		}
		v.uses++
		c.variants[key] = v
	}
	return c
}

// store returns where a plugin keeps its values, nil when it may keep none.
func (l *library) store(t *terms) *kv.Store {
	name := t.module.manifest.Name
	if t.kv > 0 && l.stores[name] == nil {
		l.stores[name] = kv.New(t.kv)
	}
	if t.kv == 0 {
		return nil
	}
	return l.stores[name]
}

// keep is one more release to wait for.
func (l *library) keep(c *cast) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range c.variants {
		v.uses++
	}
}

// release ends what engage or keep began. It never waits for a guest: plugins are closed in the background.
func (l *library) release(c *cast) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, v := range c.variants {
		if v.uses--; v.uses > 0 {
			continue
		}
		if l.closed {
			continue
		}
		l.closing.Go(func() { l.free(key, v) })
	}
}

// free closes a variant unless it came to be used again.
func (l *library) free(key string, v *variant) {
	l.mu.Lock()
	if v.uses > 0 || l.variants[key] != v {
		l.mu.Unlock()
		return
	}
	delete(l.variants, key)
	l.mu.Unlock()
	if err := v.close(); err != nil {
		l.log.Error("plugin not freed", "plugin", v.name(), "error", err.Error())
	}
}

// warm gives plugins that take over from others as many instances as those have.
func (c *cast) warm(before *cast) {
	instances := map[string]int{}
	for _, v := range before.variants {
		if v.tried.Load() && v.err == nil {
			instances[v.name()] = max(instances[v.name()], v.loaded.Stats().Instances)
		}
	}
	for key, v := range c.variants {
		if before.variants[key] == nil && v.tried.Load() && v.err == nil {
			v.loaded.Warm(instances[v.name()])
		}
	}
}

// put puts a cast in force, and its quotas.
func (l *library) put(c *cast) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = c
	for name, t := range c.terms {
		if s := l.stores[name]; s != nil {
			s.SetQuota(t.kv)
		}
	}
}

// background runs f where close waits for it.
func (l *library) background(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closing.Go(f)
	}
}

// close waits for what is being freed. The rest is the runtime's to free.
func (l *library) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.closing.Wait()
}
