package app

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/config"
)

// Reload reads the configuration again and swaps it in. On any error the running one stays, and the error says why.
func (a *App) Reload(ctx context.Context) error {
	a.reload.Lock()
	defer a.reload.Unlock()
	c, err := a.opts.Load()
	if err != nil {
		a.opts.Log.Error("configuration not changed: the new one has errors", "errors", err.Error())
		return fmt.Errorf("reload: %w", err)
	}
	s, err := a.state(ctx, c)
	if err != nil {
		a.opts.Log.Error("configuration not changed", "error", err.Error())
		return fmt.Errorf("reload: %w", err)
	}
	a.adopt(c, s)
	a.opts.Log.Info("configuration reloaded", "deployments", len(c.Models))
	return nil
}

// Watch reloads whenever one of the configuration's files changes, until ctx ends.
func (a *App) Watch(ctx context.Context) {
	config.Watch(ctx, a.watched, time.Second, func() { _ = a.Reload(ctx) })
}

func (a *App) watched() []string {
	a.reload.Lock()
	defer a.reload.Unlock()
	return a.files
}
