package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/match"
)

const hitsAt = 4096

// searching returns an instance that handles a guard's event about "a cat", "" and "cat, dog", and the id of a set of
// these words.
func searching(t testing.TB) (g *instance, c *Context, book *logBook, set uint64) {
	t.Helper()
	r, book := newRuntime(t, Options{Instances: 1})
	g, c = handlingAs(t, r, Grants{Match: true})
	c.text = &Text{Src: []byte("a catcat, dog"), Segments: []hostabi.Segment{{Len: 5}, {Off: 5}, {Off: 5, Len: 8}}}
	return g, c, book, declare(t, g, `{"words":["dog","cat"]}`)
}

func declare(t testing.TB, g *instance, description string) uint64 {
	t.Helper()
	at, n := put(t, g, 100, description)
	id := invoke(g, hostabi.ImportMatchSet, at, n)
	if id <= 0 {
		t.Fatalf("match_set: %d", id)
	}
	return uint64(id)
}

// hitsOf reads hit records from guest memory.
func hitsOf(t testing.TB, g *instance, n int) string {
	t.Helper()
	b, ok := g.memory.Read(hitsAt, uint32(n)*hostabi.HitSize)
	if !ok {
		t.Fatal("hits lie outside memory")
	}
	var list []string
	for ; len(b) > 0; b = b[hostabi.HitSize:] {
		var h hostabi.Hit
		if _, err := binary.Decode(b, binary.LittleEndian, &h); err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(h))
	}
	return strings.Join(list, " ")
}

func TestMatch(t *testing.T) {
	g, c, _, set := searching(t)
	id, all := uint64(c.id), uint64(1<<32-1)
	for _, m := range []struct {
		segment, most uint64
		want          int
		hits          string
	}{
		{all, 10, 3, "{0 2 5 1} {2 0 3 1} {2 5 8 0} {0 0 0 0}"},
		{all, 3, 3, "{0 2 5 1} {2 0 3 1} {2 5 8 0}"},
		{all, 2, 3, "{0 2 5 1} {2 0 3 1} {0 0 0 0}"},
		{all, 0, 3, "{0 0 0 0}"},
		{0, 9, 1, "{0 2 5 1} {0 0 0 0}"},
		{1, 9, 0, "{0 0 0 0}"},
		{2, 9, 2, "{2 0 3 1} {2 5 8 0}"},
	} {
		g.memory.Write(hitsAt, make([]byte, 10*hostabi.HitSize))
		want(t, g, m.want, hostabi.ImportMatch, id, set, m.segment, hitsAt, m.most)
		if got := hitsOf(t, g, strings.Count(m.hits, "{")); got != m.hits {
			t.Errorf("segment %d, room for %d: %s, want %s", m.segment, m.most, got, m.hits)
		}
	}
	want(t, g, hostabi.ErrnoContext, hostabi.ImportMatch, id+1<<16, set, all, hitsAt, 1)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatch, id, set, 3, hitsAt, 1)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatch, id, set, 1<<31, hitsAt, 1)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatch, id, set, all, end-hostabi.HitSize, 2)
	want(t, g, 3, hostabi.ImportMatch, id, set, all, end-hostabi.HitSize, 1)
	for _, no := range []uint64{0, set + 1, maxSets + 1, 1<<32 - 1} {
		want(t, g, hostabi.ErrnoAbsent, hostabi.ImportMatch, id, no, all, hitsAt, 1)
	}
	c.text.Segments = nil
	want(t, g, 0, hostabi.ImportMatch, id, set, all, hitsAt, 1)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatch, id, set, 0, hitsAt, 1)
	c.text = nil
	want(t, g, hostabi.ErrnoState, hostabi.ImportMatch, id, set, all, hitsAt, 1)
}

func TestMatchText(t *testing.T) {
	g, _, _, set := searching(t)
	at, n := put(t, g, 1000, "Dog!cat")
	want(t, g, 2, hostabi.ImportMatchText, set, at, n, hitsAt, 9)
	if got := hitsOf(t, g, 2); got != "{0 0 3 0} {0 4 7 1}" {
		t.Errorf("hits %s", got)
	}
	want(t, g, 0, hostabi.ImportMatchText, set, at, 0, hitsAt, 9)
	want(t, g, 1, hostabi.ImportMatchText, set, at, n-1, hitsAt, 9)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatchText, set, end-1, 2, hitsAt, 9)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatchText, set, at, n, end, 9)
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportMatchText, 0, at, n, hitsAt, 9)
}

// TestTooManyHits checks that a guest hears of hits that it can't see.
func TestTooManyHits(t *testing.T) {
	g, c, _, set := searching(t)
	c.text = &Text{Src: []byte(strings.Repeat("cat ", match.MaxHits)), Segments: []hostabi.Segment{{Len: 4 * match.MaxHits}}}
	want(t, g, match.MaxHits, hostabi.ImportMatch, uint64(c.id), set, 0, hitsAt, 1)
	c.text.Segments = append(c.text.Segments, hostabi.Segment{Len: 3})
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportMatch, uint64(c.id), set, 1<<32-1, hitsAt, 1)
	if cap(g.hits) > keepHits {
		t.Errorf("room for %d hits is kept", cap(g.hits))
	}
}

func TestMatchSet(t *testing.T) {
	g, _, book, set := searching(t)
	if again := declare(t, g, `{"words":["dog","cat"]}`); again != set {
		t.Errorf("the same description is set %d and %d", set, again)
	}
	if other := declare(t, g, `{"rules":[{"name":"n","pattern":"a+"}]}`); other != set+1 {
		t.Errorf("the next description is set %d, want %d", other, set+1)
	}
	at, n := put(t, g, 100, `{"words":["cat",""]}`)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportMatchSet, at, n)
	if !strings.Contains(book.text(), "match_set: word 1 is empty") {
		t.Errorf("the log says %q", book.text())
	}
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMatchSet, end, 1)
	for i := range maxSets - 2 {
		declare(t, g, fmt.Sprintf(`{"words":["w%d"]}`, i))
	}
	at, n = put(t, g, 100, `{"words":["one more"]}`)
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportMatchSet, at, n)
	g.configuring = false
	at, n = put(t, g, 100, `{"words":["w0"]}`)
	want(t, g, hostabi.ErrnoState, hostabi.ImportMatchSet, at, n)
	g.plugin.grants.Match = false
	want(t, g, hostabi.ErrnoDenied, hostabi.ImportMatchSet, at, n)
}

// TestMemoryOfSets checks that few large sets are too many, too.
func TestMemoryOfSets(t *testing.T) {
	g, _, _, _ := searching(t)
	g.plugin.sets.size = maxSetBytes - 1000
	at, n := put(t, g, 100, `{"words":["large"]}`)
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportMatchSet, at, n)
}

// guard is a guest that makes a set when it is configured, keeps the id, and searches the text of an event of a guard.
func guard(t testing.TB, description string, search ...[]byte) *module {
	t.Helper()
	const setAt = 600
	if len(description) > setAt-textAt {
		t.Fatal("description is too long")
	}
	m := minimal().imported(hostabi.Module, hostabi.ImportMatchSet, "ii:i").imported(hostabi.Module, hostabi.ImportMatch, "iiiii:i")
	m.data = description
	m.with(hostabi.ExportConfigure, "i:i", constant(setAt), constant(textAt), constant(int32(len(description))), call(0), store(), constant(0))
	once := join(constant(countAt), local(0), constant(setAt), load(), constant(-1), constant(hitsAt), constant(100), call(1), store())
	return m.with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventInput, once), onEvent(hostabi.EventOutput, forever(once)), constant(0))
}

// TestSetsOfInstances checks that each instance, restored or configured anew, finds its sets.
func TestSetsOfInstances(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 2})
	p, err := r.Load(t.Context(), "guard", guard(t, `{"words":["cat"]}`).wasm(), []byte(`{}`), Grants{Match: true})
	if err != nil {
		t.Fatal(err)
	}
	text := &Text{Src: []byte("cat and cat"), Segments: []hostabi.Segment{{Len: 11}}}
	for _, instantiate := range []func() (*instance, error){p.restored, p.fresh, p.fresh} {
		c := on(t, p, instantiate)
		var h hostabi.Header
		if _, err := c.SendText(hostabi.EventInput, &h, text); err != nil {
			t.Fatal(err)
		}
		if n, _ := c.guest.memory.ReadUint32Le(countAt); n != 2 {
			t.Errorf("%d hits, want 2", n)
		}
		c.guest.drop()
	}
	if n := len(p.sets.all()); n != 1 {
		t.Errorf("three instances made %d sets, want 1", n)
	}
}

// TestSearchesAreMetered checks that a guest can't keep the host at work by searching again and again.
func TestSearchesAreMetered(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	for _, description := range []string{`{"words":["cat"]}`, `{"rules":[{"pattern":"[a-z]+@[a-z]+"}]}`} {
		p, err := r.Load(t.Context(), "guard", guard(t, description).wasm(), []byte(`{}`), Grants{Match: true})
		if err != nil {
			t.Fatal(err)
		}
		c := opened(t, p)
		var h hostabi.Header
		_, err = c.SendText(hostabi.EventOutput, &h, &Text{Src: []byte(strings.Repeat("text ", 2000)), Segments: []hostabi.Segment{{Len: 10_000}}})
		if !errors.Is(err, ErrTrapped) || !strings.Contains(err.Error(), ErrFuel.Error()) {
			t.Errorf("%s: %v, want %v", description, err, ErrFuel)
		}
		if used := p.Stats().Fuel; used < eventFuel {
			t.Errorf("%s: %d units of fuel are counted", description, used)
		}
	}
}

func TestSearchesDontAllocate(t *testing.T) {
	g, c, _, set := searching(t)
	rules := declare(t, g, `{"rules":[{"pattern":"[a-c]+t"},{"pattern":"d.g","keywords":["dog"]}]}`)
	find := function(hostabi.ImportMatch).call
	for _, s := range []uint64{set, rules} {
		stack := make(args, 5)
		if n := testing.AllocsPerRun(100, func() {
			copy(stack, []uint64{uint64(c.id), s, 1<<32 - 1, hitsAt, 9})
			find(g, stack)
		}); n > 0 || stack.i32(0) != 3 {
			t.Errorf("%v allocations, %d hits, want none and 3", n, stack.i32(0))
		}
	}
}

// BenchmarkMatch is an event of a guard that searches 10 KB for words.
func BenchmarkMatch(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1})
	p, err := r.Load(b.Context(), "guard", guard(b, `{"words":["forbidden","secret","confidential","classified"]}`).wasm(), []byte(`{}`), Grants{Match: true})
	if err != nil {
		b.Fatal(err)
	}
	c := opened(b, p)
	text := &Text{Src: []byte(strings.Repeat("nothing of that kind here, ", 380)), Segments: []hostabi.Segment{{Len: 10_000}}}
	var h hostabi.Header
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.SendText(hostabi.EventInput, &h, text); err != nil {
			b.Fatal(err)
		}
	}
}
