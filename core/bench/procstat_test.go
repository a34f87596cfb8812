package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// statLine has 7 and 3 ticks of its own, 2 and 1 of its children and 10 pages.
const statLine = "42 (%s) S 7 42 42 0 -1 4194560 100 0 0 0 7 3 2 1 20 0 5 0 100 1000000 10 18446744073709551615 1 1 0"

func TestParseProcStat(t *testing.T) {
	want := procStat{pid: 42, parent: 7, cpu: 130 * time.Millisecond, rss: 10 * int64(os.Getpagesize())}
	for _, name := range []string{"sluice", "a b", "x) S 1 (y", ")"} {
		got, err := parseProcStat(fmt.Appendf(nil, statLine, name))
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", name, got, err, want)
		}
	}
	for _, line := range []string{"", "42", "42 (x", ") 42 (", "42 (x) S 7", "x (x) S 7 42 42 0 -1 0 0 0 0 0 7 3 2 1 20 0 5 0 1 1 1"} {
		if got, err := parseProcStat([]byte(line)); !errors.Is(err, errStat) {
			t.Errorf("%q: got %+v, %v; want %v", line, got, err, errStat)
		}
	}
}

func FuzzParseProcStat(f *testing.F) {
	f.Add(fmt.Appendf(nil, statLine, "sluice"))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, line []byte) {
		if s, err := parseProcStat(line); err != nil && s != (procStat{}) {
			t.Errorf("%q: figures %+v beside the error %v", line, s, err)
		}
	})
}

func TestTreeOf(t *testing.T) {
	all := []procStat{{pid: 1}, {pid: 30, parent: 20}, {pid: 10, parent: 1}, {pid: 20, parent: 10}, {pid: 11, parent: 1}}
	if got := treeOf(all, 10); !slices.Equal(got, []int{10, 20, 30}) {
		t.Errorf("got %v, want 10 and what descends from it", got)
	}
}

func TestReadProcesses(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	const gone = 1 << 30 // above the greatest pid of Linux
	if got, err := readProcesses([]int{os.Getpid(), gone}); err != nil || got.rss <= 0 {
		t.Errorf("a descendant that ended: got %+v, %v", got, err)
	}
	if _, err := readProcesses([]int{gone}); err == nil {
		t.Error("no error for a root that is gone")
	}
}

func TestParseHostBusy(t *testing.T) {
	got, err := parseHostBusy([]byte("cpu  10 2 30 4000 500 6 7 800 0 0\ncpu0 1 1 1\n"))
	if want := 55 * tick; err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, text := range []string{"", "cpu 1 2", "intr 1 2 3 4 5 6 7 8", "cpu 1 2 x 4 5 6 7 8"} {
		if _, err := parseHostBusy([]byte(text)); !errors.Is(err, errStat) {
			t.Errorf("%q: got %v; want %v", text, err, errStat)
		}
	}
}
