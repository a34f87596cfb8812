package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// judged returns an instance that handles a guard's event about two segments: "héllo", of which "h" was given out, and
// "world".
func judged(t testing.TB) (*instance, *Context) {
	t.Helper()
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handling(t, r)
	c.text = &Text{Src: []byte("héllo world"), Segments: []hostabi.Segment{{Len: 6, Seen: 1}, {Off: 7, Len: 5}}}
	return g, c
}

func TestEdit(t *testing.T) {
	g, c := judged(t)
	id, wrong := uint64(c.id), uint64(c.id+1<<16)
	at, n := put(t, g, 100, "é!\xff")
	n--
	for _, e := range []struct {
		want int32
		args []uint64
	}{
		{0, []uint64{id, 0, 1, 3, at, n, 0}},
		{0, []uint64{id, 0, 3, 3, at, 0, 0}}, // an insertion
		{0, []uint64{id, 0, 3, 4, at, 2, 0}}, // … and what follows it
		{int32(hostabi.ErrnoInvalid), []uint64{id, 0, 3, 4, at, n, 0}},
		{int32(hostabi.ErrnoInvalid), []uint64{id, 0, 0, 1, at, n, 0}}, // was given out
		{int32(hostabi.ErrnoRange), []uint64{id, 0, 4, 7, at, n, 0}},
		{int32(hostabi.ErrnoRange), []uint64{id, 0, 5, 4, at, n, 0}},
		{int32(hostabi.ErrnoRange), []uint64{id, 2, 0, 0, at, n, 0}},
		{int32(hostabi.ErrnoRange), []uint64{id, 1 << 31, 0, 0, at, n, 0}},
		{int32(hostabi.ErrnoInvalid), []uint64{id, 1, 0, 1, at, n, 1}},     // reserved
		{int32(hostabi.ErrnoInvalid), []uint64{id, 1, 0, 1, at, n + 1, 0}}, // not UTF-8
		{int32(hostabi.ErrnoRange), []uint64{id, 1, 0, 1, end, 1, 0}},
		{int32(hostabi.ErrnoContext), []uint64{wrong, 1, 0, 1, at, n, 0}},
		{0, []uint64{id, 1, 0, 5, at, n, 0}},
		{int32(hostabi.ErrnoInvalid), []uint64{id, 0, 4, 5, at, n, 0}}, // of a segment before
	} {
		want(t, g, int(-e.want), hostabi.ImportEdit, e.args...)
	}
	var got []string
	for _, x := range c.Edits {
		got = append(got, fmt.Sprintf("%d %d-%d %s", x.Segment, x.From, x.To, x.With))
	}
	if want := []string{"0 1-3 é!", "0 3-3 ", "0 3-4 é", "1 0-5 é!"}; !slices.Equal(got, want) {
		t.Errorf("edits %q, want %q", got, want)
	}
	c.Edits = c.Edits[:0]
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportEdit, id, 0, 2, 3, at, n, 0) // inside é
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportEdit, id, 0, 1, 2, at, n, 0)
	c.with = make([]byte, maxOutput)
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportEdit, id, 1, 0, 1, at, n, 0)
	c.with, c.Edits = nil, make([]Edit, maxEdits)
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportEdit, id, 1, 0, 1, at, n, 0)
}

func TestBlock(t *testing.T) {
	g, c := judged(t)
	id := uint64(c.id)
	at, n := put(t, g, 100, "no \xff")
	want(t, g, 0, hostabi.ImportBlock, id, 0, at, n)
	if *c.Block != (Block{400, "no \uFFFD"}) {
		t.Errorf("block %+v", c.Block)
	}
	want(t, g, 0, hostabi.ImportBlock, id, 499, at, 2)
	if *c.Block != (Block{499, "no"}) {
		t.Errorf("block %+v", c.Block)
	}
	for _, status := range []uint64{1, 399, 500, 1<<32 - 1} {
		want(t, g, hostabi.ErrnoInvalid, hostabi.ImportBlock, id, status, at, n)
	}
	want(t, g, hostabi.ErrnoRange, hostabi.ImportBlock, id, 0, end, 1)
	want(t, g, hostabi.ErrnoContext, hostabi.ImportBlock, id+1<<16, 0, at, n)
}

func TestFlag(t *testing.T) {
	g, c := judged(t)
	id := uint64(c.id)
	for i := range maxFlags {
		at, n := put(t, g, 100, strings.Repeat("é", i+1))
		want(t, g, 0, hostabi.ImportFlag, id, at, n)
	}
	at, n := put(t, g, 100, "é")
	want(t, g, 0, hostabi.ImportFlag, id, at, n)
	if len(c.Flags) != maxFlags || c.Flags[1] != "éé" {
		t.Errorf("flags %q", c.Flags)
	}
	at, n = put(t, g, 100, "x")
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportFlag, id, at, n)
	c.Flags = nil
	for _, label := range []string{"", strings.Repeat("x", maxLabel+1), "a\nb", "\xff", "a\u200bb"} {
		at, n := put(t, g, 100, label)
		want(t, g, hostabi.ErrnoInvalid, hostabi.ImportFlag, id, at, n)
	}
	want(t, g, hostabi.ErrnoRange, hostabi.ImportFlag, id, end, 1)
	want(t, g, hostabi.ErrnoContext, hostabi.ImportFlag, id+1<<16, at, n)
}

// TestVerdictsNeedAText checks that only a guard's events can be judged.
func TestVerdictsNeedAText(t *testing.T) {
	g, c := judged(t)
	id := uint64(c.id)
	for range 2 {
		c.text, g.final = nil, !g.final
		want(t, g, hostabi.ErrnoState, hostabi.ImportEdit, id, 0, 0, 0, 0, 0, 0)
		want(t, g, hostabi.ErrnoState, hostabi.ImportBlock, id, 0, 0, 0)
		want(t, g, hostabi.ErrnoState, hostabi.ImportFlag, id, 100, 1)
	}
}

func TestSplits(t *testing.T) {
	text := []byte("aé\U0001F600\x80\x80z")
	for at, inside := range []bool{false, false, true, false, true, true, true, false, false, false} {
		if got := splits(text, uint32(at)); got != inside {
			t.Errorf("%d is inside a character: %t", at, got)
		}
	}
}

func TestSendText(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	p := mustLoad(t, r, parking(map[hostabi.Event][]byte{hostabi.EventInput: join(blockNow(401), answer(hostabi.Done))}).wasm(), `{}`)
	c := opened(t, p)
	text := &Text{Src: []byte("one two"), Segments: []hostabi.Segment{{Len: 3, Role: hostabi.RoleUser}, {Off: 4, Len: 3, ID: 7, Part: hostabi.PartResult}}}
	h := hostabi.Header{Endpoint: 3}
	if result, err := c.SendText(hostabi.EventInput, &h, text); result != hostabi.Done || err != nil {
		t.Fatal(result, err)
	}
	if h != (hostabi.Header{Doc: 1, Nodes: 2, Bytes: 7, Endpoint: 3}) || c.Block.Status != 401 {
		t.Errorf("header %+v, block %+v", h, c.Block)
	}
	for i, word := range map[uint32]uint32{4: 3, 28: 4, 32: 3, 36: 7} {
		if got, _ := c.guest.memory.ReadUint32Le(bufferAt + hostabi.HeaderSize + i); got != word {
			t.Errorf("%d at %d of the segments, want %d", got, i, word)
		}
	}
	if _, err := c.SendText(hostabi.EventWindow, &h, text); err != nil || c.Block != nil {
		t.Errorf("the block of an earlier event is still there, %v", err)
	}
	for _, s := range []hostabi.Segment{{Off: 7, Len: 1}, {Off: 1<<32 - 1, Len: 2}, {NameOff: 8}, {Len: 1, Seen: 2}} {
		if _, err := c.SendText(hostabi.EventInput, &h, &Text{text.Src, []hostabi.Segment{s}}); err == nil || !strings.Contains(err.Error(), "segment 0 of 1 lies outside") {
			t.Errorf("%+v: %v", s, err)
		}
	}
	if _, err := c.SendText(hostabi.EventInput, &h, &Text{}); err != nil {
		t.Errorf("no text: %v", err)
	}
}
