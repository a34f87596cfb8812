package rewrite

import (
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// compiled keeps the code of modules that several tests run.
var compiled = wazero.NewCompilationCache()

// slice is how much fuel a tick gives.
const slice = 500_000

var errFuel = errors.New("out of fuel")

// guest is an instance under test.
type guest struct {
	api.Module
	ticks int
	limit int // ticks before it traps; 0: none
	spent int64
	done  func()
}

// tick refuels the module that calls it.
func (g *guest) tick(_ context.Context, m api.Module, _ []uint64) {
	g.ticks++
	if g.limit > 0 && g.ticks > g.limit {
		panic(errFuel)
	}
	fuel := m.ExportedGlobal(FuelGlobal).(api.MutableGlobal)
	g.spent += slice
	fuel.Set(fuel.Get() + slice)
}

// used is the fuel used so far.
func (g *guest) used() int64 {
	return g.spent - int64(g.ExportedGlobal(FuelGlobal).Get())
}

// start instantiates a module as a host would.
func start(t testing.TB, m *Module, limit int) (*guest, error) {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(1024).WithCompilationCache(compiled))
	g := &guest{limit: limit, done: func() { r.Close(ctx) }}
	t.Cleanup(g.done)
	host := r.NewHostModuleBuilder(TickModule)
	host.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(g.tick), nil, nil).Export(TickName)
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	var err error
	if g.Module, err = r.InstantiateWithConfig(ctx, m.Wasm, wazero.NewModuleConfig().WithStartFunctions()); err != nil {
		return nil, err
	}
	for _, s := range m.Data {
		if !g.Memory().Write(s.Offset, s.Bytes) {
			t.Fatalf("segment at %d doesn't fit", s.Offset)
		}
	}
	if m.Start != "" {
		if _, err := g.ExportedFunction(m.Start).Call(ctx); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// call calls an export.
func (g *guest) call(name string, args ...uint64) ([]uint64, error) {
	return g.ExportedFunction(name).Call(context.Background(), args...)
}
