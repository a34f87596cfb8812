package rewrite

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func mustRewrite(t testing.TB, wasm []byte, o Options) *Module {
	t.Helper()
	m, err := Rewrite(wasm, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// memoryOf instantiates a module and returns what is in its memory.
func memoryOf(t *testing.T, m *Module) []byte {
	t.Helper()
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer g.done()
	b, _ := g.Memory().Read(0, g.Memory().Size())
	return slices.Clone(b)
}

func TestStripData(t *testing.T) {
	for _, c := range []struct {
		name     string
		build    func(b *builder)
		segments int // after
	}{
		{"none", func(b *builder) {}, 0},
		{"neighbours", func(b *builder) { b.data(10, "ab"); b.data(12, "cd"); b.data(70, "ef") }, 1},
		{"at the largest gap", func(b *builder) { b.data(10, "ab"); b.data(12+joinGap, "cd") }, 1},
		{"past the largest gap", func(b *builder) { b.data(10, "ab"); b.data(13+joinGap, "cd") }, 2},
		{"apart", func(b *builder) { b.data(10, "ab"); b.data(5000, "cd") }, 2},
		{"descending", func(b *builder) { b.data(5000, "cd"); b.data(10, "ab") }, 2},
		{"overwritten", func(b *builder) { b.data(10, "abcdef"); b.data(12, "XY"); b.data(8, "123") }, 1},
		{"within", func(b *builder) { b.data(0, strings.Repeat("x", 500)); b.data(100, "y"); b.data(490, "zzz") }, 1},
		{"same place", func(b *builder) { b.data(7, "abc"); b.data(7, "d"); b.data(7, "") }, 1},
		{"empty", func(b *builder) { b.data(65536, "") }, 0},
		{"at the end", func(b *builder) { b.data(65535, "x") }, 1},
		{"counted", func(b *builder) { b.data(1, "x"); b.raw = map[byte][]byte{sectionDataCount: {1}} }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b builder
			b.memory(1)
			c.build(&b)
			plain := memoryOf(t, &Module{Wasm: b.bytes()})
			m := mustRewrite(t, b.bytes(), Options{StripData: true})
			if len(m.Data) != c.segments {
				t.Errorf("got %d segments, want %d", len(m.Data), c.segments)
			}
			if m.Opaque != "" {
				t.Errorf("opaque: %s", m.Opaque)
			}
			if !bytes.Equal(plain, memoryOf(t, m)) {
				t.Error("memory differs")
			}
			if again := mustRewrite(t, m.Wasm, Options{}); again.Stats.Segments != 0 {
				t.Error("segments are still in the module")
			}
		})
	}
}

func TestDataOutside(t *testing.T) {
	var b builder
	b.memory(1)
	b.data(65535, "xy")
	if _, err := Rewrite(b.bytes(), Options{StripData: true}); err == nil || !strings.Contains(err.Error(), "end of the memory") {
		t.Errorf("got %v", err)
	}
}

func TestDataStays(t *testing.T) {
	counted := map[byte][]byte{sectionDataCount: {1}}
	for name, build := range map[string]func(b *builder){
		"passive":     func(b *builder) { b.add(sectionData, []byte{1, 1, 'x'}) },
		"data.drop":   func(b *builder) { b.data(0, "x"); b.raw = counted; b.fn("run", ":", "", opDataDrop, 0) },
		"memory.init": func(b *builder) { b.data(0, "x"); b.raw = counted; b.fn("run", ":", "", initialize) },
		"global": func(b *builder) {
			b.add(sectionImport, cat(appendName(nil, "a"), appendName(nil, "b"), 3, valueI32, 0))
			b.add(sectionData, []byte{0, opGlobalGet, 0, opEnd, 1, 'x'})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b builder
			b.memory(1)
			build(&b)
			m := mustRewrite(t, b.bytes(), Options{Fuel: true, StripData: true})
			if len(m.Data) != 0 || m.Opaque == "" {
				t.Errorf("got %d segments, opaque %q", len(m.Data), m.Opaque)
			}
			if again := mustRewrite(t, b.bytes(), Options{}); again.Stats.Segments != 1 {
				t.Error("the segment is gone")
			}
		})
	}
}

// initialize copies the first data segment to address 100.
var initialize = cat(opI32Const, int32(100), opI32Const, 0, opI32Const, 1, opMemoryInit, 0, 0)

func TestMemoryInit(t *testing.T) {
	var b builder
	b.memory(1)
	b.add(sectionData, []byte{1, 1, 'x'})
	b.raw = map[byte][]byte{sectionDataCount: {1}}
	b.fn("run", ":", "", initialize, opDataDrop, 0)
	m := mustRewrite(t, b.bytes(), Options{Fuel: true, StripData: true})
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.call("run"); err != nil {
		t.Fatal(err)
	}
	if c, _ := g.Memory().ReadByte(100); c != 'x' {
		t.Errorf("got %q", c)
	}
}

// TestStart proves that a start function sees the data, whoever writes it, and that it is metered.
func TestStart(t *testing.T) {
	var b builder
	b.importFunc("wasi_snapshot_preview1", "sched_yield", ":i")
	b.memory(1)
	b.data(10, "abc")
	b.fn("", ":", "", opI32Const, int32(100), opI32Const, 10, 0x28, 0, 0, 0x36, 0, 0)
	b.raw = map[byte][]byte{sectionStart: {1}}
	plain := memoryOf(t, &Module{Wasm: b.bytes()})
	for _, o := range []Options{{Fuel: true}, {StripData: true}, {Fuel: true, StripData: true}} {
		m := mustRewrite(t, b.bytes(), o)
		if got := m.Start != ""; got != o.StripData {
			t.Errorf("%+v: start is %q", o, m.Start)
		}
		if !bytes.Equal(plain, memoryOf(t, m)) {
			t.Errorf("%+v: memory differs", o)
		}
	}
}

func TestGlobals(t *testing.T) {
	var b builder
	b.memory(1)
	b.global('i', 1)
	b.global('I', -2)
	b.add(sectionGlobal, []byte{valueI32, 0, opI32Const, 3, opEnd})
	b.export("mine", kindGlobal, 1)
	m := mustRewrite(t, b.bytes(), Options{Fuel: true, StripData: true, ExportGlobals: true})
	if want := []string{"sluice_global_0", "mine"}; !slices.Equal(m.Globals, want) {
		t.Fatalf("got %v, want %v", m.Globals, want)
	}
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1, -2} {
		global := g.ExportedGlobal(m.Globals[i])
		if got := int64(global.Get()); got != want && int64(int32(got)) != want {
			t.Errorf("%s is %d, want %d", m.Globals[i], got, want)
		}
	}
}

func TestOpaque(t *testing.T) {
	for want, build := range map[string]func(b *builder){
		"it changes its tables": func(b *builder) {
			b.table()
			b.fn("run", ":", "", opI32Const, 0, opRefNull, refFunc, opTableSet, 0)
		},
		"it imports tables or globals": func(b *builder) {
			b.add(sectionImport, cat(appendName(nil, "a"), appendName(nil, "b"), 3, valueI32, 1))
		},
		"it has mutable globals that aren't numbers": func(b *builder) {
			b.add(sectionGlobal, []byte{refExtern, 1, opRefNull, refExtern, opEnd})
		},
	} {
		var b builder
		b.memory(1)
		build(&b)
		if m := mustRewrite(t, b.bytes(), Options{StripData: true, ExportGlobals: true}); m.Opaque != want {
			t.Errorf("got %q, want %q", m.Opaque, want)
		}
	}
}
