package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/config"
)

// Reload reads the configuration and the plugins folder again and swaps in what is new. On any error in the configuration
// the running one stays, and the error says why; a plugin that can't be taken is logged and leaves its older version.
func (a *App) Reload() error {
	a.reload.Lock()
	defer a.reload.Unlock()
	c, err := a.opts.Load()
	if err == nil {
		err = a.renew(c, nil)
	}
	if err != nil {
		if c != nil {
			a.watchToo(c.Files)
		}
		a.opts.Log.Error("configuration not changed: the new one has errors", "errors", err.Error())
		return fmt.Errorf("reload: %w", err)
	}
	a.opts.Log.Info("configuration reloaded", "deployments", len(c.Models))
	return nil
}

// refresh takes over what changed in the plugins folder, if its files are those.
func (a *App) refresh(want map[string]digest) {
	a.reload.Lock()
	defer a.reload.Unlock()
	if err := a.renew(a.config, want); err != nil {
		a.opts.Log.Error("plugins not changed", "error", err.Error())
	}
}

// renew makes what serves from now on of a configuration and the plugins folder, and puts it in force. A file that can't
// be taken leaves its plugin as it is; on an error all does. With want, it does nothing unless the files are those.
func (a *App) renew(c *config.Config, want map[string]digest) error {
	folder, err := readFolder(a.opts.PluginDir, a.policy(c))
	if err != nil {
		a.opts.Log.Error("plugins not changed", "error", err.Error())
		return a.change(c, nil, rejections{})
	}
	if want != nil && !maps.Equal(want, folder.sums) {
		return nil
	}
	refused := rejections{}
	current := a.plugins.serving().have
	changes, done := a.proven(folder.wanted(current, refused), refused)
	defer done()
	if want == nil {
		err = refused.of(current)
	}
	if err == nil {
		err = a.change(c, changes, refused)
	}
	a.plugins.note(folder.sums, refused)
	return err
}

// of returns why one of the plugins that serve would not be let in any more: a configuration that asks for it can't be
// satisfied.
func (r rejections) of(current modules) error {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if m := current[name]; m != nil && !m.bundled() && m.digest() == r[name].sum {
			return errors.New(r[name].why)
		}
	}
	return nil
}

// change puts a configuration and new plugins in force, except for those that don't fit or can't be loaded.
func (a *App) change(c *config.Config, changes []*change, refused rejections) error {
	before := a.plugins.serving()
	plan := func(m modules) *plan { return a.planner(c).make(c, m) }
	for {
		p := fit(before.have, changes, plan, refused)
		changes = slices.DeleteFunc(changes, func(c *change) bool { _, no := refused[c.name]; return no })
		if err := p.err(); err != nil {
			return err
		}
		next := a.plugins.engage(p)
		failed := next.loadAll(next.awaited(changes))
		before.forgive(next, failed)
		bad, err := blame(failed, changes, refused)
		if !bad && err == nil {
			next.warm(before)

			a.install(c, next)
			return nil
		}
		a.plugins.release(next)
		if !bad {
			return err
		}
	}
}

// blame refuses the changes whose plugins could not be loaded. An error is about another plugin, which the configuration
// gave new terms.
func blame(failed map[*terms]error, changes []*change, refused rejections) (bad bool, err error) {
	for t, why := range failed {
		name := t.module.manifest.Name
		i := slices.IndexFunc(changes, func(c *change) bool { return c.module == t.module })
		if i < 0 {
			err = fmt.Errorf("plugin %s: %w", name, why)
			continue
		}
		refused.add(changes[i], why)
		bad = true
	}
	return bad, err
}

// install puts a cast in force, and the state that is made of it.
func (a *App) install(c *config.Config, next *cast) {
	before := a.plugins.serving()
	a.plugins.put(next)
	a.adopt(c, next.plan, a.state(next))
	if before != nil {
		a.plugins.announce(before, next)
		a.plugins.release(before)
	}
}

// watchToo adds the files of a configuration that was refused: what is wrong may be put right in one of them.
func (a *App) watchToo(files []string) {
	for _, f := range files {
		if !slices.Contains(a.files, f) {
			a.files = append(slices.Clip(a.files), f)
		}
	}
}

// Watch reloads whenever one of the configuration's files or the plugins folder changes, until ctx ends.
func (a *App) Watch(ctx context.Context) {
	var plugins sync.WaitGroup
	defer plugins.Wait()
	plugins.Go(func() { a.watchPlugins(ctx) })
	config.Watch(ctx, a.watched, time.Second, func() { _ = a.Reload() })
}

func (a *App) watched() []string {
	a.reload.Lock()
	defer a.reload.Unlock()
	return a.files
}
