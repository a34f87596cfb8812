package main

import (
	"context"
	"fmt"
	"slices"
)

// figure is one line of the report on the plugin host.
type figure struct {
	Name      string    `json:"name"`
	Unit      string    `json:"unit"`
	Prototype float64   `json:"prototype"` // what the measured prototype took, in Unit; 0 = it did not tell
	Aim       string    `json:"aim"`       // what it has to be, "" = nothing was promised
	Samples   []float64 `json:"samples"`   // in Unit
}

// measureFigures measures what tells of the plugin host alone.
func (r *runner) measureFigures(ctx context.Context) ([]figure, error) {
	var all []figure
	for _, p := range []struct {
		part    string
		measure func(context.Context) ([]figure, error)
	}{{partHost, r.runBenchmarks}, {partSwaps, r.measureStarts}, {partSwaps, r.measureSwaps}} {
		if !r.opts.measures(p.part) {
			continue
		}
		figures, err := p.measure(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, figures...)
	}
	return all, nil
}

func (r *report) figureTable() [][]string {
	table := [][]string{{"the plugin host", "", "best", "median", "±%", "prototype", "×", "aim"}}
	for _, f := range r.Figures {
		table = append(table, f.cells())
	}
	return table
}

func (f figure) cells() []string {
	best, prototype, times := slices.Min(f.Samples), "-", "-"
	if f.Prototype > 0 {
		prototype, times = short(f.Prototype), fmt.Sprintf("%.1f", best/f.Prototype)
	}
	return []string{f.Name, f.Unit, short(best), short(median(f.Samples)), fmt.Sprintf("%.0f", spread(f.Samples)), prototype, times, f.Aim}
}

// short writes three digits or so.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1 || v == 0:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// guardTable compares each row with the one without guards.
func (r *report) guardTable() [][]string {
	table := [][]string{{"guards", "", "req/s", "CPU µs/req", "±%", "× without", "added", "p50 µs", "added"}}
	for i, w := range r.Guards {
		if w.Target == withoutGuards && i > 0 {
			table = append(table, nil)
		}
		bare := find(r.Guards, w.Workload, withoutGuards)
		used := column(w.Load, cpu)
		table = append(table, []string{
			w.Workload, w.Target,
			fmt.Sprintf("%.0f", median(column(w.Load, perSec))),
			fmt.Sprintf("%.1f", median(used)), fmt.Sprintf("%.1f", spread(used)), ratio(used, column(bare.Load, cpu)),
			fmt.Sprintf("%+.1f", added(w.Load, bare.Load, cpu)),
			fmt.Sprintf("%.0f", median(column(w.Timed, p50))), fmt.Sprintf("%+.0f", added(w.Timed, bare.Timed, p50)),
		})
	}
	return table
}
