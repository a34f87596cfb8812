package metrics

import (
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// goMetrics are the usual names of what Go's runtime counts. Each is the sum of some of the runtime's own metrics.
var goMetrics = []struct {
	kind       kind
	name, help string
	of         []string
}{
	{gauge, "go_goroutines", "Goroutines that exist.", []string{"/sched/goroutines:goroutines"}},
	{gauge, "go_sched_gomaxprocs_threads", "Threads that may run Go code at once.", []string{"/sched/gomaxprocs:threads"}},
	{gauge, "go_memstats_heap_alloc_bytes", "Bytes of heap objects.", []string{"/memory/classes/heap/objects:bytes"}},
	{gauge, "go_memstats_heap_objects", "Heap objects.", []string{"/gc/heap/objects:objects"}},
	{gauge, "go_memstats_heap_inuse_bytes", "Bytes of heap spans in use.", []string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"}},
	{gauge, "go_memstats_heap_idle_bytes", "Bytes of idle heap spans.", []string{"/memory/classes/heap/free:bytes", "/memory/classes/heap/released:bytes"}},
	{gauge, "go_memstats_heap_released_bytes", "Bytes of heap given back to the system.", []string{"/memory/classes/heap/released:bytes"}},
	{gauge, "go_memstats_stack_inuse_bytes", "Bytes of stacks.", []string{"/memory/classes/heap/stacks:bytes"}},
	{gauge, "go_memstats_next_gc_bytes", "Size of the heap at which it is collected next.", []string{"/gc/heap/goal:bytes"}},
	{gauge, "go_memstats_sys_bytes", "Bytes that the runtime has from the system.", []string{"/memory/classes/total:bytes"}},
	{counter, "go_memstats_alloc_bytes_total", "Bytes of all heap objects ever.", []string{"/gc/heap/allocs:bytes"}},
	{counter, "go_memstats_mallocs_total", "Heap objects ever made.", []string{"/gc/heap/allocs:objects"}},
	{counter, "go_memstats_frees_total", "Heap objects ever freed.", []string{"/gc/heap/frees:objects"}},
	{counter, "go_gc_cycles_total_gc_cycles_total", "Collections.", []string{"/gc/cycles/total:gc-cycles"}},
}

func (w *text) runtime() {
	w.family(gauge, "go_info", "The version of Go.")
	w.sample(1, "version", runtime.Version())
	for _, m := range goMetrics {
		samples := make([]runtimemetrics.Sample, len(m.of))
		for i, name := range m.of {
			samples[i].Name = name
		}
		runtimemetrics.Read(samples)
		sum := uint64(0)
		for _, s := range samples {
			if s.Value.Kind() == runtimemetrics.KindUint64 {
				sum += s.Value.Uint64()
			}
		}
		w.single(m.kind, m.name, m.help, float64(sum))
	}
	w.collections()
}

// collections tells how long the world stood still.
func (w *text) collections() {
	stats := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&stats)
	w.family(summary, "go_gc_duration_seconds", "How long collections stopped the world.")
	for i, q := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		w.sample(stats.PauseQuantiles[i].Seconds(), "quantile", q)
	}
	w.suffixed("_count", float64(stats.NumGC))
	w.suffixed("_sum", stats.PauseTotal.Seconds())
}
