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
	variants map[string]*variant // of the casts in use, by the key of their terms
	stores   map[string]store    // by plugin: what one stores outlives its versions
	seen     map[string]digest   // the folder's files at the last look
	rejected map[string]rejection
	closed   bool
}

// store is what a plugin keeps, within its quota.
type store struct {
	*kv.Store
	quota int
}

// rejection says why a file of the plugins folder is not in force.
type rejection struct {
	sum digest
	why string
}

func newLibrary(r *host.Runtime, log *slog.Logger) *library {
	return &library{runtime: r, log: log, variants: map[string]*variant{}, stores: map[string]store{}}
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

// store returns where a plugin keeps its values, nil when it may keep none. Another quota means another store.
func (l *library) store(t *terms) *kv.Store {
	name := t.module.manifest.Name
	if t.kv == 0 {
		return nil
	}
	s := l.stores[name]
	if s.Store == nil || s.quota != t.kv {
		s = store{kv.New(t.kv), t.kv}
		l.stores[name] = s
	}
	return s.Store
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

// put puts a cast in force.
func (l *library) put(c *cast) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = c
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
