package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/cases/hosted"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// trial is a plugin in a host of its own, with nothing around it but what its cases say.
type trial struct {
	runtime *host.Runtime
	runner  *hosted.Runner
	cases   []cases.Case
}

// newTrial prepares a module; nothing of it runs yet. log receives what the plugin says.
func newTrial(ctx context.Context, wasm []byte, log io.Writer) (*trial, error) {
	m, err := pack.Manifest(wasm)
	if err != nil {
		return nil, err
	}
	list, err := pack.Cases(wasm, m)
	if err != nil {
		return nil, err
	}
	r, err := host.New(ctx, host.Options{CacheDir: cacheDir(nil), Log: func(_ string, _ int, message string) {
		fmt.Fprintln(log, "plugin log:", printable(message))
	}})
	if err != nil {
		return nil, fmt.Errorf("start the plugin host: %w", err)
	}
	return &trial{r, hosted.New(r, m, wasm), list}, nil
}

// failures runs the cases and returns what is wrong, nothing when all pass.
func (t *trial) failures() []error {
	var failed []error
	for i := range t.cases {
		if err := cases.Run(t.runner, &t.cases[i]); err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// judge asks a guard about a text of its first hook.
func (t *trial) judge(text string) (*cases.Verdict, error) {
	c := cases.Case{Name: "sample", Text: &text, Stage: "output"}
	for _, hook := range t.manifest().Hooks {
		if hook == "input" {
			c.Stage = "input"
		}
	}
	return c.Ask(t.runner)
}

func (t *trial) manifest() *hostabi.Manifest { return t.runner.Manifest() }

func (t *trial) close(ctx context.Context) error {
	return errors.Join(t.runner.Close(ctx), t.runtime.Close(ctx))
}
