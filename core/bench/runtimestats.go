package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"github.com/valyala/fasthttp"
)

// runtimeStatsPath is where a target tells its heap counters, if it was asked to by runtimeStatsEnv.
const (
	runtimeStatsPath = "/debug/runtime"
	runtimeStatsEnv  = "SLUICE_RUNTIME_STATS=1"
)

func readRuntimeStats() []byte {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return fmt.Appendf(nil, `{"mallocs":%d,"heap_alloc":%d,"num_gc":%d,"goroutines":%d}`,
		m.Mallocs, m.HeapAlloc, m.NumGC, runtime.NumGoroutine())
}

// fetchMallocs asks the target at addr for its count of allocations so far; false means that it does not tell.
func fetchMallocs(addr string) (int64, bool) {
	status, body, err := fasthttp.GetTimeout(nil, "http://"+addr+runtimeStatsPath, 5*time.Second)
	var stats struct {
		Mallocs int64 `json:"mallocs"`
	}
	if err != nil || status != fasthttp.StatusOK || json.Unmarshal(body, &stats) != nil {
		return 0, false
	}
	return stats.Mallocs, stats.Mallocs > 0
}
