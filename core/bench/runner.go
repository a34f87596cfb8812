package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// singleConn is the number of connections for latencies: with more, a closed loop on a small machine measures queues.
// Paced streams leave the machine time enough, and would be too few with one connection.
const singleConn = 1

// runner holds what one run shares.
type runner struct {
	opts options
	dir  string // for everything that its processes write
	mock *child
}

func runnerMain(ctx context.Context, args []string) error {
	opts, err := parseOptions(args)
	if err != nil {
		return err
	}
	rep, err := runAll(ctx, opts)
	if err != nil {
		return err
	}
	if err := rep.writeTable(os.Stdout); err != nil || opts.jsonOut == "" {
		return err
	}
	b, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(opts.jsonOut, append(b, '\n'), 0o644)
}

// runAll measures everything and has ended all its processes when it returns.
func runAll(ctx context.Context, opts options) (*report, error) {
	ctx, cancel := context.WithTimeout(ctx, opts.limit())
	defer cancel()
	dir, err := os.MkdirTemp("", "sluice-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	mock, err := startRole(ctx, dir, "mock")
	if err != nil {
		return nil, err
	}
	defer mock.stop()
	start, err := readUsage()
	if err != nil {
		return nil, err
	}
	r := &runner{opts: opts, dir: dir, mock: mock}
	rep := &report{Options: opts}
	if rep.Rows, err = r.measureLoads(ctx); err != nil {
		return nil, err
	}
	if rep.Idle, err = r.measureIdle(ctx); err != nil {
		return nil, err
	}
	if rep.Guards, err = r.measureGuards(ctx); err != nil {
		return nil, err
	}
	if rep.Figures, err = r.measureFigures(ctx); err != nil {
		return nil, err
	}
	rep.Environment, err = describeEnvironment(start)
	return rep, err
}

// measureLoads puts every workload to every target.
func (r *runner) measureLoads(ctx context.Context) ([]row, error) {
	if len(r.opts.targets) == 0 {
		return nil, nil
	}
	targets, stop, err := r.startTargets(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	var all []experiment
	for _, w := range r.opts.workloads() {
		all = append(all, experiment{w, targets})
	}
	return r.measure(ctx, all)
}

// measure goes round by round through all cells, so that a slow spell of the machine touches every target.
func (r *runner) measure(ctx context.Context, all []experiment) ([]row, error) {
	var rows []row
	for _, e := range all {
		for _, t := range e.targets {
			rows = append(rows, row{Workload: e.name, Target: t.name})
			if err := checkAnswer(r.spec(t, e.workload), t.wire); err != nil {
				return nil, fmt.Errorf("wrong answer from %s to a %s: %w\n%s", t.name, e.name, err, t.server.logTail())
			}
		}
	}
	for round := range r.opts.Rounds {
		rest := rows
		for _, e := range all {
			if err := r.measureRound(ctx, e, rest[:len(e.targets)], round); err != nil {
				return nil, err
			}
			rest = rest[len(e.targets):]
		}
	}
	return rows, nil
}

// measureRound measures each target once, in another order in each round.
func (r *runner) measureRound(ctx context.Context, e experiment, rows []row, round int) error {
	for i := range rows {
		i = (i + round) % len(rows)
		cell, t := &rows[i], e.targets[i]
		if err := r.measureCell(ctx, cell, t, e.workload); err != nil {
			return fmt.Errorf("%s, %s: %w\n%s", cell.Target, cell.Workload, err, t.server.logTail())
		}
		last := cell.Load[round]
		progress("round %d/%d  %-25s %-17s %8.0f/s %7.1f µs CPU",
			round+1, r.opts.Rounds, cell.Workload, cell.Target, last.PerSec, last.CPU)
	}
	return nil
}

func (r *runner) spec(t target, w workload) loadSpec {
	return loadSpec{
		Addr: t.server.addr, Model: t.provider + "mock" + w.settings, Prompt: w.prompt, Stream: w.stream,
		Conns: r.opts.Conns, Warmup: min(500*time.Millisecond, r.opts.window()), Window: r.opts.window(),
		Watch: t.server.pid(),
	}
}

// measureCell takes throughput and CPU with all connections, then latencies with one unless the workload is paced.
func (r *runner) measureCell(ctx context.Context, cell *row, t target, w workload) error {
	spec := r.spec(t, w)
	var full loadResult
	if err := r.load(ctx, spec, &full); err != nil {
		return err
	}
	timed := full
	if !w.paced {
		spec.Conns, spec.Warmup, spec.Window = singleConn, 200*time.Millisecond, max(spec.Window/4, min(spec.Window, time.Second))
		if err := r.load(ctx, spec, &timed); err != nil {
			return err
		}
	}
	cell.Load, cell.Timed = append(cell.Load, full), append(cell.Timed, timed)
	return nil
}

// load runs the generator in a process of its own.
func (r *runner) load(ctx context.Context, spec loadSpec, result any) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	arg, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe, "load", string(arg))
	var stderr bytes.Buffer
	cmd.Env, cmd.Stderr = childEnv(r.dir), &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	if err := json.Unmarshal(out, result); err != nil {
		return fmt.Errorf("reading the generator's result: %w", err)
	}
	return nil
}

// measureIdle takes memory from fresh processes: a heap that load has grown tells nothing about idle streams.
func (r *runner) measureIdle(ctx context.Context) ([]idleRow, error) {
	if r.opts.Idle == 0 || len(r.opts.targets) == 0 {
		return nil, nil
	}
	rows := []idleRow{{Target: targetBare}}
	if name := r.opts.sluiceTarget(); name != "" {
		rows = append(rows, idleRow{Target: name})
	}
	for round := range r.opts.Rounds {
		for i := range rows {
			got, err := r.idleOnce(ctx, rows[i].Target)
			if err != nil {
				return nil, fmt.Errorf("%s, idle streams: %w", rows[i].Target, err)
			}
			rows[i].Rounds = append(rows[i].Rounds, got)
			progress("round %d/%d  %d idle streams  %-17s %6.1f MB", round+1, r.opts.Rounds, r.opts.Idle, rows[i].Target, got.During)
		}
	}
	return rows, nil
}

func (r *runner) idleOnce(ctx context.Context, name string) (got idleResult, err error) {
	kind := targetKinds[name]
	server, err := r.startServer(ctx, kind.process)
	if err != nil {
		return got, err
	}
	defer server.stop()
	spec := loadSpec{
		Addr: server.addr, Model: kind.provider + "mock-n600-g1000", Prompt: 1 << 10, Stream: true, Idle: true, Conns: r.opts.Idle,
		Window: 5 * time.Second, Watch: server.pid(),
	}
	err = r.load(ctx, spec, &got)
	return got, err
}

// progress goes to standard error, so that standard output holds the table alone.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
