package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// guardFolder is the guard that requests are measured with, from the root of the module.
const guardFolder = "sdk/sdktest/internal/shout"

// guardConfig puts the guard on every request. Its words are in no prompt and no answer: what is measured is the looking.
const guardConfig = sluiceConfig + `plugins:
  shout: {settings: {words: [forbidden, secret, confidential, classified]}}
guardrails:
  - guardrail_name: words
    litellm_params: {guardrail: shout, mode: [%[2]s], default_on: true}
`

// guarded is a gateway with guards in the table and in its configuration.
var guarded = []struct{ name, modes string }{
	{withoutGuards, ""}, {"input guard", "pre_call"}, {"input + output", "pre_call, post_call"}, {"output guard", "post_call"},
}

const withoutGuards = "no guards"

// guardExperiments says which of the gateways answer what.
func (o *options) guardExperiments(gateways []target) []experiment {
	w := o.workloads()
	chat, flatOut, paced := w[0], w[2], w[3]
	windowed := []target{gateways[0], gateways[3]}
	return []experiment{{chat, gateways[:3]}, {flatOut, windowed}, {paced, windowed}}
}

// measureGuards measures requests with guards on beside the same requests without.
func (r *runner) measureGuards(ctx context.Context) ([]row, error) {
	if !r.opts.measures(partGuards) {
		return nil, nil
	}
	folder, err := r.pluginsFolder(ctx)
	if err != nil {
		return nil, err
	}
	var gateways []target
	defer func() {
		for _, g := range gateways {
			g.server.stop()
		}
	}()
	for _, g := range guarded {
		server, err := startSluice(ctx, r.dir, r.opts.Sluice, r.guardConfig(g.modes), "--plugins", folder)
		if err != nil {
			return nil, err
		}
		gateways = append(gateways, target{targetKinds[targetOpenAI], g.name, server})
	}
	return r.measure(ctx, r.opts.guardExperiments(gateways))
}

func (r *runner) guardConfig(modes string) string {
	if modes == "" {
		return fmt.Sprintf(sluiceConfig, r.mock.addr)
	}
	return fmt.Sprintf(guardConfig, r.mock.addr, modes)
}

// pluginsFolder makes a folder with the guard in it.
func (r *runner) pluginsFolder(ctx context.Context) (string, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp(r.dir, "plugins-")
	if err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, r.opts.Sluice, "plugin", "build", guardFolder, filepath.Join(folder, "shout.wasm"))
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the guard: %w: %s", err, out)
	}
	return folder, nil
}

// moduleRoot is where the sources are whose benchmarks are run and whose guard is built.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", errors.Join(err, stderrOf(err)))
	}
	return string(bytes.TrimSpace(out)), nil
}
