package host

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

const wasi = "wasi_snapshot_preview1"

// hostile are guests that do harm at EventChunk, and what the host says of it.
var hostile = []struct {
	name string
	wasm func() []byte
	want string
}{
	{"unreachable", func() []byte { return onChunk(minimal(), []byte{opUnreachable}).wasm() }, "unreachable"},
	{"exit", func() []byte {
		return onChunk(minimal().imported(wasi, "proc_exit", "i:"), constant(3), call(0)).wasm()
	}, "exit_code(3)"},
	{"exit with success", func() []byte {
		return onChunk(minimal().imported(wasi, "proc_exit", "i:"), constant(0), call(0)).wasm()
	}, "exit_code(0)"},
	{"division by zero", func() []byte { return onChunk(minimal(), constant(1), constant(0), []byte{opDiv, opDrop}).wasm() }, "divide by zero"},
	{"read past the end", func() []byte { return onChunk(minimal(), constant(-4), load(), []byte{opDrop}).wasm() }, "out of bounds"},
	{"write past the end", func() []byte { return onChunk(minimal(), constant(pageSize-3), constant(1), store()).wasm() }, "out of bounds"},
	{"call of nothing", func() []byte {
		const indirect = 0x11 // then the type, which is sluice_abi's, and the table
		return withTable(onChunk(minimal(), constant(0), []byte{indirect, 0, 0, opDrop}).wasm(), 4)
	}, "invalid table access"},
	{"endless loop", func() []byte { return onChunk(minimal(), forever()).wasm() }, ErrFuel.Error()},
	{"endless loop through a table", func() []byte {
		return onChunk(minimal(), []byte{opLoop, void}, constant(7), []byte{opTable, 1, 0, 0, opEnd}).wasm()
	}, ErrFuel.Error()},
	{"endless loop in a loop", func() []byte { return onChunk(minimal(), forever(countTo(1000))).wasm() }, ErrFuel.Error()},
	{"recursion", func() []byte { return recursive().wasm() }, "stack overflow"},
	{"an event within an event", func() []byte { return nested().wasm() }, "stack overflow"},
	{"exponential calls", func() []byte { return exponential().wasm() }, ErrFuel.Error()},
	{"memory, more and more", func() []byte { return onChunk(minimal(), forever(grow(1))).wasm() }, ErrFuel.Error()},
	{"memory, all at once", func() []byte { return onChunk(minimal(), forever(grow(65535), grow(-1))).wasm() }, ErrFuel.Error()},
	{"memory filled again and again", func() []byte { return onChunk(minimal(), grow(1000), forever(fill(1000*pageSize))).wasm() }, ErrFuel.Error()},
	{"a table that grows", func() []byte {
		return withTable(onChunk(minimal(), forever([]byte{0xd0, 0x70}, constant(1<<10), []byte{0xfc, 15, 0, opDrop})).wasm(), 1)
	}, ErrFuel.Error()},
	{"an unknown result", func() []byte { return resulting(77).wasm() }, "unknown result 77"},
	{"a result past the range", func() []byte { return resulting(1<<31 - 1).wasm() }, "unknown result 2147483647"},
	{"pending for nothing", func() []byte { return resulting(1).wasm() }, "pending without a call or timer"},
	{"lines without end", func() []byte {
		return onChunk(minimal().imported(hostabi.Module, hostabi.ImportLog, "iii:i"), forever(dropping(0, 4, textAt, 5))).wasm()
	}, ErrFuel.Error()},
	{"prints without end", func() []byte {
		m := minimal().imported(wasi, "fd_write", "iiii:i")
		m.data = string([]byte{0, 0, 0, 0, 0, 0, 1, 0}) // a vector: all of the page
		return onChunk(m, forever(dropping(0, 2, textAt, 1, counterAt))).wasm()
	}, ErrFuel.Error()},
}

// TestHostileGuests checks of each that it is stopped, that only the exchanges of its instance are lost, and that the
// next exchange finds the plugin well.
func TestHostileGuests(t *testing.T) {
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			r, book := newRuntime(t, Options{Instances: 1})
			p := mustLoad(t, r, c.wasm(), `{}`)
			neverOpens(p)
			for round := range 3 {
				contain(t, p, c.want)
				if s := p.Stats(); s.Traps != uint64(round+1) || s.Replaced != s.Traps || s.Instances != 1 || s.MemoryBytes != pageSize {
					t.Fatalf("after round %d: %+v", round, s)
				}
			}
			if lines := strings.Count(book.text(), "\n"); lines > 10*linesPerBurst {
				t.Errorf("%d lines in the log", lines)
			}
		})
	}
}

// contain has a guest do harm to an exchange while there is another one.
func contain(t *testing.T, p *Plugin, want string) {
	t.Helper()
	var h hostabi.Header
	bystander, guilty := &Context{}, &Context{}
	bystander.Open(p)
	guilty.Open(p)
	defer bystander.Close()
	defer guilty.Close()
	must(t, bystander, `{}`)
	lost := bystander.guest
	if _, err := guilty.Send(hostabi.EventChunk, &h, nil); !errors.Is(err, ErrTrapped) || !strings.Contains(err.Error(), want) {
		t.Fatalf("error %v, want %q", err, want)
	}
	for _, c := range []*Context{bystander, guilty} {
		if _, err := c.Send(hostabi.EventRequest, &h, nil); !errors.Is(err, ErrLost) {
			t.Errorf("error %v, want ErrLost", err)
		}
	}
	var next Context
	next.Open(p)
	defer next.Close()
	must(t, &next, `{}`)
	if next.guest == lost || !lost.module.IsClosed() {
		t.Error("the instance is still in use")
	}
	if n, _ := next.guest.memory.ReadUint32Le(countAt); n != 1 {
		t.Errorf("the new instance has seen %d events", n)
	}
}

// recursive calls itself without end.
func recursive() *module {
	m := minimal()
	self := m.helped(":", func(self byte) []byte { return call(self) })
	return onChunkLast(m, call(self))
}

// nested handles an event by having itself handle it, as only the host should.
func nested() *module {
	m := minimal()
	event := byte(len(m.funcs) - 1)
	return onChunkLast(m, local(0), local(1), local(2), local(3), call(event), []byte{opDrop})
}

// exponential calls itself twice at each of 2^30 depths, without a loop.
func exponential() *module {
	m := minimal()
	self := m.helped("i:", func(self byte) []byte {
		less := join(local(0), constant(1), []byte{opSub}, call(self))
		return join(local(0), []byte{opIf, void}, less, less, []byte{opEnd})
	})
	return onChunkLast(m, constant(200), call(self))
}

// onChunkLast is onChunk for a module whose functions must keep their indexes.
func onChunkLast(m *module, hostile ...[]byte) *module {
	for i := range m.funcs {
		if m.funcs[i].export == hostabi.ExportEvent {
			m.funcs[i].body = join(onEvent(hostabi.EventChunk, hostile...), countEvent(), constant(0))
		}
	}
	return m
}

// resulting answers chunks with a result, and passes other events.
func resulting(code int32) *module {
	return minimal().with(hostabi.ExportEvent, "iiii:i", countEvent(),
		local(1), constant(int32(hostabi.EventChunk)), []byte{opEq, opIf, 0x7f}, constant(code), []byte{opElse}, constant(0), []byte{opEnd})
}

// TestHostileGuestsLeaveNothing counts goroutines and mappings before and after all of them.
func TestHostileGuestsLeaveNothing(t *testing.T) {
	run := func() {
		for _, c := range hostile {
			r, err := New(t.Context(), Options{Instances: 1})
			if err != nil {
				t.Fatal(err)
			}
			p := mustLoad(t, r, c.wasm(), `{}`)
			contain(t, p, c.want)
			if err := r.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	run() // the Go runtime maps what it needs
	goroutines, mapped := runtime.NumGoroutine(), largeMappings(t)
	run()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines; yield() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
	if n := largeMappings(t); n > mapped {
		t.Errorf("%d memories of guests are mapped, %d before", n, mapped)
	}
}

// largeMappings counts mappings of the size that instances reserve.
func largeMappings(t *testing.T) (n int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err == nil && to-from > 63<<20 && to-from <= 64<<20 {
			n++
		}
	}
	return n
}
