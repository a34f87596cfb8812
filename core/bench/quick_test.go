package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test's binary play the roles of the program, as whose processes it starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"mock", "bare", "load"}, os.Args[1]) {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestQuickRunReportsEverything runs the parts on the plugin host briefly. What the figures are does not matter here, but
// that there are any: benchmarks are found by name.
func TestQuickRunReportsEverything(t *testing.T) {
	if testing.Short() || racing {
		t.Skip("builds and runs benchmarks of other packages, once is enough")
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	for part, want := range map[string]int{partHost: len(byBenchmarks), partGuards: 7, partSwaps: 11} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("../../bin/sluice"); err != nil && part != partHost {
				t.Skip("needs the built gateway")
			}
			o, err := parseOptions([]string{"-quick", "-only", part, "-sluice", "../../bin/sluice"})
			if err != nil {
				t.Fatal(err)
			}
			rep, err := runAll(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(rep.Figures) + len(rep.Guards); got != want {
				t.Errorf("%d rows, want %d", got, want)
			}
			for _, f := range rep.Figures {
				if len(f.Samples) == 0 || slices.Min(f.Samples) < 0 {
					t.Errorf("%s: samples %v", f.Name, f.Samples)
				}
			}
			var table strings.Builder
			if err := rep.writeTable(&table); err != nil || strings.Count(table.String(), "\n") < want {
				t.Errorf("%v, table\n%s", err, table.String())
			}
		})
	}
}
