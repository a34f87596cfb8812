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

	"github.com/tetratelabs/wazero/api"
)

var everything = Options{Fuel: true, JumpThreading: true, StripData: true, ExportGlobals: true}

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

// sameResults compares what two guests make of a text.
func sameResults(t *testing.T, want, got *guest, text string) {
	t.Helper()
	for work := range uint64(works) {
		a, err := want.call("run", work, uint64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := got.call("run", work, uint64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if a[0] != b[0] {
			t.Errorf("%s: got %x, want %x", workNames[work], b[0], a[0])
		}
	}
}

func TestGoGuest(t *testing.T) {
	wasm := needGoGuest(t)
	text := sampleText(5000)
	plain := startGo(t, &Module{Wasm: wasm}, text)
	t.Run("fuel", func(t *testing.T) {
		metered := startGo(t, mustRewrite(t, wasm, Options{Fuel: true}), text)
		sameResults(t, plain, metered, text)
		if metered.used() <= 0 {
			t.Error("no fuel was used")
		}
	})
	m := mustRewrite(t, wasm, everything)
	first := startGo(t, m, text)
	t.Run("everything", func(t *testing.T) { sameResults(t, plain, first, text) })
	t.Run("snapshot", func(t *testing.T) { sameResults(t, first, copyOf(t, m, first), text) })
}

// copyOf makes an instance from the memory and the globals of another one.
func copyOf(t *testing.T, m *Module, first *guest) *guest {
	t.Helper()
	if m.Opaque != "" {
		t.Fatal(m.Opaque)
	}
	g, err := start(t, &Module{Wasm: m.Wasm}, 0)
	if err != nil {
		t.Fatal(err)
	}
	memory, _ := first.Memory().Read(0, first.Memory().Size())
	g.Memory().Grow((first.Memory().Size() - g.Memory().Size()) >> 16)
	g.Memory().Write(0, memory)
	for _, name := range m.Globals {
		g.ExportedGlobal(name).(api.MutableGlobal).Set(first.ExportedGlobal(name).Get())
	}
	return g
}

// TestGoJumps proves that the shape of Go's functions is still recognized.
func TestGoJumps(t *testing.T) {
	s := mustRewrite(t, needGoGuest(t), everything).Stats
	if s.Dispatching < s.Functions/2 || s.Threaded < s.Jumps*8/10 {
		t.Errorf("too few of Go's functions and jumps: %+v", s)
	}
}
