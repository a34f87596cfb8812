// Package cputime reports the CPU time that benchmarks take, for machines whose wall clock counts the neighbours too.
package cputime

import (
	"runtime"
	"testing"
	"time"
)

// Metric is the unit of what is reported: nanoseconds of user and system time per iteration.
const Metric = "cpu-ns/op"

// Thread begins to count what the calling goroutine takes. The function that it returns, which is to be called after the
// benchmark's loop, reports it. Where the system does not tell, nothing is reported.
func Thread(b *testing.B) (report func()) {
	runtime.LockOSThread()
	stop := count(b, threadTime)
	return func() {
		stop()
		runtime.UnlockOSThread()
	}
}

// Process is Thread for all goroutines and the garbage collector: for work that is spread.
func Process(b *testing.B) (report func()) { return count(b, processTime) }

func count(b *testing.B, now func() (time.Duration, bool)) func() {
	began, ok := now()
	return func() {
		if ended, _ := now(); ok && b.N > 0 {
			b.ReportMetric(float64(ended-began)/float64(b.N), Metric)
		}
	}
}
