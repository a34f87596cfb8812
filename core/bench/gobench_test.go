package main

import (
	"maps"
	"strings"
	"testing"
)

func TestParseBenchmark(t *testing.T) {
	for _, c := range []struct {
		line, name string
		values     map[string]float64
	}{
		{"BenchmarkHook/go-2   \t 100\t  8.25 ns/op\t 8.1 cpu-ns/op\t 0 B/op", "Hook/go",
			map[string]float64{"ns/op": 8.25, "cpu-ns/op": 8.1, "B/op": 0}},
		{"BenchmarkHook/1-2-2 1 5 ns/op", "Hook/1-2", map[string]float64{"ns/op": 5}},
		{"BenchmarkHook 1 1.5e+06 ns/op", "Hook", map[string]float64{"ns/op": 1.5e6}},
		{"BenchmarkHook/go-2", "", nil},
		{"BenchmarkHook/go-2 100 8 ns/op 5", "", nil},
		{"BenchmarkHook/go-2 x 8 ns/op", "", nil},
		{"BenchmarkHook/go-2 100 x ns/op", "", nil},
		{"--- BENCH: BenchmarkHook/go-2", "", nil},
		{"ok  \tpackage\t1.2s", "", nil},
		{"PASS", "", nil},
		{"", "", nil},
	} {
		name, values, ok := parseBenchmark(c.line)
		if name != c.name || !maps.Equal(values, c.values) || ok != (c.values != nil) {
			t.Errorf("%q: got %q, %v, %t", c.line, name, values, ok)
		}
	}
}

func FuzzParseBenchmark(f *testing.F) {
	f.Add("BenchmarkHook/go-2 100 8 ns/op")
	f.Fuzz(func(t *testing.T, line string) {
		if name, values, ok := parseBenchmark(line); ok == (values == nil) || !ok && name != "" {
			t.Errorf("%q: got %q, %v, %t", line, name, values, ok)
		}
	})
}

// TestFiguresOfMissesNone makes sure that a benchmark that is gone is told.
func TestFiguresOfMissesNone(t *testing.T) {
	all := map[string]readings{}
	for _, b := range byBenchmarks {
		if all[b.bench] == nil {
			all[b.bench] = readings{}
		}
		all[b.bench][b.metric] = []float64{1000, 3000}
	}
	figures, err := figuresOf(all)
	if err != nil || len(figures) != len(byBenchmarks) || figures[0].Samples[1] != 3 {
		t.Errorf("got %v, %v", figures, err)
	}
	delete(all, byBenchmarks[1].bench)
	if _, err := figuresOf(all); err == nil || !strings.Contains(err.Error(), byBenchmarks[1].bench) {
		t.Errorf("got %v, want %s to be missed", err, byBenchmarks[1].bench)
	}
}

func TestFigureTable(t *testing.T) {
	rep := report{Figures: []figure{
		{Name: "a hook", Unit: "µs", Prototype: 0.5, Aim: "< 1", Samples: []float64{1.25, 1, 2}},
		{Name: "a start", Unit: "ms", Samples: []float64{1234}},
	}}
	want := `the plugin host      best  median  ±%  prototype    ×  aim
a hook           µs  1.00    1.25  40      0.500  2.0  < 1
a start          ms  1234    1234   0          -    -
`
	if got := align(rep.figureTable()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGuardTable(t *testing.T) {
	rep := report{Guards: []row{
		{"1 KB", withoutGuards, rounds(900, 50, 0, 0, 0), rounds(0, 0, 100, 0, 0)},
		{"1 KB", "input guard", rounds(800, 60, 0, 0, 0), rounds(0, 0, 130, 0, 0)},
	}}
	want := `guards               req/s  CPU µs/req   ±%  × without  added  p50 µs  added
1 KB    no guards      900        50.0  0.0       1.00   +0.0     100     +0
1 KB    input guard    800        60.0  0.0       1.20  +10.0     130    +30
`
	if got := align(rep.guardTable()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
