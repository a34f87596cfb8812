package rewrite

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// named returns a module with an import, a function that traps and a function that calls it, both named.
func named(names []byte) []byte {
	var b builder
	b.importFunc("wasi_snapshot_preview1", "sched_yield", ":i")
	b.memory(1)
	b.fn("", ":", "", opUnreachable)
	b.fn("run", ":", "", opCall, 1)
	b.custom("name", string(names))
	b.custom(".debug_info", "points into the code")
	b.custom("sluice.manifest", `{"name":"x"}`)
	return b.bytes()
}

func functionNames(names ...string) []byte {
	list := appendU32(nil, uint32(len(names)))
	for i, name := range names {
		list = appendName(appendU32(list, uint32(i)), name)
	}
	module := appendSection(nil, namesModule, appendName(nil, "m"))
	return append(module, appendSection(nil, namesFunctions, list)...)
}

func TestStackTraceNames(t *testing.T) {
	m := mustRewrite(t, named(functionNames("yield", "trap", "caller")), Options{Fuel: true})
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.call("run")
	if err == nil || !strings.Contains(err.Error(), "m.trap()") || !strings.Contains(err.Error(), "m.caller()") {
		t.Errorf("got %v", err)
	}
}

func TestCustomSections(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCustomSections(true))
	defer r.Close(ctx)
	m := mustRewrite(t, named(nil), Options{Fuel: true})
	c, err := r.CompileModule(ctx, m.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for _, s := range c.CustomSections() {
		kept[s.Name()] = string(s.Data())
	}
	if kept["sluice.manifest"] != `{"name":"x"}` {
		t.Error("the manifest is lost")
	}
	if _, ok := kept[".debug_info"]; ok {
		t.Error("debug information is kept")
	}
}

func TestMalformedNamesAreDropped(t *testing.T) {
	for _, names := range [][]byte{{1}, {1, 2, 1, 0}, {1, 9, 0}, {0, 2, 5, 'x'}, {1, 1, 200}} {
		m := mustRewrite(t, named(names), Options{Fuel: true})
		if bytes.Contains(m.Wasm, []byte("\x04name")) {
			t.Errorf("% x is kept", names)
		}
	}
}
