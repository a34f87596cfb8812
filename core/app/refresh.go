package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/plugins"
)

// change is what a plugin is to become; without a plugin it goes.
type change struct {
	name   string
	plugin *plugin
	sum    digest // of the file that asks for it
}

// next looks at the plugins folder and returns what should serve from now on, its new plugins loaded. It changes nothing
// that runs. A file that can't be taken leaves its plugin as it is. With want, it does nothing unless the files are those.
func (l *library) next(want map[string]digest) *pluginSet {
	current := l.set()
	files, err := readModules(l.dir)
	if err != nil {
		l.log.Error("plugins not changed", "error", err.Error())
		return current
	}
	seen := sumsOf(files)
	if want != nil && !maps.Equal(want, seen) {
		return current
	}
	rejected := map[string]rejection{}
	refuse := func(c change, err error) { rejected[c.name] = rejection{c.sum, err.Error()} }
	changes := l.prepare(current, files, refuse)
	set, clashes := apply(current, changes)
	for c, err := range clashes {
		refuse(*c, err)
		l.drop(c.plugin)
	}
	l.note(seen, rejected)
	return set
}

// prepare makes and loads the plugins that differ from those in force. Loading before anything is decided makes sure
// that what is decided can serve.
func (l *library) prepare(current *pluginSet, files map[string]moduleFile, refuse func(change, error)) []*change {
	var changes []*change
	for _, c := range l.wanted(current, files, refuse) {
		if c.plugin != nil {
			if _, err := c.plugin.load(l.runtime); err != nil {
				refuse(*c, err)
				continue
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// wanted lists what the files ask for: those that went first, for others may serve their providers now.
func (l *library) wanted(current *pluginSet, files map[string]moduleFile, refuse func(change, error)) []*change {
	var changes []*change
	for _, name := range current.names() {
		if _, there := files[name]; there || !current.plugins[name].file {
			continue
		}
		c := &change{name: name}
		if slices.Contains(plugins.Names(), name) {
			var err error
			if c.plugin, err = bundledPlugin(name); err != nil {
				refuse(*c, err)
				continue
			}
		}
		changes = append(changes, c)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		if p := current.plugins[name]; p != nil && p.file && p.sum == f.sum && f.err == nil {
			continue
		}
		c := &change{name: name, sum: f.sum}
		var err error
		if c.plugin, err = filePlugin(name, f); err != nil {
			refuse(*c, err)
			continue
		}
		changes = append(changes, c)
	}
	return changes
}

// apply makes as many of the changes as fit together, all of them if they do. It returns those that don't, and why.
func apply(set *pluginSet, changes []*change) (*pluginSet, map[*change]error) {
	all := make([]change, len(changes))
	for i, c := range changes {
		all[i] = *c
	}
	if len(all) == 0 {
		return set, nil
	}
	if whole, err := set.with(all...); err == nil {
		return whole, nil
	}
	clashes := map[*change]error{}
	for again := true; again; {
		again = false
		for i, c := range changes {
			if c == nil {
				continue
			}
			more, err := set.with(*c)
			if err != nil {
				clashes[c] = err
				continue
			}
			delete(clashes, c)
			set, changes[i], again = more, nil, true
		}
	}
	return set, clashes
}

// drop frees a plugin that never served.
func (l *library) drop(p *plugin) {
	if p != nil {
		l.free(p)
	}
}

// note keeps what was seen, and logs each rejection once.
func (l *library) note(seen map[string]digest, rejected map[string]rejection) {
	l.mu.Lock()
	before := l.rejected
	l.seen, l.rejected = seen, rejected
	l.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(rejected)) {
		if r := rejected[name]; before[name] != r {
			l.log.Error("plugin not changed", "plugin", name, "error", r.why)
		}
	}
}

// differs reports whether the folder's files are other than those last looked at.
func (l *library) differs(now map[string]digest) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !maps.Equal(now, l.seen)
}

// announce logs what one set has that the other has not.
func (l *library) announce(before, after *pluginSet) {
	for _, name := range after.names() {
		if p := after.plugins[name]; before.plugins[name] != p {
			l.log.Info("plugin swapped in", "plugin", name, "version", p.manifest.Version, "source", p.source(),
				"sha256", p.sum.text())
		}
	}
	for _, name := range before.names() {
		if after.plugins[name] == nil {
			l.log.Info("plugin removed", "plugin", name)
		}
	}
}

// pollPlugins is how often the plugins folder is looked at.
const pollPlugins = time.Second

// watchPlugins swaps plugins whenever the plugins folder has changed, until ctx ends.
func (a *App) watchPlugins(ctx context.Context) {
	ticker := time.NewTicker(pollPlugins)
	defer ticker.Stop()
	w := &pluginWatch{app: a, folder: folderWatch{dir: a.opts.PluginDir}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.poll()
		}
	}
}

// pluginWatch waits until two looks at the folder agree, so that no half-written file is taken.
type pluginWatch struct {
	app    *App
	folder folderWatch
	before map[string]digest
}

func (w *pluginWatch) poll() {
	now, err := w.folder.digests()
	if err != nil {
		return // whoever asks for a reload learns why
	}
	stable := w.before != nil && maps.Equal(now, w.before)
	w.before = now
	if stable && w.app.plugins.differs(now) {
		w.app.refresh(now)
	}
}

// refresh takes over what changed in the plugins folder.
func (a *App) refresh(want map[string]digest) {
	a.reload.Lock()
	defer a.reload.Unlock()
	before := a.plugins.set()
	next := a.plugins.next(want)
	if next == before {
		return
	}
	a.install(next, func(s *pluginSet) { a.pipeline.Swap(a.state(a.config, s)) })
}
