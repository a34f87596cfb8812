package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// benchmarkProcs is GOMAXPROCS of the benchmarks, so that figures of different machines can be compared.
const benchmarkProcs = "2"

// readings are the values of one benchmark's metrics, one for each time that it was run.
type readings map[string][]float64

// runBenchmarks builds the packages' tests once and runs their benchmarks round by round, each in a new process.
func (r *runner) runBenchmarks(ctx context.Context) ([]figure, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	all, built := map[string]readings{}, map[string]string{}
	for round := range r.opts.Rounds {
		for _, s := range r.opts.suites() {
			if built[s.folder] == "" {
				if built[s.folder], err = r.buildTests(ctx, root, s.folder); err != nil {
					return nil, err
				}
			}
			progress("round %d/%d  %s %s", round+1, r.opts.Rounds, s.folder, s.pattern)
			if err := r.runSuite(ctx, s, root, built[s.folder], all); err != nil {
				return nil, err
			}
		}
	}
	return figuresOf(all)
}

func (r *runner) buildTests(ctx context.Context, root, folder string) (binary string, err error) {
	binary = filepath.Join(r.dir, strings.ReplaceAll(folder, "/", "-")+".test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, "./"+folder)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the benchmarks of %s: %w: %s", folder, err, out)
	}
	return binary, nil
}

func (r *runner) runSuite(ctx context.Context, s suite, root, binary string, all map[string]readings) error {
	run := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench="+s.pattern, "-test.benchtime="+s.time, "-test.cpu="+benchmarkProcs)
	run.Dir = filepath.Join(root, filepath.FromSlash(s.folder))
	out, err := run.Output()
	if err != nil {
		return fmt.Errorf("benchmarks %s of %s: %w: %s", s.pattern, s.folder, errors.Join(err, stderrOf(err)), bytes.TrimSpace(out))
	}
	for line := range strings.Lines(string(out)) {
		name, values, ok := parseBenchmark(line)
		if !ok {
			continue
		}
		name = s.folder + "." + name
		if all[name] == nil {
			all[name] = readings{}
		}
		for metric, v := range values {
			all[name][metric] = append(all[name][metric], v)
		}
	}
	return nil
}

// parseBenchmark reads a line like "BenchmarkHook/go-2  100  8.2 ns/op  8.1 cpu-ns/op"; others are not ok.
func parseBenchmark(line string) (name string, values map[string]float64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 {
		return "", nil, false
	}
	name, ok = strings.CutPrefix(strings.TrimSuffix(fields[0], "-"+benchmarkProcs), "Benchmark")
	if _, err := strconv.ParseUint(fields[1], 10, 64); !ok || err != nil {
		return "", nil, false
	}
	values = map[string]float64{}
	for i := 2; i < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return "", nil, false
		}
		values[fields[i+1]] = v
	}
	return name, values, true
}

// figuresOf wants every figure: one that is missing was renamed, and nobody would notice.
func figuresOf(all map[string]readings) ([]figure, error) {
	var figures []figure
	var missing []error
	for _, b := range byBenchmarks {
		f := b.figure
		for _, v := range all[b.bench][b.metric] {
			f.Samples = append(f.Samples, v*b.scale)
		}
		if len(f.Samples) == 0 {
			missing = append(missing, fmt.Errorf("%s: no benchmark %s reported %s", f.Name, b.bench, b.metric))
		}
		figures = append(figures, f)
	}
	return figures, errors.Join(missing...)
}

// stderrOf is what a command said before it failed, where it was kept.
func stderrOf(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) || len(exit.Stderr) == 0 {
		return nil
	}
	return errors.New(string(bytes.TrimSpace(exit.Stderr)))
}
