package host

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestBuckets checks that buckets follow one another without gaps and that each value lies in its own.
func TestBuckets(t *testing.T) {
	next := uint64(0)
	for i := range buckets {
		from, to := bounds(i)
		if from != next || to <= from {
			t.Fatalf("bucket %d is from %d to %d, the one before ended at %d", i, from, to, next)
		}
		if a, b := bucket(time.Duration(from)), bucket(time.Duration(to-1)); a != i || b != i {
			t.Fatalf("bucket %d: its ends are in %d and %d", i, a, b)
		}
		if width := to - from; from >= subBuckets && width*subBuckets > from {
			t.Fatalf("bucket %d of %d is %d wide", i, from, width)
		}
		next = to
	}
	if next != 1<<maxBits {
		t.Errorf("the last bucket ends at %d", next)
	}
	if first, last := bucket(-1), bucket(time.Hour); first != 0 || last != buckets-1 {
		t.Errorf("out of range: %d and %d", first, last)
	}
}

func TestQuantiles(t *testing.T) {
	var whole, half histogram
	if q := whole.quantile(0.5); q != 0 {
		t.Errorf("of nothing: %d", q)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for i := range 10_000 {
		d := time.Duration(r.ExpFloat64() * 1e5)
		all = append(all, d)
		if i%2 == 0 {
			whole.add(d)
		} else {
			half.add(d)
		}
	}
	whole.merge(&half)
	slices.Sort(all)
	for _, q := range []float64{0, 0.01, 0.5, 0.99, 1} {
		want := all[min(int(q*float64(len(all))), len(all)-1)]
		if got := whole.quantile(q); got < want-want/8-1 || got > want+want/8+1 {
			t.Errorf("quantile %g is %s, want %s", q, got, want)
		}
	}
}
