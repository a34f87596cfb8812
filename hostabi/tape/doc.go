// Package tape indexes a JSON document in one pass so that host and guests can read it, and build another
// from its pieces, without ever making a tree of it.
//
// A tape is a flat list of nodes in document order. A container's children follow it directly; Next leads past
// a value's whole subtree, so siblings are reached without touching what lies between. Nodes hold offsets into
// the source and no text: the bytes stay where they are.
//
// The layout of Node is part of the plugin ABI (little endian, 24 bytes) and crosses the boundary as it is.
package tape

import "strconv"

// Kind says what a node stands for.
type Kind uint8

// The kinds of JSON values. Kinds only grow.
const (
	None Kind = iota // no value: what a failed lookup returns
	Null
	False
	True
	Number
	String
	Array
	Object
)

// Node flags.
const (
	// Escaped marks a string whose source holds at least one backslash escape.
	Escaped uint8 = 1 << iota
	// KeyEscaped marks a member whose key holds at least one backslash escape.
	KeyEscaped
	// Flat marks a non-empty array of nothing but numbers. Its elements get no nodes: embeddings and token
	// lists would otherwise dwarf the document.
	Flat
)

// Node is one value. Its size and field order are ABI.
type Node struct {
	Kind   Kind
	Flags  uint8
	Key    Atom   // the member's key if it is in the vocabulary, else 0
	Val    Atom   // a string's value if it is in the vocabulary; one more than a number from 0 to 65534; else 0
	KeyLen uint16 // bytes between the key's quotes
	KeyOff uint32 // offset of the first byte after the key's opening quote; 0 when not a member
	Off    uint32 // offset of the value; for strings of the first byte after the opening quote
	Len    uint32 // bytes of the value; for strings of what is between the quotes
	Next   uint32 // index of the node after this value's subtree
}

// NodeSize is the size of a Node in bytes.
const NodeSize = 24

// Limits of a document. What exceeds them is refused with a SyntaxError.
const (
	MaxDepth = 128
	MaxNodes = 1 << 19
	MaxBytes = 1<<31 - 1
	// MaxKeyLen is how long a key may be, in bytes as it is written.
	MaxKeyLen = 1<<16 - 1
)

// Doc is a source text and its tape. A Doc may be reused; it must not be shared while it is being scanned.
type Doc struct {
	Src   []byte
	Nodes []Node
}

// SyntaxError tells where and why a text is not an acceptable JSON document.
type SyntaxError struct {
	Offset int
	Reason string
}

func (e *SyntaxError) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Reset empties the document and keeps its memory.
func (d *Doc) Reset() {
	d.Src, d.Nodes = nil, d.Nodes[:0]
}

// is reports whether there is a value i of that kind: the result of a failed lookup may be asked.
func (d *Doc) is(i int, kind Kind) bool {
	return uint(i) < uint(len(d.Nodes)) && d.Nodes[i].Kind == kind
}

// Get returns the index of the member of object i that has the key, or -1. No member has the key 0.
func (d *Doc) Get(i int, key Atom) int {
	if key == 0 || !d.is(i, Object) {
		return -1
	}
	end := int(d.Nodes[i].Next)
	for m := i + 1; m < end; m = int(d.Nodes[m].Next) {
		if d.Nodes[m].Key == key {
			return m
		}
	}
	return -1
}

// Named is Get for a key that need not be in the vocabulary.
func (d *Doc) Named(i int, key string) int {
	if !d.is(i, Object) {
		return -1
	}
	end := int(d.Nodes[i].Next)
	for m := i + 1; m < end; m = int(d.Nodes[m].Next) {
		if d.keyIs(m, key) {
			return m
		}
	}
	return -1
}

func (d *Doc) rawKey(n *Node) []byte { return d.Src[n.KeyOff : n.KeyOff+uint32(n.KeyLen)] }

// Key returns the decoded key of member i, "" for what is not a member.
func (d *Doc) Key(i int) string {
	n := &d.Nodes[i]
	raw := d.rawKey(n)
	if n.Flags&KeyEscaped == 0 {
		return string(raw)
	}
	return string(AppendUnquoted(nil, raw))
}

// Raw returns the source text of value i, with the quotes of a string.
func (d *Doc) Raw(i int) []byte {
	off, end := d.Nodes[i].Span()
	return d.Src[off:end]
}

// Text returns the decoded text of string i. Without escapes it is a view of the source; it is nil when i is not a string.
func (d *Doc) Text(i int) []byte {
	if !d.is(i, String) {
		return nil
	}
	n := &d.Nodes[i]
	raw := d.Src[n.Off : n.Off+n.Len]
	if n.Flags&Escaped == 0 {
		return raw
	}
	return AppendUnquoted(make([]byte, 0, len(raw)), raw)
}

// Int returns number i when it is written as a plain integer that fits, else 0 and false.
func (d *Doc) Int(i int) (int64, bool) {
	if !d.is(i, Number) {
		return 0, false
	}
	return parseInt(d.Raw(i))
}

// IsTrue reports whether value i is the literal true.
func (d *Doc) IsTrue(i int) bool { return d.is(i, True) }

// Span returns the source range of the value, including a string's quotes.
func (n *Node) Span() (off, end uint32) {
	if n.Kind == String {
		return n.Off - 1, n.Off + n.Len + 1
	}
	return n.Off, n.Off + n.Len
}

func (d *Doc) keyIs(i int, key string) bool {
	n := &d.Nodes[i]
	if n.Flags&KeyEscaped != 0 {
		return d.Key(i) == key
	}
	return int(n.KeyLen) == len(key) && string(d.rawKey(n)) == key
}

func parseInt(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var v int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if neg {
		v = -v
	}
	return v, true
}
