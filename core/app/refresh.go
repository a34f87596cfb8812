package app

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/plugins"
)

// change is what a plugin is to become; without a module it goes.
type change struct {
	name   string
	module *module
	sum    digest // of the file that asks for it
}

// folderContent is the plugins folder as it was read.
type folderContent struct {
	files  map[string]moduleFile
	sums   map[string]digest // as folderWatch has them
	policy trust.Policy
}

func readFolder(dir string, policy trust.Policy) (*folderContent, error) {
	files, err := readModules(dir)
	if err != nil {
		return nil, err
	}
	sums, err := (&folderWatch{dir: dir}).digests()
	if err != nil {
		return nil, err
	}
	for name, f := range files {
		if sums[filepath.Join(dir, name+moduleSuffix)] != f.sum {
			return nil, errors.New("read the plugins folder: it changes")
		}
	}
	return &folderContent{files, sums, policy}, nil
}

// module makes the plugin of a file, if the policy lets it in.
func (f *folderContent) module(name string) (*module, error) {
	file := f.files[name]
	m, err := fileModule(name, file)
	if err != nil {
		return nil, err
	}
	if err := f.policy.Verify(name, file.wasm, file.signature, m.manifest); err != nil {
		return nil, err
	}
	return m, nil
}

// rejections collects why files can't be taken.
type rejections map[string]rejection

func (r rejections) add(c *change, err error) { r[c.name] = rejection{c.sum, err.Error()} }

// wanted lists what the folder asks for in the place of the plugins at hand: those that went first, for others may serve
// their providers now.
func (f *folderContent) wanted(current modules, refused rejections) []*change {
	var changes []*change
	for _, name := range current.names() {
		if _, there := f.files[name]; there || current[name].bundled() {
			continue
		}
		c := &change{name: name}
		if slices.Contains(plugins.Names(), name) {
			var err error
			if c.module, err = bundledModule(name); err != nil {
				refused.add(c, err)
				continue
			}
		}
		changes = append(changes, c)
	}
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		c := &change{name: name, sum: f.files[name].sum}
		var err error
		if c.module, err = f.module(name); err != nil {
			refused.add(c, err)
			continue
		}
		if m := current[name]; m == nil || m.bundled() || m.digest() != c.sum {
			changes = append(changes, c)
		}
	}
	return changes
}

// fit makes as many of the changes as fit together and to the configuration, all of them if they do, and returns the plan
// of that. The other changes are refused.
func fit(current modules, changes []*change, plan func(modules) *plan, refused rejections) *plan {
	whole := plan(current.with(changes...))
	if len(changes) == 0 || whole.err() == nil {
		return whole
	}
	done := plan(current)
	clashes := map[*change]error{}
	left := slices.Clone(changes)
	for again := true; again; {
		again = false
		for i, c := range left {
			if c == nil {
				continue
			}
			p := plan(done.have.with(c))
			if err := p.worse(done); err != nil {
				clashes[c] = err
				continue
			}
			delete(clashes, c)
			done, left[i], again = p, nil, true
		}
	}
	for c, err := range clashes {
		if c.module == nil {
			err = errors.Join(errors.New("its file was removed, but it is still in use"), err)
		}
		refused.add(c, err)
	}
	return done
}

// note keeps what was seen, and logs each rejection once.
func (l *library) note(seen map[string]digest, rejected rejections) {
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

// announce logs what one cast has that the other has not.
func (l *library) announce(before, after *cast) {
	for _, name := range after.modules.names() {
		if m := after.modules[name]; before.modules[name] != m {
			l.log.Info("plugin swapped in", "plugin", name, "version", m.manifest.Version, "source", m.source(),
				"sha256", m.digest().text())
		}
	}
	for _, name := range before.modules.names() {
		if after.modules[name] == nil {
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
