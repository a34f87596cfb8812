package app

import (
	"context"
	"fmt"
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
	if err != nil {
		if c != nil {
			a.watchToo(c.Files)
		}
		a.opts.Log.Error("configuration not changed: the new one has errors", "errors", err.Error())
		return fmt.Errorf("reload: %w", err)
	}
	a.install(a.plugins.next(nil), func(s *pluginSet) { a.adopt(c, a.state(c, s)) })
	a.opts.Log.Info("configuration reloaded", "deployments", len(c.Models))
	return nil
}

// install puts a set of plugins in force, and with put the state that is made of it.
func (a *App) install(next *pluginSet, put func(*pluginSet)) {
	before := a.plugins.set()
	if next != before {
		a.plugins.swap(next)
	}
	put(next)
	a.plugins.announce(before, next)
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
