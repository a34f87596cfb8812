package main

import (
	"context"
	"fmt"
)

// The names of the targets in the table and in -only.
const (
	targetDirect    = "mock, direct"
	targetBare      = "bare"
	targetOpenAI    = "sluice-openai"
	targetAnthropic = "sluice-anthropic"
)

// target is something that answers chat completions.
type target struct {
	targetKind
	name   string
	server *child
}

// targetKind is what a target's name stands for.
type targetKind struct {
	process  string
	provider string // prefix of the model, by which Sluice chooses the wire
	wire     *wire
}

var targetKinds = map[string]targetKind{
	targetDirect:    {"mock", "openai/", &openAIWire},
	targetBare:      {"bare", "openai/", &openAIWire},
	targetOpenAI:    {"sluice", "openai/", &openAIWire},
	targetAnthropic: {"sluice", "anthropic/", &anthropicWire},
}

// workload is a kind of request.
type workload struct {
	name     string
	prompt   int // bytes
	stream   bool
	paced    bool
	settings string // of the mock, as the tail of a model name
}

// experiment is a workload put to several targets, the one to compare with first.
type experiment struct {
	workload
	targets []target
}

// workloads has streams twice: flat out several events reach a proxy in one read, so only paced ones tell what each costs.
func (o *options) workloads() []workload {
	return []workload{
		{name: "1 KB prompt", prompt: 1 << 10, settings: "-s1024"},
		{name: "50 KB prompt", prompt: 50 << 10, settings: "-s1024"},
		{name: "stream of 50", prompt: 1 << 10, stream: true, settings: "-n50"},
		{name: fmt.Sprintf("stream of 50, %d ms apart", o.GapMS), prompt: 1 << 10, stream: true, paced: true,
			settings: fmt.Sprintf("-n50-g%d", o.GapMS)},
	}
}

// startTargets starts one process per kind; both Sluice targets share theirs. The caller must call stop.
func (r *runner) startTargets(ctx context.Context) (targets []target, stop func(), err error) {
	servers := map[string]*child{"mock": r.mock}
	stop = func() {
		for _, s := range servers {
			if s != r.mock {
				s.stop()
			}
		}
	}
	for _, name := range append([]string{targetDirect}, r.opts.targets...) {
		kind := targetKinds[name]
		if servers[kind.process] == nil {
			s, err := r.startServer(ctx, kind.process)
			if err != nil {
				stop()
				return nil, nil, err
			}
			servers[kind.process] = s
		}
		targets = append(targets, target{kind, name, servers[kind.process]})
	}
	return targets, stop, nil
}

func (r *runner) startServer(ctx context.Context, process string) (*child, error) {
	if process == "sluice" {
		return startSluice(ctx, r.dir, r.opts.Sluice, fmt.Sprintf(sluiceConfig, r.mock.addr))
	}
	return startRole(ctx, r.dir, process, r.mock.addr)
}
