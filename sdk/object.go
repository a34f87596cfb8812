package sdk

import "github.com/sluice-gateway/sluice/hostabi/tape"

// Object writes a JSON object into an Out, member by member, mixing members of documents with new ones. Neighbours that
// are kept become one piece, so an object with one change costs three.
type Object struct {
	out   *Out
	wrote bool
	first Value // the run of kept members
	last  Value
}

// Object begins an object.
func (o *Out) Object() Object {
	o.Lit("{")
	return Object{out: o}
}

// Keep adds a member of a document as it stands there. Members whose key is written otherwise must not be kept too.
func (w *Object) Keep(m Value) {
	if !m.Exists() || m.node().KeyOff == 0 {
		return
	}
	if !w.first.Exists() {
		w.first, w.last = m, m
		return
	}
	if w.last.doc != m.doc || w.last.node().Next != m.i {
		w.flush()
		w.first = m
	}
	w.last = m
}

// Key adds a member with a key that needs no escapes; the caller writes its value next.
func (w *Object) Key(name string) *Out {
	w.flush()
	o := w.out
	before := len(o.lit)
	if w.wrote {
		o.lit = append(o.lit, ',')
	}
	w.wrote = true
	o.lit = append(o.lit, '"')
	o.lit = append(o.lit, name...)
	o.lit = append(o.lit, '"', ':')
	o.added(len(o.lit) - before)
	return o
}

// Close ends the object.
func (w *Object) Close() *Out {
	w.flush()
	return w.out.Lit("}")
}

func (w *Object) flush() {
	if !w.first.Exists() {
		return
	}
	if w.wrote {
		w.out.Lit(",")
	}
	w.wrote = true
	from := w.first.node().KeyOff - 1
	_, end := w.last.node().Span()
	w.out.source(tape.OpRaw, w.first, from, end-from)
	w.first = Value{}
}

// added notes that the last n bytes of lit are new literal text.
func (o *Out) added(n int) {
	if k := len(o.ops) - 1; k >= 0 && o.ops[k].Kind == tape.OpLit {
		o.ops[k].Len += uint32(n)
		return
	}
	o.ops = append(o.ops, tape.Op{Kind: tape.OpLit, Off: uint32(len(o.lit) - n), Len: uint32(n)})
}
