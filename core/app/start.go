package app

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/config"
)

// begin puts the first configuration in force. Unlike later ones it may have nothing wrong with it but deployments that
// can't be called: there is nothing to go on with.
func (a *App) begin(c *config.Config) error {
	folder, err := readFolder(a.opts.PluginDir, a.policy(c))
	if err != nil {
		return err
	}
	have, files, err := startModules(folder)
	if err != nil {
		return err
	}
	p := a.planner(c).make(c, have)
	if err := p.err(); err != nil {
		return err
	}
	refused := rejections{}
	_, done := a.proven(files, refused)
	defer done()
	if err := refused.first(); err != nil {
		return err
	}
	first := a.plugins.engage(p)
	if err := first.loadFirst(); err != nil {
		return err
	}
	a.plugins.note(folder.sums, rejections{})
	a.install(c, first)
	return nil
}

// loadFirst loads the plugins that are needed at once. A provider that can't be loaded fails only its deployments.
func (c *cast) loadFirst() error {
	failed := c.loadAll(c.awaited(nil))
	for _, t := range c.used() {
		if err := failed[t]; err != nil {
			return fmt.Errorf("plugin %s: %w", t.module.manifest.Name, err)
		}
	}
	return nil
}

// startModules collects the bundled plugins and those of the folder's files, which take the place of bundled ones of the
// same name.
func startModules(f *folderContent) (have modules, files []*change, err error) {
	have, err = bundledModules()
	if err != nil {
		return nil, nil, err
	}
	refused := rejections{}
	files = f.wanted(have, refused)
	return have.with(files...), files, refused.first()
}

// first returns one of the rejections as an error, nil when there is none.
func (r rejections) first() error {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		return errors.New(r[name].why)
	}
	return nil
}
