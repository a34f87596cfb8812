package rewrite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// goGuest builds testdata/guest once.
var goGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "rewrite-guest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-o", out, ".")
	build.Dir = filepath.Join("testdata", "guest")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build guest: %w\n%s", err, text)
	}
	return os.ReadFile(out)
})

func needGoGuest(t testing.TB) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a guest")
	}
	wasm, err := goGuest()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

const works = 9

var workNames = [works]string{"hash", "sort", "map", "strconv", "regexp", "json", "goroutines", "panic", "alloc"}

func sampleText(n int) string {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the a of deadbeefcafe Ann@example.com hello \"quoted\" wörld 12345 \\ THE  [x] {y} gateway")
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[random.IntN(len(words))])
		b.WriteByte(" \n"[random.IntN(2)])
	}
	return b.String()[:n]
}

// startGo starts the Go guest with a text in its buffer.
func startGo(t testing.TB, m *Module, text string) *guest {
	t.Helper()
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.call("_initialize"); err != nil {
		t.Fatal(err)
	}
	at, err := g.call("buffer")
	if err != nil {
		t.Fatal(err)
	}
	if !g.Memory().Write(uint32(at[0]), []byte(text)) {
		t.Fatal("text doesn't fit")
	}
	return g
}

func TestGoGuest(t *testing.T) {
	wasm := needGoGuest(t)
	text := sampleText(5000)
	plain := startGo(t, &Module{Wasm: wasm}, text)
	for _, o := range []Options{
		{Fuel: true},
		{JumpThreading: true},
		{StripData: true, ExportGlobals: true},
		{Fuel: true, JumpThreading: true, StripData: true, ExportGlobals: true},
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			m, err := Rewrite(wasm, o)
			if err != nil {
				t.Fatal(err)
			}
			rewritten := startGo(t, m, text)
			for work := range uint64(works) {
				want, err := plain.call("run", work, uint64(len(text)))
				if err != nil {
					t.Fatal(err)
				}
				got, err := rewritten.call("run", work, uint64(len(text)))
				if err != nil {
					t.Fatal(err)
				}
				if got[0] != want[0] {
					t.Errorf("%s: got %x, want %x", workNames[work], got[0], want[0])
				}
			}
			if o.Fuel && rewritten.used() <= 0 {
				t.Error("no fuel was used")
			}
		})
	}
}

func BenchmarkGoGuest(b *testing.B) {
	wasm := needGoGuest(b)
	text := sampleText(5000)
	for _, v := range []struct {
		name string
		o    Options
	}{{"plain", Options{}}, {"fuel", Options{Fuel: true}}, {"jumps", Options{JumpThreading: true}}, {"both", Options{Fuel: true, JumpThreading: true}}} {
		m, err := Rewrite(wasm, v.o)
		if err != nil {
			b.Fatal(err)
		}
		g := startGo(b, m, text)
		for work, name := range workNames {
			b.Run(v.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := g.call("run", uint64(work), uint64(len(text))); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		g.done()
	}
}
