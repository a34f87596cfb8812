package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// handling returns an instance that handles an event of c, whose documents are 1, `{"a":"x\n1"}`, and 2, parsed.
func handling(t testing.TB, r *Runtime) (*instance, *Context) {
	t.Helper()
	return handlingAs(t, r, Grants{})
}

func handlingAs(t testing.TB, r *Runtime, grants Grants) (*instance, *Context) {
	t.Helper()
	p, err := r.Load(t.Context(), "test", minimal().wasm(), []byte(`{}`), grants)
	if err != nil {
		t.Fatal(err)
	}
	c := opened(t, p)
	c.Attr = func(name tape.Atom) (string, bool) { return "value", name.Name() == "model" }
	c.Set = func(what hostabi.Setting, name, value []byte) error {
		if what != hostabi.SetPath {
			return errors.New("no")
		}
		return nil
	}
	must(t, c, `{}`)
	reset(c, document(t, `{"a":"x\n1"}`), document(t, `[true,"q"]`))
	g := c.guest
	g.active, g.configuring = c, true
	t.Cleanup(func() { g.active, g.configuring = nil, false })
	return g, c
}

func reset(c *Context, docs ...*tape.Doc) {
	c.Body, c.Events, c.Failure, c.Counted = c.Body[:0], c.Events[:0], nil, false
	c.docs, c.used, c.scratch = append(c.docs[:0], docs...), 0, c.scratch[:0]
}

// invoke calls an import and returns its result.
func invoke(g *instance, name string, values ...uint64) int32 {
	f := function(name)
	params, _ := f.sig.types()
	stack := make(args, 8)
	for i, v := range values {
		if stack[i] = v; params[i] == api.ValueTypeI32 {
			stack[i] |= 0xdeadbeef << 32 // the upper half of an i32 is garbage in wazero
		}
	}
	f.call(g, stack)
	return stack.i32(0)
}

// want checks what an import returns: a number, or an Errno negated.
func want[T int | hostabi.Errno](t testing.TB, g *instance, result T, name string, values ...uint64) {
	t.Helper()
	expected := int32(result)
	if _, refusal := any(result).(hostabi.Errno); refusal {
		expected = -expected
	}
	if got := invoke(g, name, values...); got != expected {
		t.Errorf("%s%d = %d, want %d", name, values, got, expected)
	}
}

// put writes to guest memory and returns where and how much: two arguments of most imports.
func put(t testing.TB, g *instance, at uint32, text string) (ptr, n uint64) {
	t.Helper()
	if !g.memory.WriteString(at, text) {
		t.Fatal("out of memory")
	}
	return uint64(at), uint64(len(text))
}

const (
	end  = pageSize // of the memory of a minimal guest
	errs = 1 << 31  // in want: the result is an Errno
)

func TestImports(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handling(t, r)
	model, wrong := tape.MustIntern("model"), uint64(c.id+1<<16)
	id := uint64(c.id)
	docs := append([]*tape.Doc(nil), c.docs...)
	const (
		nameAt, opsAt, litAt, outAt = 100, 200, 300, 400
	)
	write := func(at uint32, b string) {
		if !g.memory.WriteString(at, b) {
			t.Fatal("out of memory")
		}
	}
	ops := func(list ...uint32) string {
		var b []byte
		for _, w := range list {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return string(b)
	}
	e := func(n hostabi.Errno) uint64 { return errs | uint64(n) }
	for _, call := range []struct {
		name string
		args []uint64
		want uint64
		mem  string // expected at outAt
	}{
		{"atom", []uint64{nameAt, 5}, uint64(model), ""},
		{"atom", []uint64{nameAt, 0}, e(hostabi.ErrnoInvalid), ""},
		{"atom", []uint64{nameAt, 49}, e(hostabi.ErrnoInvalid), ""},
		{"atom", []uint64{end - 4, 5}, e(hostabi.ErrnoRange), ""},
		{"atom", []uint64{1<<32 - 1, 1<<32 - 1}, e(hostabi.ErrnoRange), ""},
		{"attr", []uint64{id, uint64(model), outAt, 5}, 5, "value"},
		{"attr", []uint64{id, uint64(model), outAt, 4}, 5, "\x00\x00\x00\x00\x00"},
		{"attr", []uint64{id, uint64(model), end, 4}, 5, ""},
		{"attr", []uint64{id, uint64(model), end - 4, 5}, e(hostabi.ErrnoRange), ""},
		{"attr", []uint64{id, uint64(model) + 1<<16, outAt, 5}, e(hostabi.ErrnoAbsent), ""},
		{"attr", []uint64{id, 0, outAt, 5}, e(hostabi.ErrnoAbsent), ""},
		{"attr", []uint64{wrong, uint64(model), outAt, 5}, e(hostabi.ErrnoContext), ""},
		{"bytes", []uint64{id, 1, 0, 12, outAt}, 12, `{"a":"x\n1"}`},
		{"bytes", []uint64{id, 1, 6, 4, outAt}, 4, `x\n1`},
		{"bytes", []uint64{id, 1, 12, 0, end}, 0, ""},
		{"bytes", []uint64{id, 1, 12, 1, outAt}, e(hostabi.ErrnoRange), ""},
		{"bytes", []uint64{id, 1, 1<<32 - 1, 2, outAt}, e(hostabi.ErrnoRange), ""},
		{"bytes", []uint64{id, 1, 0, 12, end - 11}, e(hostabi.ErrnoRange), ""},
		{"bytes", []uint64{id, 0, 0, 1, outAt}, e(hostabi.ErrnoDoc), ""},
		{"bytes", []uint64{id, 3, 0, 1, outAt}, e(hostabi.ErrnoDoc), ""},
		{"bytes", []uint64{id, 1 << 16, 0, 1, outAt}, e(hostabi.ErrnoDoc), ""},
		{"bytes", []uint64{wrong, 1, 0, 1, outAt}, e(hostabi.ErrnoContext), ""},
		{"text", []uint64{id, 1, 6, 4, outAt, 4}, 3, "x\n1\x00"},
		{"text", []uint64{id, 1, 6, 4, outAt, 3}, 3, "x\n1\x00"},
		{"text", []uint64{id, 1, 6, 4, outAt, 2}, 3, "\x00\x00\x00"},
		{"text", []uint64{id, 1, 6, 4, end - 3, 4}, 3, ""},
		{"text", []uint64{id, 1, 6, 4, end - 2, 4}, e(hostabi.ErrnoRange), ""},
		{"text", []uint64{id, 1, 6, 4, end - 2, 3}, e(hostabi.ErrnoRange), ""},
		{"text", []uint64{id, 1, 6, 7, outAt, 4}, e(hostabi.ErrnoRange), ""},
		{"text", []uint64{wrong, 1, 6, 4, outAt, 4}, e(hostabi.ErrnoContext), ""},
		{"parse", []uint64{id, 1, 9, 1}, 3, ""},
		{"parse", []uint64{id, 1, 6, 4}, e(hostabi.ErrnoSyntax), ""},
		{"parse", []uint64{id, 2, 0, 11}, e(hostabi.ErrnoRange), ""},
		{"parse", []uint64{id, 9, 0, 1}, e(hostabi.ErrnoDoc), ""},
		{"parse", []uint64{wrong, 1, 9, 1}, e(hostabi.ErrnoContext), ""},
		{"nodes", []uint64{id, 2, 0, 0}, 3, ""},
		{"nodes", []uint64{id, 2, outAt, 3*tape.NodeSize - 1}, 3, "\x00\x00\x00\x00"},
		{"nodes", []uint64{id, 2, outAt, 3 * tape.NodeSize}, 3, "\x06\x00\x00\x00"},
		{"nodes", []uint64{id, 2, end - 71, 72}, e(hostabi.ErrnoRange), ""},
		{"nodes", []uint64{id, 0, 0, 0}, e(hostabi.ErrnoDoc), ""},
		{"nodes", []uint64{wrong, 2, 0, 0}, e(hostabi.ErrnoContext), ""},
		{"emit", []uint64{id, 1, opsAt, 3, litAt, 3}, 0, ""},
		{"emit", []uint64{id, 1, opsAt + 50, 1, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"emit", []uint64{id, 2, opsAt, 3, litAt, 3}, 0, ""},
		{"emit", []uint64{id, 1, opsAt, 0, litAt, 0}, 0, ""},
		{"emit", []uint64{id, 1, opsAt, 3, litAt, 2}, e(hostabi.ErrnoRange), ""},
		{"emit", []uint64{id, 3, opsAt, 3, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"emit", []uint64{id, 0, opsAt, 3, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"emit", []uint64{id, 1, opsAt, 1 << 31, litAt, 3}, e(hostabi.ErrnoRange), ""},
		{"emit", []uint64{id, 1, opsAt, 357913942, litAt, 3}, e(hostabi.ErrnoRange), ""},
		{"emit", []uint64{id, 1, end - 12, 2, litAt, 3}, e(hostabi.ErrnoRange), ""},
		{"emit", []uint64{id, 1, opsAt, 3, end, 1}, e(hostabi.ErrnoRange), ""},
		{"emit", []uint64{wrong, 1, opsAt, 3, litAt, 3}, e(hostabi.ErrnoContext), ""},
		{"set", []uint64{id, 1, nameAt, 0, litAt, 3}, 0, ""},
		{"set", []uint64{id, 2, nameAt, 5, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"set", []uint64{id, 1, nameAt, end, litAt, 3}, e(hostabi.ErrnoRange), ""},
		{"set", []uint64{id, 1, nameAt, 0, litAt, 1<<32 - 1}, e(hostabi.ErrnoRange), ""},
		{"set", []uint64{wrong, 1, nameAt, 0, litAt, 3}, e(hostabi.ErrnoContext), ""},
		{"fail", []uint64{id, 1, 0, litAt, 3}, 0, ""},
		{"fail", []uint64{id, 0, 599, litAt, 0}, 0, ""},
		{"fail", []uint64{id, 15, 0, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"fail", []uint64{id, 1<<32 - 1, 0, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"fail", []uint64{id, 1, 200, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"fail", []uint64{id, 1, 600, litAt, 3}, e(hostabi.ErrnoInvalid), ""},
		{"fail", []uint64{id, 1, 0, end - 2, 3}, e(hostabi.ErrnoRange), ""},
		{"fail", []uint64{wrong, 1, 0, litAt, 3}, e(hostabi.ErrnoContext), ""},
		{"usage", []uint64{id, litAt, 2}, 0, ""},
		{"usage", []uint64{id, litAt, 1 << 31}, 0, ""},
		{"usage", []uint64{id, end - 19, 5}, e(hostabi.ErrnoRange), ""},
		{"usage", []uint64{wrong, litAt, 2}, e(hostabi.ErrnoContext), ""},
		{"rand", []uint64{outAt, 8}, 8, ""},
		{"rand", []uint64{outAt, end}, e(hostabi.ErrnoRange), ""},
		{"log", []uint64{4, textAt, 5}, 0, ""},
		{"log", []uint64{4, end, 1}, e(hostabi.ErrnoRange), ""},
	} {
		reset(c, docs...)
		write(nameAt, "model")
		write(opsAt, ops(0, 0, 3, 1|1<<16, 5, 6, 2|1<<16, 6, 4))
		write(opsAt+50, ops(9, 0, 0))
		write(litAt, "lit")
		write(outAt, strings.Repeat("\x00", 100))
		// The upper half of an i32 is garbage in wazero.
		stack := make(args, 8)
		for i, v := range call.args {
			stack[i] = v | 0xdeadbeef<<32
		}
		function(call.name).call(g, stack)
		want := int32(call.want)
		if call.want&errs != 0 {
			want = -int32(call.want &^ errs)
		}
		what := fmt.Sprintf("%s%d", call.name, call.args)
		if stack.i32(0) != want || stack[0]>>32 != 0 {
			t.Errorf("%s = %d (%#x), want %d", what, stack.i32(0), stack[0], want)
		}
		if got, _ := g.memory.Read(outAt, uint32(len(call.mem))); string(got) != call.mem {
			t.Errorf("%s left %q, want %q", what, got, call.mem)
		}
		if call.name == "emit" && want == 0 && call.args[3] == 3 {
			out := map[uint64]string{1: string(c.Body), 2: string(c.Events)}[call.args[1]]
			if out != map[uint64]string{1: "lit" + `"x\n1"` + "x\n1", 2: "data: lit" + `"x\n1"` + "x 1\n\n"}[call.args[1]] {
				t.Errorf("%s gave out %q", what, out)
			}
		}
	}
}

func TestAtomIsOnlyForConfiguration(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	g.configuring = false
	stack := args{textAt, 5}
	if g.atom(stack); hostabi.Errno(-stack.i32(0)) != hostabi.ErrnoState {
		t.Errorf("got %d, want ErrnoState", stack.i32(0))
	}
}

func TestNamesOfAPluginAreLimited(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	g.plugin.names.Store(maxNames)
	g.memory.WriteString(100, "one_name_more")
	stack := args{100, 13}
	if g.atom(stack); hostabi.Errno(-stack.i32(0)) != hostabi.ErrnoLimit {
		t.Errorf("got %d, want ErrnoLimit", stack.i32(0))
	}
	g.memory.WriteString(100, "model")
	stack = args{100, 5}
	if g.atom(stack); stack.i32(0) <= 0 {
		t.Errorf("a known name: %d", stack.i32(0))
	}
}

func TestImportsNeedCallbacks(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handling(t, r)
	c.Attr, c.Set = nil, nil
	stack := args{uint64(c.id), 1, 0, 0, 0, 0}
	if g.attr(stack); hostabi.Errno(-stack.i32(0)) != hostabi.ErrnoAbsent {
		t.Errorf("attr: %d, want ErrnoAbsent", stack.i32(0))
	}
	stack = args{uint64(c.id), 1, 0, 0, 0, 0}
	if g.set(stack); hostabi.Errno(-stack.i32(0)) != hostabi.ErrnoState {
		t.Errorf("set: %d, want ErrnoState", stack.i32(0))
	}
}

// FuzzImports calls every import with any arguments, on a guest with one page of memory.
func FuzzImports(f *testing.F) {
	r, _ := newRuntime(f, Options{Instances: 1, Log: func(string, int, string) {}})
	g, c := handlingAs(f, r, Grants{Headers: []string{"x-a"}, Upstreams: []string{"up"}, KV: kv.New(1 << 16), Match: true})
	c.Header = func([]byte) (string, bool) { return "value", true }
	c.Key = "key"
	text := &Text{Src: []byte("héllo wörld"), Segments: []hostabi.Segment{{Len: 6, Seen: 1}, {Off: 7, Len: 6}}}
	docs := append([]*tape.Doc(nil), c.docs...)
	var functions []hostFunction
	for _, m := range hostModules {
		for _, fn := range m.functions {
			if fn.name != "proc_exit" && fn.name != "atom" {
				functions = append(functions, fn)
			}
		}
	}
	for i := range functions {
		f.Add(byte(i), uint64(c.id), uint64(1), uint64(0), uint64(4), uint64(64), uint64(64), uint64(0), []byte{1, 0, 1})
		f.Add(byte(i), uint64(textAt), uint64(5), uint64(end), uint64(1<<32-1), uint64(1<<31), uint64(end-1), uint64(1), []byte{})
		f.Add(byte(i), uint64(c.id), uint64(0), uint64(hostabi.HTTPCallSize), uint64(4), uint64(6), uint64(56), uint64(8),
			append(callTo(64, "up", "", "/p", "a: b", 1), "up/pa: b"...))
	}
	f.Fuzz(func(t *testing.T, which byte, a, b, cc, d, e, h, k uint64, memory []byte) {
		reset(c, docs...)
		c.Edits, c.Flags, c.with, c.waits, c.text = nil, nil, nil, nil, text
		g.left = eventFuel
		defer func() {
			if e := recover(); e != nil && e != ErrFuel {
				panic(e)
			}
		}()
		memory = memory[:min(len(memory), end)]
		g.memory.Write(0, memory)
		g.log = guestLog{}
		fn := functions[int(which)%len(functions)]
		stack := args{a, b, cc, d, e, h, k, 0}
		fn.call(g, stack)
		if fn.name != hostabi.ImportNow && stack[0]>>32 != 0 {
			t.Fatalf("%s returned %#x, more than an i32", fn.name, stack[0])
		}
		if len(c.Body) > maxOutput || len(c.Events) > maxOutput+16 {
			t.Fatalf("%s gave out %d and %d bytes", fn.name, len(c.Body), len(c.Events))
		}
		for _, x := range c.Edits {
			if s := text.Segments[x.Segment]; x.From < s.Seen || x.From > x.To || x.To > s.Len {
				t.Fatalf("%s made the edit %+v", fn.name, x)
			}
		}
	})
}
