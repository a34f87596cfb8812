package sdk

import (
	"math"
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Document is a JSON document that lies on the host, with its index at hand. It is valid during one hook.
type Document struct {
	id  uint32
	ctx uint32
	doc tape.Doc // Src is set only where the text lies on this side
}

// Root returns the document's value; it does not exist when the body was not JSON.
func (d *Document) Root() Value {
	if d == nil || len(d.doc.Nodes) == 0 {
		return Value{}
	}
	return Value{d, 0, uint32(len(d.doc.Nodes))}
}

// Value is one value of a document. The zero Value does not exist, and every method on it answers accordingly, so
// lookups chain without checks.
type Value struct {
	doc  *Document
	i    uint32
	last uint32 // end of the container's nodes
}

func (v Value) node() *tape.Node { return &v.doc.doc.Nodes[v.i] }

// Exists reports whether there is a value.
func (v Value) Exists() bool { return v.doc != nil }

// Kind returns the value's kind, tape.None when it does not exist.
func (v Value) Kind() tape.Kind {
	if v.doc == nil {
		return tape.None
	}
	return v.node().Kind
}

// IsNull reports whether the value is missing or null.
func (v Value) IsNull() bool { return v.Kind() <= tape.Null }

// IsString reports whether the value is a string.
func (v Value) IsString() bool { return v.Kind() == tape.String }

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool { return v.Kind() == tape.Object }

// IsArray reports whether the value is an array.
func (v Value) IsArray() bool { return v.Kind() == tape.Array }

// True reports whether the value is the literal true.
func (v Value) True() bool { return v.Kind() == tape.True }

// Is reports whether the value is a string that equals the name.
func (v Value) Is(name Atom) bool {
	return v.doc != nil && v.node().Val == name && v.node().Kind == tape.String && name != 0
}

// Atom returns the atom of a string value that is a known name, else 0.
func (v Value) Atom() Atom {
	if v.doc == nil || v.node().Kind != tape.String {
		return 0
	}
	return v.node().Val
}

// Key returns the atom of a member's key, 0 for unknown names and for values that are not members.
func (v Value) Key() Atom {
	if v.doc == nil {
		return 0
	}
	return v.node().Key
}

// KeyText returns a member's key as it is written between its quotes.
func (v Value) KeyText() string {
	if v.doc == nil || v.node().KeyOff == 0 {
		return ""
	}
	return string(v.doc.bytes(v.node().KeyOff, uint32(v.node().KeyLen)))
}

// First returns the first element or member of a container. The elements of an array of numbers can't be visited.
func (v Value) First() Value {
	if v.doc == nil {
		return Value{}
	}
	return v.doc.at(v.i+1, v.node().Next)
}

// Next returns the value's next sibling.
func (v Value) Next() Value {
	if v.doc == nil {
		return Value{}
	}
	return v.doc.at(v.node().Next, v.last)
}

func (d *Document) at(i, last uint32) Value {
	if i >= last {
		return Value{}
	}
	return Value{d, i, last}
}

// Get returns the member with that key. No member has the key 0.
func (v Value) Get(key Atom) Value {
	if v.Kind() != tape.Object || key == 0 {
		return Value{}
	}
	nodes := v.doc.doc.Nodes
	end := nodes[v.i].Next
	for i := v.i + 1; i < end; i = nodes[i].Next {
		if nodes[i].Key == key {
			return Value{v.doc, i, end}
		}
	}
	return Value{}
}

// Named returns the member with that key, for names without an atom, as in configurations. Escaped keys don't match.
func (v Value) Named(key string) Value {
	if v.Kind() != tape.Object {
		return Value{}
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if int(m.node().KeyLen) == len(key) && m.KeyText() == key {
			return m
		}
	}
	return Value{}
}

// Count returns how many elements or members a container has; 0 for an array of numbers.
func (v Value) Count() int {
	n := 0
	for m := v.First(); m.Exists(); m = m.Next() {
		n++
	}
	return n
}

// Len returns the bytes of the value's source, for strings of what is between the quotes.
func (v Value) Len() int {
	if v.doc == nil {
		return 0
	}
	return int(v.node().Len)
}

// Empty reports whether the value is missing, null, or a string, array or object with nothing in it.
func (v Value) Empty() bool {
	switch v.Kind() {
	case tape.None, tape.Null:
		return true
	case tape.String:
		return v.node().Len == 0
	case tape.Array, tape.Object:
		return !v.First().Exists() && v.node().Flags&tape.Flat == 0
	}
	return false
}

// Text returns a string's decoded text, "" for anything else. It copies from the host: prefer passing values on.
func (v Value) Text() string {
	if !v.IsString() || v.node().Len == 0 {
		return ""
	}
	n := v.node()
	if n.Flags&tape.Escaped == 0 {
		return string(v.doc.bytes(n.Off, n.Len))
	}
	return string(v.doc.text(n.Off, n.Len))
}

// Source returns the value's text as it stands in the document, with a string's quotes.
func (v Value) Source() string {
	if v.doc == nil {
		return ""
	}
	off, end := v.node().Span()
	return string(v.doc.bytes(off, end-off))
}

// Int returns an integer, 0 for anything that is not one. A number with a fraction is cut, one that does not fit is the
// largest or smallest that does.
func (v Value) Int() int64 {
	if v.Kind() != tape.Number {
		return 0
	}
	if n, ok := v.plainInt(); ok {
		return n
	}
	s := v.Source()
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, _ := strconv.ParseFloat(s, 64)
	return whole(f)
}

// whole cuts a number. Converting one that does not fit gives different results natively and in wasm.
func whole(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// Parse reads a string's text as a JSON document of its own: tool arguments, for one. The result does not exist when
// the text is not JSON.
func (v Value) Parse() Value {
	if !v.IsString() {
		return Value{}
	}
	return v.doc.parse(v.node().Off, v.node().Len).Root()
}

// Prefix reports whether a string's source text begins with prefix, which must need no escapes
// and have at most 512 bytes.
func (v Value) Prefix(prefix string) bool {
	if !v.IsString() || v.Len() < len(prefix) || len(prefix) > maxShort {
		return false
	}
	return string(v.doc.short(v.node().Off, uint32(len(prefix)))) == prefix
}
