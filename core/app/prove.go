package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/cases/hosted"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// proven leaves the changes whose plugins pass the cases that they bring along. The bundled ones have passed theirs before
// they were bundled. What was compiled for it is kept until done is called, so that loading the plugins is quick.
func (a *App) proven(changes []*change, refused rejections) (good []*change, done func()) {
	var proofs []*proof
	for _, c := range changes {
		if c.module != nil && !c.module.bundled() {
			p := c.module.prove(a.runtime)
			proofs = append(proofs, p)
			if p.err != nil {
				refused.add(c, p.err)
				continue
			}
		}
		good = append(good, c)
	}
	return good, func() {
		for _, p := range proofs {
			p.close()
		}
	}
}

// proof is what came of a module's cases.
type proof struct {
	runner *hosted.Runner // nil when there was nothing to run
	cases  int
	err    error // names the cases that failed, and how
}

// prove runs a module's cases. The proof must be closed.
func (m *module) prove(r *host.Runtime) *proof {
	wasm, err := m.open()
	if err != nil {
		return &proof{err: err}
	}
	list, err := packedCases(wasm)
	if err != nil {
		return &proof{err: fmt.Errorf("cases of plugin %s: %w", m.manifest.Name, err)}
	}
	p := &proof{runner: hosted.New(r, m.manifest, wasm), cases: len(list)}
	for i := range list {
		if err := p.run(&list[i]); err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("case of plugin %s failed: %w", m.manifest.Name, err))
		}
	}
	return p
}

// run never panics: a stranger's plugin must not be able to stop the gateway.
func (p *proof) run(c *cases.Case) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	return cases.Run(p.runner, c)
}

func (p *proof) close() {
	if p.runner != nil {
		_ = p.runner.Close(context.Background()) // nothing but memory is lost
	}
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
