package host

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// TestHostWorkIsPaid checks that whatever an import touches in bulk is paid for, be it in vain: else a guest could keep
// the host at work far beyond its budget.
func TestHostWorkIsPaid(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handling(t, r)
	g.plugin.grants = Grants{KV: kv.New(1 << 20), Upstreams: []string{"u"}}
	text := strings.Repeat("x", 20_000)
	doc := document(t, `{"a":"`+text+`","b":"[`+text+`"}`)
	c.Attr = func(tape.Atom) (string, bool) { return text, true }
	c.text = &Text{Src: []byte(text), Segments: []hostabi.Segment{{Len: uint32(len(text))}}}
	id, n := uint64(c.id), uint64(len(text))
	inside, broken := uint64(6), uint64(6+len(text)+len(`","b":"`))
	const opsAt, vectorAt, dataAt = 100, 200, 1000
	op := func(kind tape.OpKind, doc uint32, off, size uint64) []byte {
		b := binary.LittleEndian.AppendUint32(nil, uint32(kind)|doc<<16)
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, uint32(off)), uint32(size))
	}
	for _, k := range []struct {
		name string
		op   []byte
		args []uint64
		each int64 // units for a byte of text
	}{
		{"bytes", nil, []uint64{id, 1, inside, n, dataAt}, copyFuel},
		{"text", nil, []uint64{id, 1, inside, n, dataAt, n}, quoteFuel},
		{"text", nil, []uint64{id, 1, inside, n, dataAt, 0}, quoteFuel},
		{"parse", nil, []uint64{id, 1, broken, n + 1}, scanFuel},
		{"attr", nil, []uint64{id, 1, dataAt, n}, copyFuel},
		{"rand", nil, []uint64{dataAt, n}, scanFuel},
		{"random_get", nil, []uint64{dataAt, n}, scanFuel},
		{"set", nil, []uint64{id, 1, 0, 0, dataAt, n}, quoteFuel},
		{"edit", nil, []uint64{id, 0, 0, 1, dataAt, n, 0}, quoteFuel},
		{"edit", nil, []uint64{id, 9, 0, 1, dataAt, n, 0}, quoteFuel},
		{"emit", op(tape.OpRaw, 1, inside, n), []uint64{id, 1, opsAt, 1, 0, 0}, quoteFuel},
		{"emit", op(tape.OpQuote, 1, inside, n), []uint64{id, 2, opsAt, 1, 0, 0}, quoteFuel},
		{"emit", append(op(tape.OpLitQuote, 0, 0, n), op(9, 9, 9, 9)...), []uint64{id, 1, opsAt, 2, dataAt, n}, quoteFuel},
		{"emit", op(tape.OpLit, 0, 0, n), []uint64{id, 1, opsAt, 1, dataAt, n}, quoteFuel},
		{"repeat", nil, []uint64{id, uint64(inside), 3}, quoteFuel},
		{"kv_set", nil, []uint64{id, uint64(hostabi.ScopeGlobal), opsAt, 1, dataAt, n, 0}, copyFuel},
		{"kv_get", nil, []uint64{id, uint64(hostabi.ScopeGlobal), opsAt, 1, dataAt, n}, copyFuel},
		{"fd_write", nil, []uint64{2, vectorAt, 1, opsAt}, printFuel},
	} {
		reset(c, doc)
		c.chunk = true
		g.memory.Write(opsAt, append(k.op, make([]byte, 24)...))
		g.memory.Write(vectorAt, binary.LittleEndian.AppendUint64(nil, dataAt|n<<32))
		g.left = eventFuel
		stack := make(args, 8)
		copy(stack, k.args)
		function(k.name).call(g, stack)
		if paid := eventFuel - g.left; paid < int64(n)*k.each || paid > 5*int64(n)*k.each+2*importFuel {
			t.Errorf("%s%d = %d: paid %d units, want %d", k.name, k.args, stack.i32(0), paid, int64(n)*k.each)
		}
	}
}

// TestHostWorkEnds checks that work beyond the budget is not begun.
func TestHostWorkEnds(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	g.left = 1000
	defer func() {
		if e, _ := recover().(error); !errors.Is(e, ErrFuel) {
			t.Errorf("got %v, want ErrFuel", e)
		}
		if b, _ := g.memory.Read(5000, 100); string(b) != strings.Repeat("\x00", 100) {
			t.Error("the work was done")
		}
	}()
	g.rand(args{5000, 100})
}

// TestParsedDocumentsAreLimited checks that a guest can't fill the host's memory with tapes.
func TestParsedDocumentsAreLimited(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handling(t, r)
	src := `{"a":"` + strings.Repeat(" ", maxParsed/3) + `1"}`
	reset(c, document(t, src))
	for i := range 4 {
		g.left = 1 << 40
		stack := args{uint64(c.id), 1, 6, uint64(len(src) - 8), 0}
		g.parse(stack)
		want := int32(i + 2)
		if i == 3 || i == 2 {
			want = -int32(hostabi.ErrnoLimit)
		}
		if stack.i32(0) != want {
			t.Errorf("document %d: %d, want %d", i, stack.i32(0), want)
		}
	}
}

// TestTimeEnds checks that fuel that lasts forever does not.
func TestTimeEnds(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	g.charge(uptime(), 1<<40)
	g.tick(nil)
	g.until = 0
	defer func() {
		if e, _ := recover().(error); !errors.Is(e, ErrTime) {
			t.Errorf("got %v, want ErrTime", e)
		}
	}()
	g.tick(nil)
}
