package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/cases/hosted"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// proven leaves the changes whose plugins pass the cases that they bring along. The bundled ones have passed theirs before
// they were bundled.
func (a *App) proven(changes []*change, refused rejections) []*change {
	return slices.DeleteFunc(changes, func(c *change) bool {
		if c.module == nil || c.module.bundled() {
			return false
		}
		_, err := c.module.prove(a.runtime)
		if err != nil {
			refused.add(c, err)
		}
		return err != nil
	})
}

// prove runs a module's cases and returns how many there are. The error names those that failed, and how.
func (m *module) prove(r *host.Runtime) (n int, err error) {
	wasm, err := m.open()
	if err != nil {
		return 0, err
	}
	list, err := packedCases(wasm)
	if err != nil {
		return 0, fmt.Errorf("cases of plugin %s: %w", m.manifest.Name, err)
	}
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("cases of plugin %s: panic: %v", m.manifest.Name, e)
		}
	}()
	runner := hosted.New(r, m.manifest, wasm)
	var failed []error
	for i := range list {
		if err := cases.Run(runner, &list[i]); err != nil {
			failed = append(failed, fmt.Errorf("case of plugin %s failed: %w", m.manifest.Name, err))
		}
	}
	return len(list), errors.Join(append(failed, runner.Close(context.Background()))...)
}

// packedCases reads the cases inside a module. There need not be any.
func packedCases(wasm []byte) ([]cases.Case, error) {
	text, err := pack.Section(wasm, hostabi.CasesSection)
	if errors.Is(err, pack.ErrNoSection) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return cases.Parse(text)
}
