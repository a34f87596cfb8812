package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guard"
	"github.com/sluice-gateway/sluice/hostabi/host/cputime"
)

// BenchmarkPreCall is what a real guard that finds nothing adds to a request.
func BenchmarkPreCall(b *testing.B) {
	for _, size := range []int{1 << 10, 10 << 10, 100 << 10} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			load, err := watchman()
			if err != nil {
				b.Fatal(err)
			}
			p, err := load()
			if err != nil {
				b.Fatal(err)
			}
			g := watching(p, guard.PreCall)
			pipe := New(nil)
			pipe.Swap(&State{Guards: guard.New([]*guard.Guard{g})})
			body := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("some words ", size/11) + `"}]}`)
			b.ReportAllocs()
			defer cputime.Thread(b)()
			for b.Loop() {
				f := pipe.Begin(core.Chat, nil)
				if e := f.Scan(body); e != nil {
					b.Fatal(e)
				}
				if e := f.inspect(); e != nil {
					b.Fatal(e)
				}
				f.End()
			}
		})
	}
}
