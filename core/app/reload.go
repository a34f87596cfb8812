package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/config"
)

// Reload reads the configuration again and swaps it in. On any error the running one stays, and the error says why.
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
	a.adopt(c, a.state(c))
	a.opts.Log.Info("configuration reloaded", "deployments", len(c.Models))
	return nil
}

// watchToo adds the files of a configuration that was refused: what is wrong may be put right in one of them.
func (a *App) watchToo(files []string) {
	for _, f := range files {
		if !slices.Contains(a.files, f) {
			a.files = append(slices.Clip(a.files), f)
		}
	}
}

// Watch reloads whenever one of the configuration's files changes, until ctx ends.
func (a *App) Watch(ctx context.Context) {
	config.Watch(ctx, a.watched, time.Second, func() { _ = a.Reload() })
}

func (a *App) watched() []string {
	a.reload.Lock()
	defer a.reload.Unlock()
	return a.files
}
