package rewrite

import (
	"errors"
	"strings"
	"testing"
)

var empty = emptyBlock

// forever is what each kind of runaway guest does.
var forever = map[string]func(b *builder){
	"empty loop": func(b *builder) {
		b.fn("run", ":", "", opLoop, empty, opBr, 0, opEnd)
	},
	"conditional loop": func(b *builder) {
		b.fn("run", ":", "", opLoop, empty, opI32Const, 1, opBrIf, 0, opEnd)
	},
	"table loop": func(b *builder) {
		b.fn("run", ":", "", opLoop, empty, opBlock, empty, opI32Const, 7, opBrTable, 1, 0, 1, opEnd, opEnd)
	},
	"loop with parameters": func(b *builder) {
		b.fn("run", ":", "", opI32Const, 1, opLoop, b.typ("i:i"), opBr, 0, opEnd, 0x1a)
	},
	"outer loop": func(b *builder) {
		b.fn("run", ":", "", opLoop, empty, opBlock, empty, opLoop, empty, opEnd, opBr, 1, opEnd, opEnd)
	},
	"recursion": func(b *builder) {
		b.fn("run", ":", "", opCall, 1)
	},
	"mutual recursion": func(b *builder) {
		b.fn("run", ":", "", opCall, 2)
		b.fn("", ":", "", opCall, 1)
	},
	"recursion through a table": func(b *builder) {
		b.table(1)
		b.fn("run", ":", "", opI32Const, 0, opCallIndirect, b.typ(":"), 0)
	},
	"exponential calls": func(b *builder) {
		b.fn("", ":", "", 0x01)
		for i := range byte(60) {
			b.fn("", ":", "", opCall, i+1, opCall, i+1)
		}
		b.fn("run", ":", "", opCall, 61)
	},
	"recursion in front of a loop": func(b *builder) {
		b.fn("run", ":", "", opCall, 1, opLoop, empty, opI32Const, 0, opBrIf, 0, opEnd)
	},
	"recursion past a loop": func(b *builder) {
		b.fn("run", ":", "", opI32Const, 0, opIf, empty, opLoop, empty, opI32Const, 0, opBrIf, 0, opEnd, opEnd, opCall, 1)
	},
	"loop of copies": func(b *builder) {
		b.fn("run", ":", "", opLoop, empty, opI32Const, 0, opI32Const, 0, opI32Const, int32(65536), opMemoryCopy, 0, 0, opBr, 0, opEnd)
	},
	"dispatch loop": func(b *builder) {
		b.fn("", "i:i", "", dispatchTo(1, 0))
		b.fn("run", ":", "", opI32Const, 0, opCall, 1, 0x1a)
	},
	"dispatch loop entered elsewhere": func(b *builder) {
		b.fn("", "i:i", "", dispatchTo(1, 1))
		b.fn("run", ":", "", opI32Const, 1, opCall, 1, 0x1a)
	},
	"resuming again and again": func(b *builder) {
		b.fn("", "i:i", "", dispatchTo(2, 2))
		b.fn("run", ":", "", opLoop, empty, opI32Const, 1, opCall, 1, 0x1a, opBr, 0, opEnd)
	},
	"long dispatch loop": func(b *builder) {
		b.fn("", "i:i", "", longDispatch())
		b.fn("run", ":", "", opI32Const, 0, opCall, 1, 0x1a)
	},
}

// dispatchTo is a function of Go's shape with the labels 0, 1 and 2; label 0 jumps to the first argument, 1 to the second
// and 2 returns.
func dispatchTo(to0, to1 int32) []byte {
	return cat(opLoop, empty, opBlock, empty, opBlock, empty, opBlock, empty,
		opLocalGet, 0, opBrTable, 3, 0, 1, 2, 2, opEnd,
		opI32Const, to0, opLocalSet, 0, opBr, 2, opEnd,
		opI32Const, to1, opLocalSet, 0, opBr, 1, opEnd,
		opI32Const, 0, opReturn, opEnd, opUnreachable)
}

// longDispatch has so much code that its labels are in regions of their own, and jumps around all of them forever.
func longDispatch() []byte {
	const labels = 20
	code := cat(opLoop, empty)
	var table []byte
	for i := range byte(labels) {
		code = append(code, opBlock, emptyBlock)
		table = append(table, i)
	}
	code = append(code, cat(opLocalGet, 0, opBrTable, labels-1, table, opEnd)...)
	for i := range labels {
		for range 60 {
			code = append(code, cat(opI32Const, 0, opI32Const, 0, 0x28, 2, 0, 0x36, 2, 0)...)
		}
		code = append(code, cat(opI32Const, int32((i*7+3)%labels), opLocalSet, 0, opBr, labels-1-i, opEnd)...)
	}
	return append(code, opUnreachable)
}

func runaway(name string) []byte {
	var b builder
	b.importFunc("wasi_snapshot_preview1", "sched_yield", ":i")
	b.memory(1)
	forever[name](&b)
	return b.bytes()
}

func TestRunawaysStop(t *testing.T) {
	for name := range forever {
		for _, o := range []Options{{Fuel: true}, {Fuel: true, JumpThreading: true}} {
			m, err := Rewrite(runaway(name), o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			g, err := start(t, m, 20)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := g.call("run"); !errors.Is(err, errFuel) && !strings.Contains(err.Error(), errFuel.Error()) {
				t.Errorf("%s: got %v", name, err)
			}
			g.done()
		}
	}
}

func TestRunawayStartStops(t *testing.T) {
	var b builder
	b.fn("", ":", "", opLoop, empty, opBr, 0, opEnd)
	b.raw = map[byte][]byte{sectionStart: {0}}
	m, err := Rewrite(b.bytes(), Options{Fuel: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := start(t, m, 3); err == nil || !strings.Contains(err.Error(), errFuel.Error()) {
		t.Errorf("got %v", err)
	}
}

// fuelOf runs the export run of a module and returns the fuel that it took.
func fuelOf(t *testing.T, wasm []byte, args ...uint64) int64 {
	t.Helper()
	m, err := Rewrite(wasm, Options{Fuel: true})
	if err != nil {
		t.Fatal(err)
	}
	g, err := start(t, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer g.done()
	if _, err := g.call("run", args...); err != nil {
		t.Fatal(err)
	}
	return g.used()
}

// TestFuelGrows proves that fuel follows the work that is done, not the text. A function that begins with a loop pays
// for its entry there, each time.
func TestFuelGrows(t *testing.T) {
	countDown := cat(opLocalGet, 0, opI32Const, 1, 0x6b, opLocalSet, 0)
	for _, c := range []struct {
		name  string
		code  []byte
		units int64 // by which fuel grows when the argument does by one
	}{
		{"loop", cat(opLoop, empty, countDown, opLocalGet, 0, opBrIf, 0, opEnd), 5 + loopWeight},
		{"loop after code", cat(text(100), opLoop, empty, countDown, opLocalGet, 0, opBrIf, 0, opEnd), 4 + loopWeight},
		{"copy", cat(opI32Const, 0, opI32Const, 0, opLocalGet, 0, opI32Const, 10, 0x74, opMemoryCopy, 0, 0), 512},
		{"fill", cat(opI32Const, 0, opI32Const, 0, opLocalGet, 0, opI32Const, 10, 0x74, opMemoryFill, 0), 512},
		{"untaken path", cat(opLoop, empty, opI32Const, 0, opIf, empty, strings.Repeat("\x41\x00\x1a", 100), opEnd,
			countDown, opLocalGet, 0, opBrIf, 0, opEnd), 7 + loopWeight},
		{"untaken case", cat(opLoop, empty, opBlock, empty, opBlock, empty, opI32Const, 1, opBrTable, 1, 0, 1, opEnd,
			strings.Repeat("\x41\x00\x1a", 100), opEnd, countDown, opLocalGet, 0, opBrIf, 0, opEnd), 9 + loopWeight},
	} {
		var b builder
		b.memory(1)
		b.fn("run", "i:", "", c.code)
		few, many := fuelOf(t, b.bytes(), 10), fuelOf(t, b.bytes(), 60)
		if grown := many - few; grown != 50*c.units {
			t.Errorf("%s: 50 more take %d units, want %d", c.name, grown, 50*c.units)
		}
	}
}

// text is code of that weight.
func text(weight int) string { return strings.Repeat("\x41\x00\x1a", weight) }

// threeLabels is a function of Go's shape whose number 0 leads to one of its three labels.
func threeLabels(zero int, code0, code1, code2 []byte) []byte {
	return cat(opLoop, empty, opBlock, empty, opBlock, empty, opBlock, empty, opLocalGet, 0, opBrTable, 3, zero, 1, 2, 2, opEnd,
		code0, opEnd, code1, opEnd, code2, opI32Const, 0, opReturn, opEnd, opUnreachable)
}

// TestFuelCovers proves that no way through a function is cheaper than the instructions on it.
func TestFuelCovers(t *testing.T) {
	again := cat(opLocalGet, 0, opI32Const, 1, 0x6b, 0x22, 0, opBrIf, 0)
	jump := func(n, depth int) []byte { return cat(opI32Const, n, opLocalSet, 0, opBr, depth) }
	for name, c := range map[string]struct {
		arg  uint64
		code []byte
	}{
		"other arm of a loop":  {1000, cat(opBlock, empty, opI32Const, 0, opBrIf, 0, opEnd, opLoop, empty, opI32Const, 0, opIf, empty, opElse, text(20), opEnd, again, opEnd, opI32Const, 0)},
		"code after a loop":    {1000, cat(opLoop, empty, opBlock, empty, opI32Const, 1, opBrIf, 0, opEnd, text(20), again, opEnd, opI32Const, 0)},
		"code after a table":   {9, cat(opLoop, empty, opBlock, empty, opI32Const, 0, opBrTable, 1, 0, 0, opEnd, text(50), again, opEnd, opI32Const, 0)},
		"long path":            {9, cat(opLoop, empty, opI32Const, 1, opIf, empty, text(50), opEnd, again, opEnd, opI32Const, 0)},
		"return before a loop": {0, cat(text(20), opI32Const, 0, opReturn, opLoop, empty, opBr, 0, opEnd)},
		"resumed label":        {1, threeLabels(2, nil, []byte(text(200)), nil)},
		"leap to a region":     {0, threeLabels(0, cat(text(300), opBr, 1), nil, []byte(text(250)))},
		"jump to a region":     {0, threeLabels(0, cat(text(300), jump(2, 2)), nil, []byte(text(250)))},
		"jump back":            {1, threeLabels(0, cat(text(100), jump(2, 2)), cat(text(300), jump(0, 1)), nil)},
		"region of a label":    {0, threeLabels(0, []byte(text(300)), []byte(text(300)), []byte(text(300)))},
	} {
		for _, threading := range []bool{false, true} {
			var b builder
			b.fn("run", "i:i", "", c.code)
			var used [2]int64
			for i, m := range []*Module{weighed(t, b.bytes(), threading), mustRewrite(t, b.bytes(), Options{Fuel: true, JumpThreading: threading})} {
				g, err := start(t, m, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := g.call("run", c.arg); err != nil {
					t.Fatal(name, err)
				}
				used[i] = g.used()
				g.done()
			}
			if used[1] < used[0] || used[1] > used[0]*2+60 {
				t.Errorf("%s (threading %t): takes %d for %d", name, threading, used[1], used[0])
			}
		}
	}
}

func TestLeavesAreFree(t *testing.T) {
	var b builder
	b.fn("", ":i", "", opI32Const, 1)
	b.fn("run", ":i", "", opI32Const, 1)
	m, err := Rewrite(b.bytes(), Options{Fuel: true})
	if err != nil {
		t.Fatal(err)
	}
	if m.Stats.Checks != 1 {
		t.Errorf("got %d checks, want one for the exported function", m.Stats.Checks)
	}
}
