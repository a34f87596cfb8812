package host

import (
	"math/bits"
	"time"
)

// A histogram has, for each power of two, as many buckets as subBuckets: values in a bucket differ by an eighth at most.
const (
	subBits    = 3
	subBuckets = 1 << subBits
	maxBits    = 37 // of a value: 137 s in nanoseconds, more than any event takes
	buckets    = (maxBits - subBits + 1) * subBuckets
)

// histogram counts durations in nanoseconds. The zero value is empty.
type histogram [buckets]uint64

func (h *histogram) add(d time.Duration) { h[bucket(d)]++ }

// bucket is log-linear: the place of the highest bit, then the bits below it.
func bucket(d time.Duration) int {
	v := min(uint64(max(d, 0)), 1<<maxBits-1)
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return shift<<subBits + int(v>>shift)
}

// bounds returns the least value of a bucket and that of the next one.
func bounds(bucket int) (from, to uint64) {
	if bucket < subBuckets {
		return uint64(bucket), uint64(bucket) + 1
	}
	shift := bucket>>subBits - 1
	from = uint64(bucket&(subBuckets-1)|subBuckets) << shift
	return from, from + 1<<shift
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other {
		h[i] += n
	}
}

// quantile returns a value that a share q of the durations do not exceed, within 6 %; 0 when there are none.
func (h *histogram) quantile(q float64) time.Duration {
	var total uint64
	for _, n := range h {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank := min(uint64(q*float64(total)), total-1)
	i := 0
	for ; h[i] <= rank; i++ {
		rank -= h[i]
	}
	from, to := bounds(i)
	return time.Duration((from + to) / 2)
}
