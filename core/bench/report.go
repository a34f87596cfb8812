package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// report is the outcome of a run, as -json writes it.
type report struct {
	Environment environment `json:"environment"`
	Options     options     `json:"options"`
	Rows        []row       `json:"rows"`
	Idle        []idleRow   `json:"idle"`
	Guards      []row       `json:"guards"`
	Figures     []figure    `json:"figures"`
}

// row holds the rounds of one workload on one target.
type row struct {
	Workload string       `json:"workload"`
	Target   string       `json:"target"`
	Load     []loadResult `json:"load"`  // with all connections
	Timed    []loadResult `json:"timed"` // for the latencies
}

type idleRow struct {
	Target string       `json:"target"`
	Rounds []idleResult `json:"rounds"`
}

func perSec(r loadResult) float64 { return r.PerSec }
func cpu(r loadResult) float64    { return r.CPU }
func p50(r loadResult) float64    { return r.P50 }
func p99(r loadResult) float64    { return r.P99 }
func allocs(r loadResult) float64 { return r.Allocs }

func column(rounds []loadResult, get func(loadResult) float64) []float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = get(r)
	}
	return values
}

// added is the median over the rounds of what a figure grew by over the base in the same round.
func added(rounds, base []loadResult, get func(loadResult) float64) float64 {
	n := min(len(rounds), len(base))
	diff := make([]float64, n)
	for i := range n {
		diff[i] = get(rounds[i]) - get(base[i])
	}
	return median(diff)
}

// find returns an empty row where there is none.
func find(rows []row, workload, target string) row {
	i := slices.IndexFunc(rows, func(w row) bool { return w.Workload == workload && w.Target == target })
	if i < 0 {
		return row{}
	}
	return rows[i]
}

func (r *report) writeTable(w io.Writer) error {
	o := r.Options
	if _, err := fmt.Fprintf(w, "%s\n%d rounds of %v with %d connections; latencies with 1 connection (paced: all), "+
		"of streams to the first text; medians, ± half the range\n", r.Environment, o.Rounds, o.window(), o.Conns); err != nil {
		return err
	}
	for _, t := range []struct {
		there bool
		table func() [][]string
	}{
		{len(r.Rows) > 0, r.loadTable}, {len(r.Idle) > 0, r.idleTable}, {len(r.Guards) > 0, r.guardTable}, {len(r.Figures) > 0, r.figureTable},
	} {
		if !t.there {
			continue
		}
		if _, err := fmt.Fprintf(w, "\n%s", align(t.table())); err != nil {
			return err
		}
	}
	return nil
}

func (r *report) loadTable() [][]string {
	table := [][]string{{"", "target", "req/s", "±%", "×bare", "CPU µs/req", "±%", "×bare",
		"p50 µs", "added", "p99 µs", "added", "allocs/req"}}
	for i, w := range r.Rows {
		if i > 0 && w.Workload != r.Rows[i-1].Workload {
			table = append(table, nil)
		}
		table = append(table, r.cells(w))
	}
	return table
}

func (r *report) cells(w row) []string {
	bare, direct := find(r.Rows, w.Workload, targetBare), find(r.Rows, w.Workload, targetDirect)
	rate, used := column(w.Load, perSec), column(w.Load, cpu)
	return []string{
		w.Workload, w.Target,
		fmt.Sprintf("%.0f", median(rate)), fmt.Sprintf("%.1f", spread(rate)), ratio(rate, column(bare.Load, perSec)),
		fmt.Sprintf("%.1f", median(used)), fmt.Sprintf("%.1f", spread(used)), ratio(used, column(bare.Load, cpu)),
		fmt.Sprintf("%.0f", median(column(w.Timed, p50))), fmt.Sprintf("%+.0f", added(w.Timed, direct.Timed, p50)),
		w.tail("%.0f", median(column(w.Timed, p99))), w.tail("%+.0f", added(w.Timed, direct.Timed, p99)),
		orDash("%.1f", median(column(w.Load, allocs))),
	}
}

// tail prints a figure of the slowest hundredth, or a dash where a round had fewer than a hundred samples.
func (w row) tail(format string, v float64) string {
	for _, r := range w.Timed {
		if r.Timed < 100 {
			return "-"
		}
	}
	return fmt.Sprintf(format, v)
}

func (r *report) idleTable() [][]string {
	table := [][]string{{fmt.Sprintf("%d idle streams", r.Options.Idle), "target", "RSS MB", "±%", "×bare", "RSS MB at start"}}
	var bare []float64
	for _, w := range r.Idle {
		var before, during []float64
		for _, m := range w.Rounds {
			before, during = append(before, m.Before), append(during, m.During)
		}
		if w.Target == targetBare {
			bare = during
		}
		table = append(table, []string{"", w.Target, fmt.Sprintf("%.1f", median(during)),
			fmt.Sprintf("%.1f", spread(during)), ratio(during, bare), fmt.Sprintf("%.1f", median(before))})
	}
	return table
}

func ratio(values, base []float64) string {
	b := median(base)
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", median(values)/b)
}

func orDash(format string, v float64) string {
	if v < 0 {
		return "-"
	}
	return fmt.Sprintf(format, v)
}

// align sets the first two columns to the left and all others to the right; a nil line stays empty.
func align(table [][]string) string {
	var widths []int
	for _, line := range table {
		for i, cell := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range table {
		var text strings.Builder
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < 2 {
				text.WriteString(cell + pad + "  ")
			} else {
				text.WriteString(pad + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	return b.String()
}
