package cputime

import (
	"testing"
	"time"
)

// spin works until the thread has used that much.
func spin(d time.Duration) {
	for began, _ := threadTime(); ; {
		if now, _ := threadTime(); now-began >= d {
			return
		}
	}
}

func TestReports(t *testing.T) {
	if _, ok := threadTime(); !ok {
		t.Skip("the system does not tell")
	}
	for name, start := range map[string]func(*testing.B) func(){"thread": Thread, "process": Process} {
		r := testing.Benchmark(func(b *testing.B) {
			defer start(b)()
			for b.Loop() {
				spin(time.Millisecond)
				time.Sleep(time.Microsecond) // not counted
			}
		})
		// The process has other threads, so there is no upper bound that it could not pass.
		if got := r.Extra[Metric]; got < 1e6 {
			t.Errorf("%s: %v %s, want at least 1e6", name, got, Metric)
		}
	}
}
