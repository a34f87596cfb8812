package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// goGuard builds testdata/guard once per process.
var goGuard = sync.OnceValues(func() ([]byte, error) {
	return pack.Build(context.Background(), filepath.Join("testdata", "guard"))
})

func loadGuard(t testing.TB) *Plugin {
	t.Helper()
	wasm, err := goGuard()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := newRuntime(t, Options{CacheDir: compilationCache()})
	p, err := r.Load(t.Context(), "guard", wasm, []byte(`{}`), Grants{Upstreams: []string{"up"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// paragraph is a text of about n bytes of one segment.
func paragraph(n int) *Text {
	src := bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog."), 1+n/44)[:n]
	return &Text{Src: src, Segments: []hostabi.Segment{{Len: uint32(n), Role: hostabi.RoleUser, Part: hostabi.PartText, Flags: hostabi.SegmentFinal}}}
}

// ask asks a guard about a text in an exchange whose call is answered by reply, after meet.
func (c *Context) ask(p *Plugin, text *Text, meet func(), reply string) error {
	c.Open(p)
	c.Fetch = func(f *Fetch) {
		meet()
		f.Status, f.Reply = 200, []byte(reply)
	}
	var h hostabi.Header
	_, err := c.SendText(hostabi.EventInput, &h, text)
	return err
}

// TestCrowdOfAGoGuard lets a guard in Go, whose hook is a coroutine, ask an upstream about many texts at once.
func TestCrowdOfAGoGuard(t *testing.T) {
	p := loadGuard(t)
	var there, all sync.WaitGroup
	const crowd = 200
	there.Add(crowd)
	for i := range crowd {
		all.Go(func() {
			var c Context
			defer c.Close()
			meet := func() { there.Done(); there.Wait() }
			err := c.ask(p, paragraph(100), meet, fmt.Sprintf(`{"flagged":%t}`, i%2 == 0))
			if err != nil || (c.Block != nil) != (i%2 == 0) {
				t.Errorf("%d: %v, %+v", i, err, c.Block)
			}
		})
	}
	all.Wait()
	if s := p.Stats(); s.Instances > runtime.GOMAXPROCS(0) || s.Traps != 0 || s.InFlight != 0 {
		t.Errorf("%+v", s)
	}
}

// ofProcess is how much memory the process has, in MB; 0 where that can't be read.
func ofProcess() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	var size, pages float64
	fmt.Sscan(string(text), &size, &pages)
	return pages * float64(os.Getpagesize()) / 1e6
}

// BenchmarkCrowd measures the memory that 1,000 exchanges of 10 KB take while they wait 200 ms for an upstream: all that
// the process has then beyond what it had before the first one, the texts included.
func BenchmarkCrowd(b *testing.B) {
	for name, load := range crowdGuests {
		b.Run(name, func(b *testing.B) {
			p := load(b)
			debug.FreeOSMemory()
			before, most := ofProcess(), 0.0
			var waiting [crowd]struct {
				Context
				text *Text
			}
			for i := range waiting {
				waiting[i].text = paragraph(10 << 10)
			}
			for b.Loop() {
				var there, all sync.WaitGroup
				there.Add(crowd)
				for i := range waiting {
					all.Go(func() {
						w := &waiting[i]
						defer w.Close()
						if err := w.ask(p, w.text, func() { there.Done(); time.Sleep(200 * time.Millisecond) }, `{"flagged":false}`); err != nil {
							b.Error(err)
						}
					})
				}
				there.Wait()
				most = max(most, ofProcess())
				all.Wait()
			}
			b.ReportMetric(most-before, "MB")
			b.ReportMetric(float64(p.Stats().Instances), "instances")
		})
	}
}
