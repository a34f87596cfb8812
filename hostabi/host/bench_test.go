package host

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/cputime"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func BenchmarkEvent(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1, CacheDir: compilationCache()})
	guests := map[string]*Plugin{"minimal": mustLoad(b, r, minimal().wasm(), `{}`), "go": mustLoad(b, r, goGuest(b), `{}`)}
	for _, c := range []struct{ guest, what, doc string }{
		{"minimal", "no document", ""},
		{"go", "no document", ""},
		{"go", "pass 30 nodes", prompt("nothing", 3<<10)},
		{"go", "echo 30 nodes", prompt("echo", 3<<10)},
		{"go", "echo 10 KB", prompt("echo", 10<<10)},
		{"go", "text", `{"do":"text","text":"a\nb"}`},
	} {
		b.Run(c.guest+"/"+c.what, func(b *testing.B) {
			x := opened(b, guests[c.guest])
			var doc *tape.Doc
			if c.doc != "" {
				doc = document(b, c.doc)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := do(x, doc); err != nil {
					b.Fatal(err)
				}
			}
			if doc != nil {
				b.ReportMetric(float64(len(doc.Nodes)), "nodes")
			}
		})
	}
}

// BenchmarkExchange measures a whole exchange: a context opened, three events, closed.
func BenchmarkExchange(b *testing.B) {
	p, _ := loadGo(b, Options{}, `{}`)
	doc := document(b, prompt("nothing", 3<<10))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var c Context
		for pb.Next() {
			c.Open(p)
			var h hostabi.Header
			for _, e := range []hostabi.Event{hostabi.EventRequest, hostabi.EventChunk, hostabi.EventEnd} {
				if _, err := c.Send(e, &h, doc); err != nil {
					b.Error(err)
					return
				}
			}
			c.Close()
		}
	})
}

// BenchmarkInstantiate measures a new instance up to the answer to its first event.
func BenchmarkInstantiate(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1, CacheDir: compilationCache()})
	for name, wasm := range map[string][]byte{"minimal": minimal().wasm(), "go": goGuest(b)} {
		p := mustLoad(b, r, wasm, `{}`)
		for way, instantiate := range map[string]func() (*instance, error){"fresh": p.fresh, "snapshot": p.restored} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				defer cputime.Thread(b)()
				for b.Loop() {
					g, err := instantiate()
					if err != nil {
						b.Fatal(err)
					}
					g.drop()
				}
			})
			b.Run(name+"/"+way+" and first event", func(b *testing.B) {
				doc := document(b, prompt("echo", 10<<10))
				defer cputime.Thread(b)()
				for b.Loop() {
					c := on(b, p, instantiate)
					if _, err := do(c, doc); err != nil {
						b.Fatal(err)
					}
					c.guest.drop()
				}
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1, CacheDir: compilationCache()})
	wasm := goGuest(b)
	b.ResetTimer()
	for b.Loop() {
		p, err := r.Load(b.Context(), "test", wasm, []byte(`{}`), Grants{})
		if err != nil {
			b.Fatal(err)
		}
		p.Close(b.Context())
	}
}
