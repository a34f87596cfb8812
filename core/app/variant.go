package app

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

// variant is a plugin on terms of its own. It is loaded when it is first needed, and shared by all states that have the
// same terms for it.
type variant struct {
	terms *terms
	store *kv.Store

	once   sync.Once
	loaded *host.Plugin
	err    error
	tried  atomic.Bool // loaded and err are there

	uses int // casts that may call it; guarded by the library's lock
}

// load compiles the plugin and starts its first instance, once. It keeps what came of it.
func (v *variant) load(r *host.Runtime) (*host.Plugin, error) {
	v.once.Do(func() {
		v.loaded, v.err = v.start(r)
		v.tried.Store(true)
	})
	return v.loaded, v.err
}

func (v *variant) start(r *host.Runtime) (*host.Plugin, error) {
	wasm, err := v.terms.module.open()
	if err != nil {
		return nil, err
	}
	config, err := cases.Config(v.terms.module.manifest, v.terms.settings)
	if err != nil {
		return nil, err
	}
	grants := v.terms.grants
	grants.KV = v.store
	p, err := r.Load(context.Background(), v.terms.module.manifest.Name, wasm, config, grants)
	if err == nil {
		v.terms.module.loaded()
	}
	return p, err
}

// name is the plugin's.
func (v *variant) name() string { return v.terms.module.manifest.Name }

// close frees a plugin that nobody can call any more.
func (v *variant) close() error {
	if !v.tried.Load() || v.loaded == nil {
		return nil
	}
	return v.loaded.Close(context.Background())
}

// cast is the plugins of one state, on the terms of its plan.
type cast struct {
	*plan
	library  *library
	variants map[string]*variant // by the key of their terms
}

// get loads a plugin with the settings under plugins at its first use.
func (c *cast) get(name string) (*host.Plugin, error) {
	t := c.terms[name]
	if t == nil {
		return nil, noPlugin(name)
	}
	return c.load(t)
}

func (c *cast) load(t *terms) (*host.Plugin, error) {
	return c.variants[t.key()].load(c.library.runtime)
}

// all lists the terms of the plan's plugins.
func (p *plan) all() []*terms {
	var all []*terms
	for _, name := range p.modules.names() {
		all = append(all, p.terms[name])
	}
	for _, g := range p.guards {
		all = append(all, g.terms)
	}
	return all
}

// used lists the terms of those that are put to work besides providers.
func (p *plan) used() []*terms {
	var used []*terms
	for _, g := range p.guards {
		used = append(used, g.terms)
	}
	for _, o := range p.observers {
		used = append(used, o.terms)
	}
	for _, t := range []*terms{p.router, p.auth} {
		if t != nil {
			used = append(used, t)
		}
	}
	return used
}

// loadAll loads plugins side by side and returns why some could not be.
func (c *cast) loadAll(list []*terms) map[*terms]error {
	failed := map[*terms]error{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	for _, t := range list {
		wait.Go(func() {
			if _, err := c.load(t); err != nil {
				mu.Lock()
				failed[t] = err
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return failed
}

// awaited lists what must be loaded before the cast serves: what is put to work, the plugins that the deployments need, and
// new ones, so that what is swapped in can serve.
func (c *cast) awaited(changes []*change) []*terms {
	list := c.used()
	for _, name := range c.providers() {
		list = append(list, c.terms[name])
	}
	for _, change := range changes {
		t := c.terms[change.name]
		if t != nil && change.module == t.module && len(checkSettings(t.module.manifest, t.settings, config.Ref{})) == 0 {
			list = append(list, t)
		}
	}
	return list
}

// providers names the plugins that the deployments need; a wildcard may lead to any of them.
func (c *cast) providers() []string {
	names := map[string]bool{}
	for i := range c.config.Models {
		p := &c.config.Models[i].Params
		v, _, err := c.registry.Resolve(p.Model, p.CustomProvider, p.APIBase)
		if err == nil {
			names[v.Plugin] = true
		} else if strings.Contains(p.Model, "*") {
			for _, v := range c.modules {
				if v.manifest.Kind == "provider" {
					names[v.manifest.Name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// forgive takes out of what failed to load for next that which failed for c before: nothing gets worse by it.
func (c *cast) forgive(next *cast, failed map[*terms]error) {
	for t := range failed {
		if v := next.variants[t.key()]; c.variants[t.key()] == v {
			delete(failed, t)
		}
	}
}
