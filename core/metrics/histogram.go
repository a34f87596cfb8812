package metrics

import (
	"sync/atomic"
	"time"
)

// bounds are the upper ends of the buckets of latencies, in seconds: those of the LiteLLM proxy.
var bounds = [...]float64{
	0.005, 0.00625, 0.0125, 0.025, 0.05, 0.1, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10,
	15, 20, 25, 30, 60, 120, 180, 240, 300,
}

// limits are the bounds as durations.
var limits = func() (all [len(bounds)]time.Duration) {
	for i, b := range bounds {
		all[i] = time.Duration(b * float64(time.Second))
	}
	return all
}()

// histogram counts durations by bucket.
type histogram struct {
	buckets [len(bounds) + 1]atomic.Uint64 // the last one is for what exceeds all bounds
	sum     atomic.Int64                   // in nanoseconds
}

func (h *histogram) observe(d time.Duration) {
	low, high := 0, len(limits)
	for low < high {
		if middle := (low + high) / 2; d <= limits[middle] {
			high = middle
		} else {
			low = middle + 1
		}
	}
	h.buckets[low].Add(1)
	h.sum.Add(int64(d))
}
