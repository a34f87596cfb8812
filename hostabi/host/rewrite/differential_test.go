package rewrite

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// outcome is all that a run of a generated module leaves behind.
type outcome struct {
	results string
	memory  uint64
	globals [generatedGlobals]uint64
}

// run calls all functions of a generated module.
func run(t testing.TB, m *Module) (o outcome, g *guest) {
	t.Helper()
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer g.done()
	global := func(name string) api.MutableGlobal { return g.ExportedGlobal(name).(api.MutableGlobal) }
	for i := range 4 {
		f := g.ExportedFunction(fmt.Sprint("f", i))
		if f == nil {
			break
		}
		for _, arg := range []uint64{0, 3} {
			global("steps").Set(maxSteps)
			args := []uint64{arg, 77}[:len(f.Definition().ParamTypes())]
			result, err := f.Call(context.Background(), args...)
			o.results += fmt.Sprint(result, err != nil, " ")
		}
	}
	h := fnv.New64a()
	b, _ := g.Memory().Read(0, g.Memory().Size())
	h.Write(b)
	o.memory = h.Sum64()
	for i, name := range []string{"steps", "state"} {
		o.globals[i] = global(name).Get()
	}
	return o, g
}

// differ compares a generated module before and after rewriting.
func differ(t *testing.T, data []byte) (stats Stats) {
	t.Helper()
	wasm := generate(data)
	want, _ := run(t, &Module{Wasm: wasm})
	for _, o := range []Options{
		{Fuel: true},
		{JumpThreading: true},
		everything,
	} {
		m := mustRewrite(t, wasm, o)
		got, g := run(t, m)
		if got != want {
			t.Errorf("%+v: got %+v, want %+v", o, got, want)
		}
		if o.Fuel {
			_, exact := run(t, weighed(t, wasm, o.JumpThreading))
			if g.used() < exact.used() {
				t.Errorf("%+v: %d units of fuel for instructions of %d", o, g.used(), exact.used())
			}
		}
		stats = m.Stats
	}
	return stats
}

func FuzzDifferential(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(randomBytes(seed, 400))
	}
	f.Fuzz(func(t *testing.T, data []byte) { differ(t, data) })
}

func randomBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// TestDifferential compares more modules than the corpus has, and proves that they are worth comparing.
func TestDifferential(t *testing.T) {
	n := uint64(150)
	if testing.Short() {
		n = 20
	}
	var all Stats
	for seed := range n {
		s := differ(t, randomBytes(1000+seed, 600))
		all.Dispatching += s.Dispatching
		all.Jumps += s.Jumps
		all.Threaded += s.Threaded
		all.Charges += s.Charges
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if all.Dispatching < int(n)/4 || all.Threaded < int(n) || all.Threaded == all.Jumps || all.Charges < int(n) {
		t.Errorf("the generator makes too little of interest: %+v", all)
	}
	t.Logf("%+v", all)
}

// FuzzRewrite proves that no bytes make it panic, and that it neither breaks a valid module nor makes a bad one valid.
func FuzzRewrite(f *testing.F) {
	f.Add([]byte(header))
	for seed := range uint64(4) {
		f.Add(generate(randomBytes(seed, 100)))
	}
	f.Add(named(functionNames("a", "b", "c")))
	for name := range forever {
		f.Add(runaway(name))
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() { r.Close(ctx) })
	f.Fuzz(func(t *testing.T, wasm []byte) {
		m, err := Rewrite(wasm, everything)
		if err != nil {
			return
		}
		before, after := compiles(t, r, wasm), compiles(t, r, m.Wasm)
		if before == nil && after != nil {
			t.Errorf("no longer valid: %v", after)
		}
		if before != nil && after == nil && !tolerable(before) {
			t.Errorf("became valid: %v", before)
		}
	})
}

// tolerable tells whether what was wrong with a module is in a part that Rewrite writes anew or leaves out.
func tolerable(err error) bool {
	return strings.Contains(err.Error(), "custom") || strings.Contains(err.Error(), "name")
}
