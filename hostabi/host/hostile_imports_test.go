package host

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

// lies are arguments that are never what they seem: the same one in each place, or two in turn.
var lies = [][2]int32{
	{0, 0}, {-1, -1}, {1, -1}, {-1, 1}, {-1 << 31, -1 << 31}, {1<<31 - 1, 1<<31 - 1}, {1, 1}, {pageSize, 0}, {pageSize - 1, 2},
	{0, pageSize + 1}, {3, 1 << 16}, {8, 1 << 28}, {1 << 16, 1 << 16},
}

// lying calls every function that the host offers with every pair of lies, except the one that ends the guest.
func lying(t *testing.T) *module {
	t.Helper()
	m := minimal()
	var body []byte
	for _, offered := range hostModules {
		for _, f := range offered.functions {
			if f.name == "proc_exit" {
				continue
			}
			index := byte(len(m.imports))
			m.imported(offered.name, f.name, f.sig)
			for _, lie := range lies {
				body = append(body, callWith(f.sig, index, lie)...)
			}
		}
	}
	if len(m.imports) > 127 {
		t.Fatal("indexes need more than a byte")
	}
	m.with(hostabi.ExportConfigure, "i:i", body, constant(0))
	return onChunk(m, body, withContext(m))
}

func callWith(sig signature, f byte, lie [2]int32) []byte {
	params, results, _ := strings.Cut(string(sig), ":")
	var code []byte
	for i, p := range params {
		if p == 'I' {
			code = append(append(code, 0x42), signed(int64(lie[i%2]))...)
		} else {
			code = append(code, constant(lie[i%2])...)
		}
	}
	code = append(code, call(f)...)
	for range results {
		code = append(code, opDrop)
	}
	return code
}

// withContext is the calls again, for functions whose first argument is the context, with the right one.
func withContext(m *module) []byte {
	var code []byte
	for i, f := range m.imports {
		params, _, _ := strings.Cut(string(f.sig), ":")
		if f.module != hostabi.Module || params == "" || strings.HasPrefix(params, "I") {
			continue
		}
		for _, lie := range lies {
			c := callWith(f.sig, byte(i), lie)
			code = append(append(code, local(0)...), c[len(constant(lie[0])):]...)
		}
	}
	return code
}

// TestLyingGuest checks that no argument of any import harms the host, while the guest is configured and after that, with
// and without grants. A guest that lies and survives may go on.
func TestLyingGuest(t *testing.T) {
	wasm := lying(t).wasm()
	for name, grants := range map[string]Grants{
		"nothing granted": {},
		"all granted":     {Headers: []string{""}, Upstreams: []string{"", "\x00"}, KV: kv.New(1 << 20), Match: true},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newRuntime(t, Options{Instances: 1})
			p, err := r.Load(t.Context(), "test", wasm, []byte(`{}`), grants)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				c := opened(t, p)
				must(t, c, `{"a":["b"]}`)
				c.Key = "key"
				c.Header = func([]byte) (string, bool) { return "value", true }
				var h hostabi.Header
				text := Text{Src: []byte("some text"), Segments: []hostabi.Segment{{Len: 9}}}
				if _, err := c.SendText(hostabi.EventChunk, &h, &text); err != nil && !errors.Is(err, ErrTrapped) {
					t.Fatal(err)
				}
				c.Close()
			}
			must(t, opened(t, p), `{}`)
		})
	}
}

// TestForeignContexts checks that a guest reaches no exchange but the one whose event it handles: not one that it has
// seen, not one that is over, not one that never was.
func TestForeignContexts(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	const seenAt = 600
	m := minimal().imported(hostabi.Module, hostabi.ImportAttr, "iiii:i").imported(hostabi.Module, hostabi.ImportBytes, "iiiii:i").
		imported(hostabi.Module, hostabi.ImportFail, "iiiii:i").imported(hostabi.Module, hostabi.ImportEmit, "iiiiii:i").
		imported(hostabi.Module, hostabi.ImportUsage, "iii:i")
	zero := constant(0)
	attempt := func(id ...[]byte) []byte {
		id2 := join(id...)
		refused := -int32(hostabi.ErrnoContext)
		return join(insisting(0, refused, id2, zero, zero, zero), insisting(1, refused, id2, constant(1), zero, constant(1), zero),
			insisting(2, refused, id2, constant(1), zero, zero, zero), insisting(3, refused, id2, constant(1), zero, zero, zero, zero),
			insisting(4, refused, id2, zero, constant(1)))
	}
	next := join(constant(seenAt), load(), constant(1), []byte{opAdd})
	onChunk(m, attempt(constant(seenAt), load()), attempt(next), attempt(constant(-1)), attempt(local(0), constant(1<<16), []byte{opAdd}))
	for i := range m.funcs {
		if f := &m.funcs[i]; f.export == hostabi.ExportEvent {
			f.body = join(onEvent(hostabi.EventRequest, constant(seenAt), local(0), store()), f.body)
		}
	}
	p := mustLoad(t, r, m.wasm(), `{}`)
	var h hostabi.Header
	seen, guilty := opened(t, p), opened(t, p)
	seen.Attr = nil
	must(t, seen, `{"secret":1}`)
	for _, when := range []string{"there", "over", "of somebody else"} {
		if _, err := guilty.Send(hostabi.EventChunk, &h, document(t, `{}`)); err != nil {
			t.Errorf("an exchange that is %s: %v", when, err)
		}
		if seen.Failure != nil || len(seen.Body) != 0 || seen.Counted {
			t.Errorf("an exchange that is %s was changed: %+v", when, seen)
		}
		if when == "there" {
			seen.Close()
			continue
		}
		seen.Open(p)
		if _, err := seen.Send(hostabi.EventEnd, &h, document(t, `{}`)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLyingBuffer covers guests whose buffer is not what they say.
func TestLyingBuffer(t *testing.T) {
	turn := func(first, then int32) []byte { // another answer each time
		return join(constant(countAt), load(), []byte{opIf, 0x7f}, constant(then), []byte{opElse}, constant(first), []byte{opEnd},
			constant(countAt), constant(1), store())
	}
	for _, c := range []struct {
		name string
		buf  []byte
		want string // "" = events are handled
	}{
		{"unaligned", constant(bufferAt + 3), ""},
		{"nowhere", constant(0), ""},
		{"over the counter", constant(countAt), ""},
		{"moves", turn(bufferAt, bufferAt+1), ""},
		{"moves out of memory", turn(bufferAt, -1), "lies outside"},
		{"ends past the end", turn(bufferAt, pageSize-100), "lies outside"},
		{"crashes the second time", join(constant(countAt), load(), []byte{opIf, void, opUnreachable, opEnd}, turn(bufferAt, bufferAt)), "ask for a buffer: wasm error: unreachable"},
		{"hangs the second time", join(constant(countAt), load(), []byte{opIf, void}, forever(), []byte{opEnd}, turn(bufferAt, bufferAt)), ErrFuel.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := newRuntime(t, Options{Instances: 1})
			m := minimal().with(hostabi.ExportBuf, "i:i", c.buf).with(hostabi.ExportEvent, "iiii:i", constant(0))
			p := mustLoad(t, r, m.wasm(), `{}`)
			neverOpens(p)
			for range 3 {
				_, err := do(opened(t, p), document(t, `[`+strings.Repeat(`true,`, 100)+`true]`))
				if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrTrapped) || !strings.Contains(fmt.Sprint(err), c.want)) {
					t.Errorf("error %v, want %q", err, c.want)
				}
			}
		})
	}
}

// TestTrapWhenTheExchangeEnds covers guests that crash on the event that nobody waits for.
func TestTrapWhenTheExchangeEnds(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	m := minimal().with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventCancel, []byte{opUnreachable}), countEvent(), constant(0))
	p := mustLoad(t, r, m.wasm(), `{}`)
	c, other := opened(t, p), opened(t, p)
	c.Cancels = true
	must(t, c, `{}`)
	must(t, other, `{}`)
	c.Close()
	if _, err := do(other, nil); !errors.Is(err, ErrLost) {
		t.Errorf("error %v, want ErrLost", err)
	}
	if s := p.Stats(); s.Traps != 1 {
		t.Errorf("%+v", s)
	}
	must(t, opened(t, p), `{}`)
}
