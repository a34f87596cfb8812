package main

import (
	"slices"
	"time"
)

// percentile returns the q-quantile (0 < q ≤ 1) of ascending samples by the nearest rank, 0 for none.
func percentile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(q*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// median returns 0 for no values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	if len(v)%2 == 1 {
		return v[mid]
	}
	return (v[mid-1] + v[mid]) / 2
}

// spread returns half the range of values in percent of their median.
func spread(values []float64) float64 {
	m := median(values)
	if m == 0 {
		return 0
	}
	return 50 * (slices.Max(values) - slices.Min(values)) / m
}

func microseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Microsecond)
}
