package rewrite

import (
	"bytes"
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// TestPlugin starts a real plugin after all that Rewrite can do to it.
func TestPlugin(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a plugin")
	}
	plugin, err := plugins.Open("demo")
	if err != nil {
		t.Fatal(err)
	}
	if TickModule != hostabi.Module {
		t.Errorf("tick is imported from %s, not from %s", TickModule, hostabi.Module)
	}
	m := mustRewrite(t, plugin.Wasm, everything)
	want, err := pack.Section(plugin.Wasm, hostabi.ManifestSection)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pack.Section(m.Wasm, hostabi.ManifestSection); err != nil || !bytes.Equal(got, want) {
		t.Errorf("manifest is %q, %v", got, err)
	}
	if got, want := version(t, m), version(t, &Module{Wasm: plugin.Wasm}); got != want {
		t.Errorf("%s is %x, want %x", hostabi.ExportABI, got, want)
	}
}

// version instantiates a module with imports that do nothing, initializes it and asks for its version.
func version(t *testing.T, m *Module) uint64 {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	c, err := r.CompileModule(ctx, m.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	host := r.NewHostModuleBuilder(hostabi.Module)
	g := &guest{}
	for _, f := range c.ImportedFunctions() {
		module, name, _ := f.Import()
		if module != hostabi.Module {
			continue
		}
		stub := api.GoModuleFunc(func(context.Context, api.Module, []uint64) {})
		if name == TickName {
			stub = g.tick
		}
		host.NewFunctionBuilder().WithGoModuleFunction(stub, f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	instance, err := r.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Data {
		instance.Memory().Write(s.Offset, s.Bytes)
	}
	if _, err := instance.ExportedFunction(hostabi.ExportInitialize).Call(ctx); err != nil {
		t.Fatal(err)
	}
	result, err := instance.ExportedFunction(hostabi.ExportABI).Call(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return result[0]
}
