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
	w.comma()
	return w.out.Lit(`"`).Lit(name).Lit(`":`)
}

// Close ends the object.
func (w *Object) Close() *Out {
	w.flush()
	return w.out.Lit("}")
}

func (w *Object) comma() {
	if w.wrote {
		w.out.Lit(",")
	}
	w.wrote = true
}

func (w *Object) flush() {
	if !w.first.Exists() {
		return
	}
	w.comma()
	from := w.first.node().KeyOff - 1
	_, end := w.last.node().Span()
	w.out.source(tape.OpRaw, w.first, from, end-from)
	w.first = Value{}
}
