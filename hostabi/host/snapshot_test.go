package host

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// on returns a context bound to a new instance that has a seat of its own.
func on(t testing.TB, p *Plugin, instantiate func() (*instance, error)) *Context {
	t.Helper()
	g, err := instantiate()
	if err != nil {
		t.Fatal(err)
	}
	s := &seat{guest: g}
	c := &Context{}
	c.Open(p)
	c.seat, c.guest, c.id = s, g, g.places.admit()
	return c
}

// scenario is what a guest is told; each line is an event of the same exchange.
var scenario = []string{
	`{"do":"echo","x":[1,{"y":2}]}`, `{"do":"text","text":"a\"\n\u00e9\ud83d\ude00"}`, `{"do":"keep","keep":"a"}`,
	`{"do":"parse","args":"{\"text\":[\"n\\\\n\"]}"}`, `{"do":"attr"}`, `{"do":"map"}`, `{"do":"map"}`, `{"do":"ask","size":5}`,
	`{"do":"ask","size":7}`, `{"do":"keep","keep":"b"}`, `{"do":"set","text":"q"}`, `{"do":"usage"}`, `{"do":"emit","x":1}`,
	`{"do":"grow","size":3000000}`, `{"do":"map"}`, `{"do":"fail","text":"no"}`, `{"do":"keep","keep":"c"}`, `{"do":"nothing"}`,
	`{"do":"panic"}`,
}

// play returns all that comes of the scenario.
func play(t *testing.T, c *Context) []string {
	t.Helper()
	var log []string
	c.Attr = func(name tape.Atom) (string, bool) { return "m of " + name.Name(), true }
	c.Set = func(what hostabi.Setting, name, value []byte) error {
		log = append(log, fmt.Sprintf("set %d %q %q", what, name, value))
		return nil
	}
	for _, src := range scenario {
		var h hostabi.Header
		result, err := c.Send(hostabi.EventChunk, &h, document(t, src))
		if err != nil && !errors.Is(err, ErrTrapped) {
			t.Fatal(src, err)
		}
		log = append(log, fmt.Sprintf("%s: %d %v %s|%s|%v|%+v", src, result, err, c.Body, c.Events, c.Usage, c.Failure))
	}
	return log
}

// TestSnapshotIsLikeFresh compares instances made from the snapshot with ones that were configured.
func TestSnapshotIsLikeFresh(t *testing.T) {
	for _, config := range []string{`{}`, `{"n":"` + strings.Repeat("x", 200_000) + `"}`, `{"ballast":4000000}`} {
		p, _ := loadGo(t, Options{Instances: 1}, config)
		if p.snapshot == nil {
			t.Fatal("no snapshot")
		}
		want := play(t, on(t, p, p.fresh))
		if len(want) <= len(scenario) || !strings.Contains(strings.Join(want, "\n"), "panic") {
			t.Fatalf("the scenario does nothing: %q", want)
		}
		for i := range 3 {
			got := play(t, on(t, p, p.restored))
			for k := range want {
				if got[k] != want[k] {
					t.Errorf("instance %d: %s, want %s", i, got[k], want[k])
				}
			}
		}
	}
}

// TestSiblingsDiffer checks that randomness is not part of the snapshot.
func TestSiblingsDiffer(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	seen := map[string]bool{}
	for range 4 {
		c := on(t, p, p.restored)
		must(t, c, `{"do":"random"}`)
		for _, r := range strings.Fields(strings.Trim(string(c.Body), `"`)) {
			if len(r) < 29 || seen[r] {
				t.Errorf("two instances drew %s", r)
			}
			seen[r] = true
		}
		c.guest.drop()
	}
}

// TestSnapshotIsComplete checks all that is restored: a memory that grew, the buffer, the globals, full meters.
func TestSnapshotIsComplete(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	grow := join(constant(3), []byte{opGrow, 0, opDrop})
	mark := func(at, v int32) []byte { return join(constant(at), constant(v), store()) }
	configure := join(mark(countAt, 1), grow, mark(2*pageSize, 7), constant(0))
	event := join(countEvent(), grow, constant(6*pageSize), constant(6*pageSize), load(), constant(9), []byte{opAdd}, store(), constant(0))
	m := minimal().with(hostabi.ExportConfigure, "i:i", configure).with(hostabi.ExportEvent, "iiii:i", event)
	p := mustLoad(t, r, m.wasm(), `{}`)
	for range 2 {
		c := on(t, p, p.restored)
		g := c.guest
		if g.memory.Size() != 4*pageSize || g.bufPtr != bufferAt || g.bufCap != 2 || int64(g.fuel.Get()) != 0 || g.configuring {
			t.Fatalf("memory %d, buffer %d %d, fuel %d", g.memory.Size(), g.bufPtr, g.bufCap, int64(g.fuel.Get()))
		}
		must(t, c, `{}`)
		for at, want := range map[uint32]uint32{countAt: 2, 2 * pageSize: 7, 6 * pageSize: 9, 3 * pageSize: 0} {
			if got, _ := g.memory.ReadUint32Le(at); got != want {
				t.Errorf("%d holds %d, want %d", at, got, want)
			}
		}
		g.drop()
	}
}

// TestOpaqueGuests checks that a guest with state that a snapshot would miss is configured each time.
func TestOpaqueGuests(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	m := minimal().with(hostabi.ExportConfigure, "i:i", []byte{0xfc, 9, 0}, constant(countAt), constant(41), store(), constant(0))
	m.bulk = true
	p := mustLoad(t, r, m.wasm(), `{}`)
	if p.snapshot != nil || !strings.Contains(book.text(), "each instance is configured anew: its data segments") {
		t.Errorf("a snapshot was made; log has %q", book.text())
	}
	for range 2 {
		c := on(t, p, p.instantiate)
		must(t, c, `{}`)
		if got, _ := c.guest.memory.ReadUint32Le(countAt); got != 42 {
			t.Errorf("counted %d, want 42", got)
		}
		c.guest.drop()
	}
}

// TestFaultStaysInItsInstance lets instances write over all of their memory and trap.
func TestFaultStaysInItsInstance(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{"n":1}`)
	content := func(g *instance) []byte {
		b, _ := g.memory.Read(0, g.memory.Size())
		return b
	}
	idle, busy := on(t, p, p.restored), on(t, p, p.restored)
	before := bytes.Clone(content(idle.guest))
	must(t, busy, `{"do":"keep","keep":"a"}`)
	for range 3 {
		bad := on(t, p, p.restored)
		if !bytes.Equal(content(bad.guest), before) {
			t.Fatal("a new instance differs from the first")
		}
		must(t, bad, `{"do":"map"}`)
		memory := content(bad.guest)
		for i := range memory {
			memory[i] ^= 0xff
		}
		if _, err := do(bad, document(t, `{"do":"keep"}`)); !errors.Is(err, ErrTrapped) {
			t.Errorf("a guest with its memory overwritten: %v", err)
		}
		if !bytes.Equal(content(idle.guest), before) {
			t.Fatal("another instance's memory changed")
		}
	}
	chunk(t, busy, `{"do":"keep","keep":"b"}`)
	if string(busy.Body) != `"ab2"` {
		t.Errorf("another instance answered %s", busy.Body)
	}
}

// TestInstancesOutliveTheSnapshot covers exchanges that end after the snapshot is gone.
func TestInstancesOutliveTheSnapshot(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := on(t, p, p.restored)
	if err := p.discard(); err != nil {
		t.Fatal(err)
	}
	play(t, c)
	if err := p.discard(); err != nil {
		t.Error("discarding twice: ", err)
	}
}

func TestWritten(t *testing.T) {
	memory := make([]byte, 8*4096)
	memory[4096], memory[3*4096-1], memory[7*4096] = 1, 1, 1
	got := fmt.Sprint(written(memory, 4096), written(memory, 2*4096), written(memory[:4096], 4096), written(nil, 4096))
	if want := "[{4096 12288} {28672 32768}] [{0 16384} {24576 32768}] [] []"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestImage checks images of random memory, mapped and copied.
func TestImage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for pages := range 6 {
		memory := make([]byte, pages*pageSize)
		for range random.IntN(20) * pages {
			memory[random.IntN(len(memory))] = byte(random.Uint32())
		}
		im, err := newImage(memory)
		if err != nil {
			t.Fatal(err)
		}
		const tooMuch = 1 << 60 // to be mapped
		for name, most := range map[string]uint64{"reserved": uint64(pages+3) * pageSize, "heap": tooMuch} {
			a := &allocator{most: 1 << 62, start: im}
			m := a.Allocate(0, most)
			if _, heap := m.(*heapMemory); a.err != nil || name == "heap" != heap && runtime.GOOS == "linux" {
				t.Fatalf("%s: memory is a %T, %v", name, m, a.err)
			}
			for _, size := range []int{0, len(memory) / 2, len(memory), len(memory) + pageSize} {
				want := append(bytes.Clone(memory), make([]byte, pageSize)...)[:size]
				if !bytes.Equal(m.Reallocate(uint64(size)), want) {
					t.Errorf("%d pages, %s: %d bytes differ", pages, name, size)
				}
			}
			if m.Reallocate(most+pageSize) != nil {
				t.Errorf("%s grows past its limit", name)
			}
			m.Free()
		}
		if err := im.close(); err != nil {
			t.Error(err)
		}
	}
}
