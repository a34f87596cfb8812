package host

import (
	"errors"
	"math"
	"runtime"
	gometrics "runtime/metrics"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// spinners never come back, each in another way.
var spinners = map[string]func() *module{
	"loop":              func() *module { return onChunk(minimal(), forever()) },
	"loop with work":    func() *module { return onChunk(minimal(), forever(countTo(1000))) },
	"exponential calls": exponential,
	"memory filled":     func() *module { return onChunk(minimal(), forever(fill(pageSize))) },
}

// burning starts an event of a guest that uses up so much fuel, and returns a function that tells whether it still does.
// The test ends after it.
func burning(t testing.TB, p *Plugin, fuel int64) (burns func() bool) {
	p.limits.fuel = fuel
	neverOpens(p)
	c := opened(t, p)
	begun, over := make(chan struct{}), make(chan struct{})
	c.Attr = func(tape.Atom) (string, bool) { close(begun); return "", false }
	go func() {
		defer close(over)
		var h hostabi.Header
		if _, err := c.Send(hostabi.EventChunk, &h, nil); !errors.Is(err, ErrTrapped) {
			t.Errorf("error %v, want ErrTrapped", err)
		}
	}()
	<-begun
	t.Cleanup(func() { <-over })
	return func() bool {
		select {
		case <-over:
			return false
		default:
			return true
		}
	}
}

// telling is a guest that asks for an attribute before it does something at EventChunk: so a test knows when.
func telling(hostile ...[]byte) *module {
	m := minimal().imported(hostabi.Module, hostabi.ImportAttr, "iiii:i")
	return onChunk(m, local(0), constant(1), constant(0), constant(0), call(0), []byte{opDrop}, join(hostile...))
}

// TestTickIsReached checks that a guest comes back to the host at least once in a slice: what it used when it was stopped
// is not more than its budget and a slice. A guest that did not come back would have used any amount.
func TestTickIsReached(t *testing.T) {
	for name, spin := range spinners {
		t.Run(name, func(t *testing.T) {
			r, _ := newRuntime(t, Options{Instances: 1})
			p := mustLoad(t, r, spin().wasm(), `{}`)
			neverOpens(p)
			for _, fuel := range []int64{1, sliceFuel, 50 * sliceFuel} {
				p.limits.fuel, p.limits.fuelByte = fuel, 0
				before := p.Stats().Fuel
				var h hostabi.Header
				if _, err := opened(t, p).Send(hostabi.EventChunk, &h, nil); !errors.Is(err, ErrTrapped) {
					t.Fatal(err)
				}
				if used := int64(p.Stats().Fuel - before); used < fuel || used > fuel+sliceFuel+sliceFuel/10 {
					t.Errorf("used %d of %d units", used, fuel)
				}
			}
		})
	}
}

// TestOthersProceed checks with a single processor that a guest which burns its fuel holds up neither other plugins nor
// the garbage collector.
func TestOthersProceed(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r, _ := newRuntime(t, Options{Instances: 1})
	hot, cool := mustLoad(t, r, telling(forever()).wasm(), `{}`), mustLoad(t, r, minimal().wasm(), `{}`)
	burns := burning(t, hot, 60*eventFuel) // longer than a collection takes when races are looked for
	guest := opened(t, cool)
	served, collected := 0, 0
	for burns() && served < 100 {
		must(t, guest, `{}`)
		served++
		if collected == 0 {
			runtime.GC()
			collected++
		}
	}
	if served < 2 || collected == 0 {
		t.Errorf("%d events of another plugin and %d collections while a guest was busy", served, collected)
	}
}

// BenchmarkStopTheWorld measures how long the Go runtime has to wait for a guest that does not come back by itself: the
// 99th percentile of the pauses for garbage collection.
func BenchmarkStopTheWorld(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1})
	for name, wasm := range map[string][]byte{
		"idle": nil, "loop": telling(forever()).wasm(), "memory filled": telling(grow(15), forever(fill(1<<20))).wasm(),
		"memory filled 60 MB": telling(grow(1000), forever(fill(60<<20))).wasm(),
	} {
		b.Run(name, func(b *testing.B) {
			burns := func() bool { return false }
			var p *Plugin
			if wasm != nil {
				p = mustLoad(b, r, wasm, `{}`)
			}
			before := pauses()
			for b.Loop() {
				if wasm != nil && !burns() {
					burns = burning(b, p, 20*eventFuel)
				}
				runtime.GC()
			}
			b.ReportMetric(quantileSince(before, 0.99)*1000, "p99-ms")
			b.ReportMetric(quantileSince(before, 0.5)*1000, "p50-ms")
		})
	}
}

const pauseMetric = "/sched/pauses/total/gc:seconds"

func pauses() *gometrics.Float64Histogram {
	sample := []gometrics.Sample{{Name: pauseMetric}}
	gometrics.Read(sample)
	h := sample[0].Value.Float64Histogram()
	return &gometrics.Float64Histogram{Counts: slices.Clone(h.Counts), Buckets: slices.Clone(h.Buckets)}
}

// quantileSince returns the upper bound, in seconds, of the bucket that has the quantile of the pauses since then.
func quantileSince(before *gometrics.Float64Histogram, q float64) float64 {
	now := pauses()
	var total, sum uint64
	for i := range now.Counts {
		total += now.Counts[i] - before.Counts[i]
	}
	for i := range now.Counts {
		if sum += now.Counts[i] - before.Counts[i]; float64(sum) >= q*float64(total) {
			return min(now.Buckets[i+1], math.MaxFloat64)
		}
	}
	return 0
}

// BenchmarkBesideABusyGuest measures an event of one plugin while another one's guest burns fuel all the time.
func BenchmarkBesideABusyGuest(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1})
	hot, cool := mustLoad(b, r, telling(forever()).wasm(), `{}`), mustLoad(b, r, minimal().wasm(), `{}`)
	var stop atomic.Bool
	over := make(chan struct{})
	go func() {
		defer close(over)
		neverOpens(hot)
		for !stop.Load() {
			var c Context
			var h hostabi.Header
			c.Open(hot)
			c.Send(hostabi.EventChunk, &h, nil)
			c.Close()
		}
	}()
	x := opened(b, cool)
	var times histogram
	for b.Loop() {
		began := time.Now()
		if _, err := do(x, nil); err != nil {
			b.Fatal(err)
		}
		times.add(time.Since(began))
	}
	stop.Store(true)
	<-over
	b.ReportMetric(float64(times.quantile(0.99)), "p99-ns")
	b.ReportMetric(float64(times.quantile(0.9999)), "p99.99-ns")
}
