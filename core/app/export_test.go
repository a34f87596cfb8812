package app

import "github.com/sluice-gateway/sluice/hostabi/host"

// PluginPoll returns what the watch does at each tick.
func (a *App) PluginPoll() (poll func()) {
	w := &pluginWatch{app: a, folder: folderWatch{dir: a.opts.PluginDir}}
	return w.poll
}

// Serving returns the plugin that new exchanges get with the settings under plugins, nil when there is none or it is not
// loaded.
func (a *App) Serving(name string) *host.Plugin {
	c := a.plugins.serving()
	t := c.terms[name]
	if t == nil || !c.variants[t.key()].tried.Load() {
		return nil
	}
	return c.variants[t.key()].loaded
}

// AwaitFreed waits for the plugins that are being freed, and returns how many replaced ones are left.
func (a *App) AwaitFreed() int {
	a.plugins.closing.Wait()
	a.plugins.mu.Lock()
	defer a.plugins.mu.Unlock()
	n := 0
	for key, v := range a.plugins.variants {
		if a.plugins.current.variants[key] != v && v.tried.Load() {
			n++
		}
	}
	return n
}

// HoldState keeps the state in force, as an exchange does, until release is called.
func (a *App) HoldState() (release func()) { return a.pipeline.Hold().Release }
