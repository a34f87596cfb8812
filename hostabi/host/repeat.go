package host

import (
	"bytes"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Limits of a template.
const (
	maxHoles    = 4        // texts in which events that are alike may differ
	maxTemplate = 64 << 10 // bytes of the event
)

// template is how the host answers stream events in the guest's stead. A stream is mostly events that differ in nothing
// but a text; a guest that handles them alike says so once, and each further one costs a comparison instead of a scan and
// a call.
type template struct {
	name  uint32 // atom of the event's name
	in    []byte // the event that the guest saw
	holes []span // of in: the texts that may differ, in order
	out   []byte // the fixed text of the answer
	parts []part
	state templateState
}

type span struct{ off, end uint32 }

// part is a piece of the answer: fixed text, then the text of a hole (-1 = none).
type part struct {
	end  int // of the fixed text in out; it begins where the part before ended
	hole int
}

type templateState uint8

const (
	noTemplate templateState = iota
	declared                 // the guest named holes in the event at hand
	answered                 // … and gave out one event
	ready                    // events can be compared
	spoilt                   // the answer can't be learned
)

func (t *template) reset() {
	*t = template{in: trim(t.in), holes: t.holes[:0], out: trim(t.out), parts: t.parts[:0]}
}

// repeat is the import by which a guest declares a hole.
func (g *instance) repeat(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	if len(c.docs) > 0 {
		g.burn(int64(min(len(c.docs[0].Src), maxTemplate)) * quoteFuel)
	}
	if !c.declare(a.u32(1), a.u32(2)) {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	a.ok(0)
}

// declare notes that the string whose inside lies there may differ. Holes come in order, before the answer.
func (c *Context) declare(off, size uint32) bool {
	t := &c.template
	if len(c.docs) == 0 || !c.chunk || t.state > declared || len(t.holes) == maxHoles {
		return false
	}
	src := c.docs[0].Src
	end := uint64(off) + uint64(size)
	if len(src) > maxTemplate || off == 0 || size == 0 || end >= uint64(len(src)) || src[off-1] != '"' ||
		tape.StringEnd(src, int(off)) != int(end) {
		return false
	}
	if n := len(t.holes); n > 0 && off <= t.holes[n-1].end {
		return false
	}
	t.holes = append(t.holes, span{off, uint32(end)})
	t.state = declared
	return true
}

// learn takes over from emitEvent while holes are declared: it writes the event piece by piece and remembers where each
// piece came from.
func (t *template) learn(dst []byte, ops []tape.Op, lit []byte, source func(uint16) []byte, limit int) ([]byte, error) {
	if t.state != declared {
		t.state = spoilt
		return tape.Splice(dst, ops, lit, source, limit)
	}
	t.state = answered
	start := len(dst)
	for i := range ops {
		before := len(dst)
		var err error
		if dst, err = tape.Splice(dst, ops[i:i+1], lit, source, limit-(before-start)); err != nil {
			return dst, err
		}
		t.piece(&ops[i], dst[before:])
	}
	return dst, nil
}

// piece notes what one operation wrote.
func (t *template) piece(op *tape.Op, written []byte) {
	from, end := op.Off, op.Off+op.Len
	if op.Doc != 1 || op.Kind == tape.OpLit || op.Kind == tape.OpLitQuote {
		t.out = append(t.out, written...)
		return
	}
	for k, h := range t.holes {
		switch {
		case h.end <= from || h.off >= end:
		case op.Kind == tape.OpRaw && h.off >= from && h.end <= end:
			t.out = append(t.out, written[:h.off-from]...)
			t.parts = append(t.parts, part{len(t.out), k})
			written, from = written[h.end-from:], h.end
		default:
			t.state = spoilt
			return
		}
	}
	t.out = append(t.out, written...)
}

// conclude makes the template usable, or forgets it, once the guest has returned.
func (t *template) conclude(result hostabi.Result, name uint32, doc *tape.Doc) {
	if t.state == noTemplate || doc == nil {
		return
	}
	event := doc.Src
	switch {
	case t.state == declared && result == hostabi.Pass:
		t.pass(event)
	case t.state != answered || result != hostabi.Done:
		t.reset()
		return
	}
	if bytes.IndexByte(t.out, '\n') >= 0 || bytes.IndexByte(t.out, '\r') >= 0 {
		t.reset()
		return
	}
	t.parts = append(t.parts, part{len(t.out), -1})
	t.name, t.in = name, append(t.in[:0], event...)
	t.state = ready
}

// pass makes the answer of the event itself.
func (t *template) pass(event []byte) {
	from := uint32(0)
	for k, h := range t.holes {
		t.out = append(t.out, event[from:h.off]...)
		t.parts = append(t.parts, part{len(t.out), k})
		from = h.end
	}
	t.out = append(t.out, event[from:]...)
}

// match compares an event with the template's and finds the texts of its holes.
func (t *template) match(name uint32, data []byte, texts *[maxHoles][]byte) bool {
	if t.state != ready || name != t.name {
		return false
	}
	at, from := 0, uint32(0)
	for k, h := range t.holes {
		fixed := t.in[from:h.off]
		if !bytes.HasPrefix(data[at:], fixed) {
			return false
		}
		at += len(fixed)
		end := tape.StringEnd(data, at)
		if end <= at { // an empty text may mean something else
			return false
		}
		texts[k] = data[at:end]
		at, from = end, h.end
	}
	return bytes.Equal(data[at:], t.in[from:])
}

// Repeat answers a stream's event like the one before it, without the guest, if the guest has declared that it would
// answer so: the events are equal but for texts that the guest named. It reports whether it did.
//
// name is the atom of the event's name.
func (c *Context) Repeat(name uint32, data []byte) bool {
	var texts [maxHoles][]byte
	t := &c.template
	if !t.match(name, data, &texts) {
		return false
	}
	b := append(c.Events, eventBegin...)
	from := 0
	for _, p := range t.parts {
		b = append(b, t.out[from:p.end]...)
		if p.hole >= 0 {
			b = append(b, texts[p.hole]...)
		}
		from = p.end
	}
	c.Events = append(b, eventEnd...)
	return true
}
