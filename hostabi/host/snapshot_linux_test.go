package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

// openFiles counts the files in memory that the process has open.
func openFiles(t *testing.T) (n int) {
	t.Helper()
	const dir = "/proc/self/fd/"
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skip(err)
	}
	for _, f := range files {
		if to, err := os.Readlink(dir + f.Name()); err == nil && strings.HasPrefix(to, "/memfd:sluice-snapshot") {
			n++
		}
	}
	return n
}

// mappings counts the mappings of snapshots.
func mappings(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	return bytes.Count(maps, []byte("/memfd:sluice-snapshot"))
}

// TestNothingLeaks counts what is open and mapped after loads that succeed and fail, traps and recycling.
func TestNothingLeaks(t *testing.T) {
	files, mapped := openFiles(t), mappings(t)
	hammer(t)
	p, _ := loadGo(t, Options{Instances: 2, RecyclePages: 1}, `{}`)
	neverOpens(p)
	if n := openFiles(t); n != files+1 {
		t.Errorf("%d files for one plugin", n-files)
	}
	if _, err := p.runtime.Load(t.Context(), "test", goGuest(t), []byte(`{"refuse":true}`), Grants{}); err == nil {
		t.Error("a refused configuration is loaded")
	}
	p.grow()
	for i := range 40 {
		c := opened(t, p)
		must(t, c, `{"do":"grow","size":8000000}`)
		if _, err := do(c, document(t, []string{`{"do":"panic"}`, `{}`}[i%2])); (err != nil) != (i%2 == 0) {
			t.Fatal(err)
		}
		c.Close()
	}
	p.work.Wait()
	if n, each := mappings(t)-mapped, len(p.snapshot.image.parts); n > 2*each {
		t.Errorf("%d mappings, want at most %d for each of 2 instances", n, each)
	}
	bound := opened(t, p)
	must(t, bound, `{"do":"nothing"}`)
	if err := p.runtime.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if f, m := openFiles(t), mappings(t); f != files || m != mapped {
		t.Errorf("%d files and %d mappings are left", f-files, m-mapped)
	}
}

// reserved returns how many bytes of addresses the process has taken.
func reserved(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	pages, _, _ := strings.Cut(string(text), " ")
	n, err := strconv.Atoi(pages)
	if err != nil {
		t.Fatal(err)
	}
	return n * os.Getpagesize()
}

// TestClosedPluginsReserveNothing checks that every instance of a plugin is dropped, also the one that only served to
// make the snapshot.
func TestClosedPluginsReserveNothing(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	const loads = 32
	before := reserved(t)
	for range loads {
		if err := mustLoad(t, r, minimal().wasm(), `{}`).Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if grown := reserved(t) - before; grown > loads/2*int(r.opts.MemoryPages)*pageSize {
		t.Errorf("%d MB more after %d plugins were closed", grown>>20, loads)
	}
}

// TestSnapshotIsSealed checks that nothing can change the file under its instances.
func TestSnapshotIsSealed(t *testing.T) {
	im, err := newImage(bytes.Repeat([]byte{1}, pageSize))
	if err != nil {
		t.Fatal(err)
	}
	defer im.close()
	if _, err := im.file.WriteAt([]byte{2}, 0); !errors.Is(err, os.ErrPermission) {
		t.Errorf("writing: %v", err)
	}
	if err := im.file.Truncate(0); !errors.Is(err, os.ErrPermission) {
		t.Errorf("truncating: %v", err)
	}
}

// TestManyParts checks that an image of scattered memory takes few mappings and loses nothing.
func TestManyParts(t *testing.T) {
	memory := make([]byte, 300*pageSize)
	for i := 0; i < 300; i += 2 + i/50 {
		memory[i*pageSize+i] = byte(i)
	}
	im, err := newImage(memory)
	if err != nil {
		t.Fatal(err)
	}
	defer im.close()
	if n := len(im.parts); n < 2 || n > maxParts {
		t.Errorf("%d parts", n)
	}
	a := &allocator{most: 1 << 62, start: im}
	m := a.Allocate(0, uint64(len(memory)))
	defer m.Free()
	if !bytes.Equal(m.Reallocate(uint64(len(memory))), memory) || a.err != nil {
		t.Errorf("the image differs, %v", a.err)
	}
}

// TestRestoreFails checks that an instance whose memory can't be mapped does not come to be.
func TestRestoreFails(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	good := p.snapshot
	im, err := newImage(bytes.Repeat([]byte{1}, pageSize))
	if err != nil {
		t.Fatal(err)
	}
	im.close()
	p.snapshot = &snapshot{image: im}
	if _, err := p.instantiate(); err == nil || !strings.Contains(err.Error(), "map 65536 bytes of the snapshot") {
		t.Errorf("error %v", err)
	}
	p.snapshot = good
	on(t, p, p.instantiate).guest.drop()
}

// resident returns how many bytes of an instance's memory are its own, and how many shared with others, by the bits of
// /proc/self/pagemap: 63 is present, 61 is a page of a file.
func resident(t *testing.T, g *instance) (own, shared int) {
	t.Helper()
	memory, _ := g.memory.Read(0, g.memory.Size())
	file, err := os.Open("/proc/self/pagemap")
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	size := os.Getpagesize()
	entries := make([]byte, 8*len(memory)/size)
	if _, err := file.ReadAt(entries, int64(uintptr(unsafe.Pointer(&memory[0])))/int64(size)*8); err != nil {
		t.Skip(err)
	}
	for i := range len(entries) / 8 {
		switch e := binary.LittleEndian.Uint64(entries[i*8:]); {
		case e>>63 == 0:
		case e>>61&1 == 1:
			shared += size
		default:
			own += size
		}
	}
	return own, shared
}

// TestMemoryIsShared checks what a further instance costs.
func TestMemoryIsShared(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{"ballast":4000000}`)
	var own [2]int
	for i, instantiate := range []func() (*instance, error){p.fresh, p.restored} {
		c := on(t, p, instantiate)
		start, _ := resident(t, c.guest)
		must(t, c, prompt("echo", 10<<10))
		first, _ := resident(t, c.guest)
		for range 250 {
			chunk(t, c, prompt("text", 10<<10))
		}
		last, shared := resident(t, c.guest)
		own[i] = first
		t.Logf("%s: %d KB of its own at the start, %d after an event, %d after 250, of %d; shares %d",
			[]string{"fresh", "snapshot"}[i], start>>10, first>>10, last>>10, c.guest.memory.Size()>>10, shared>>10)
		c.guest.drop()
	}
	if own[1]*2 > own[0] {
		t.Errorf("an instance made from the snapshot has %d KB of its own, a fresh one %d", own[1]>>10, own[0]>>10)
	}
	t.Logf("parts of the image: %d", p.snapshot.image.parts)
	must(t, opened(t, p), `{}`)
	if _, shared := resident(t, p.seats[0].guest); shared == 0 {
		t.Error("the first instance shares nothing with those that follow")
	}
}
