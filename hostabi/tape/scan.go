package tape

import (
	"encoding/binary"
	"math/bits"
)

// Scan indexes src, which must hold exactly one JSON value. Nodes are reused; src is kept, not copied.
//
// Beyond RFC 8259 it refuses an object at the top level that names a key twice, however the keys are escaped: two
// "model" members would let a caller be authorised for one and served the other. It does not check that strings are
// valid UTF-8: they are passed on as they came.
func (d *Doc) Scan(src []byte) error {
	d.Src, d.Nodes = src, d.Nodes[:0]
	if len(src) > MaxBytes {
		return &SyntaxError{MaxBytes, "document too large"}
	}
	s := scanner{src: src, nodes: d.Nodes, names: vocabulary.table.Load()}
	s.space()
	ok := s.value(Node{}) && s.end()
	d.Nodes = s.nodes
	if !ok {
		d.Nodes = d.Nodes[:0]
		return &SyntaxError{s.pos, s.reason}
	}
	return nil
}

// scanner walks the source once. Its methods return false after fail: checking a bool is cheaper than an error value.
type scanner struct {
	src    []byte
	pos    int
	depth  int
	nodes  []Node
	names  *atomTable
	reason string
}

func (s *scanner) fail(reason string) bool {
	if s.pos >= len(s.src) {
		reason = "unexpected end"
	}
	s.reason = reason
	return false
}

func (s *scanner) space() {
	for s.pos < len(s.src) && s.src[s.pos] <= ' ' {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) end() bool {
	if s.space(); s.pos < len(s.src) {
		return s.fail("text after the value")
	}
	return true
}

// value reads one value. n carries the key fields of a member.
func (s *scanner) value(n Node) bool {
	if s.pos >= len(s.src) {
		return s.fail("expected a value")
	}
	if len(s.nodes) >= MaxNodes {
		return s.fail("too many values")
	}
	switch c := s.src[s.pos]; {
	case c == '"':
		return s.str(n)
	case c == '{':
		return s.object(n)
	case c == '[':
		return s.array(n)
	case c == '-' || c-'0' <= 9:
		return s.number(n)
	case c == 't':
		return s.literal(n, "true", True)
	case c == 'f':
		return s.literal(n, "false", False)
	case c == 'n':
		return s.literal(n, "null", Null)
	}
	return s.fail("expected a value")
}

func (s *scanner) leaf(n Node, kind Kind, off, end int) bool {
	n.Kind, n.Off, n.Len, n.Next = kind, uint32(off), uint32(end-off), uint32(len(s.nodes)+1)
	s.nodes = append(s.nodes, n)
	return true
}

func (s *scanner) literal(n Node, word string, kind Kind) bool {
	end := s.pos + len(word)
	if end > len(s.src) || string(s.src[s.pos:end]) != word {
		return s.fail("expected a value")
	}
	start := s.pos
	s.pos = end
	return s.leaf(n, kind, start, end)
}

func (s *scanner) number(n Node) bool {
	start := s.pos
	if !s.digits() {
		return false
	}
	return s.leaf(n, Number, start, s.pos)
}

// digits moves past one number: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) digits() bool {
	src, i := s.src, s.pos
	if i < len(src) && src[i] == '-' {
		i++
	}
	first := i
	for i < len(src) && src[i]-'0' <= 9 {
		i++
	}
	if i == first || (src[first] == '0' && i > first+1) {
		s.pos = i
		return s.fail("malformed number")
	}
	if i < len(src) && src[i] == '.' {
		from := i + 1
		for i++; i < len(src) && src[i]-'0' <= 9; i++ {
		}
		if i == from {
			s.pos = i
			return s.fail("malformed number")
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		if i++; i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		from := i
		for ; i < len(src) && src[i]-'0' <= 9; i++ {
		}
		if i == from {
			s.pos = i
			return s.fail("malformed number")
		}
	}
	s.pos = i
	return true
}

func (s *scanner) str(n Node) bool {
	start, escaped, ok := s.quoted()
	if !ok {
		return false
	}
	end := s.pos - 1
	if escaped {
		n.Flags |= Escaped
	} else if end-start <= MaxAtomLen {
		n.Val = s.names.lookup(s.src[start:end])
	}
	return s.leaf(n, String, start, end)
}

// quoted moves past a string, from quote to quote, and checks its escapes.
func (s *scanner) quoted() (start int, escaped, ok bool) {
	s.pos++
	start = s.pos
	for {
		s.pos += plain(s.src[s.pos:])
		if s.pos >= len(s.src) {
			return 0, false, s.fail("")
		}
		switch s.src[s.pos] {
		case '"':
			s.pos++
			return start, escaped, true
		case '\\':
			escaped = true
			if !s.escape() {
				return 0, false, false
			}
		default:
			return 0, false, s.fail("control character in a string")
		}
	}
}

// plain returns how many leading bytes of b are ordinary string characters. It looks at eight bytes at a time:
// prompts are mostly long strings, and this loop is what a gateway does with them.
func plain(b []byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		q, e := x^(ones*'"'), x^(ones*'\\')
		if m := ((q-ones)&^q | (e-ones)&^e | (x-ones*' ')&^x) & tops; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return i
}

func (s *scanner) escape() bool {
	if s.pos+1 >= len(s.src) {
		s.pos = len(s.src)
		return s.fail("")
	}
	switch s.src[s.pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos += 2
		return true
	case 'u':
		if s.pos+6 > len(s.src) {
			s.pos = len(s.src)
			return s.fail("")
		}
		if _, ok := hex4(s.src[s.pos+2:]); ok {
			s.pos += 6
			return true
		}
	}
	return s.fail("malformed escape in a string")
}

func (s *scanner) enter() bool {
	if s.depth++; s.depth > MaxDepth {
		return s.fail("nested too deep")
	}
	return true
}

func (s *scanner) close(self int) bool {
	s.pos++
	s.depth--
	n := &s.nodes[self]
	n.Len = uint32(s.pos) - n.Off
	n.Next = uint32(len(s.nodes))
	return true
}

// peek skips space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.src) && s.src[s.pos] > ' ' {
		return s.src[s.pos]
	}
	s.space()
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *scanner) array(n Node) bool {
	self := len(s.nodes)
	s.leaf(n, Array, s.pos, s.pos)
	if !s.enter() {
		return false
	}
	s.pos++
	c := s.peek()
	if c == ']' {
		return s.close(self)
	}
	if (c == '-' || c-'0' <= 9) && s.flat() {
		s.nodes[self].Flags |= Flat
		return s.close(self)
	}
	for {
		s.peek()
		if !s.value(Node{}) {
			return false
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			return s.close(self)
		default:
			return s.fail("expected , or ]")
		}
	}
}

// flat tries to move past an array of numbers; when something else turns up it goes back to where it began.
func (s *scanner) flat() bool {
	start := s.pos
	for s.digits() {
		switch s.peek() {
		case ']':
			return true
		case ',':
			s.pos++
			s.peek()
			continue
		}
		break
	}
	s.pos, s.reason = start, ""
	return false
}

func (s *scanner) object(n Node) bool {
	self := len(s.nodes)
	s.leaf(n, Object, s.pos, s.pos)
	if !s.enter() {
		return false
	}
	s.pos++
	if s.peek() == '}' {
		return s.close(self)
	}
	var seen uniqueKeys
	for {
		var m Node
		if !s.key(&m) {
			return false
		}
		if s.depth == 1 && !seen.add(s, self, &m) {
			s.pos = int(m.KeyOff)
			return s.fail("key " + string(s.src[m.KeyOff-1:m.KeyOff+uint32(m.KeyLen)+1]) + " appears twice")
		}
		if !s.value(m) {
			return false
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			return s.close(self)
		default:
			return s.fail("expected , or }")
		}
	}
}

func (s *scanner) key(m *Node) bool {
	if s.peek() != '"' {
		return s.fail("expected a key")
	}
	start, escaped, ok := s.quoted()
	if !ok {
		return false
	}
	raw := s.src[start : s.pos-1]
	if len(raw) > 1<<16-1 {
		return s.fail("key too long")
	}
	m.KeyOff, m.KeyLen = uint32(start), uint16(len(raw))
	if escaped {
		m.Flags |= KeyEscaped
		raw = AppendUnquoted(nil, raw)
	}
	m.Key = s.names.lookup(raw)
	if s.peek() != ':' {
		return s.fail("expected :")
	}
	s.pos++
	s.peek()
	return true
}

// uniqueKeys finds a key that comes twice: by looking back while there are few, by a map when there are many.
type uniqueKeys struct {
	count int
	many  map[string]struct{}
}

const fewKeys = 32

func (u *uniqueKeys) add(s *scanner, object int, m *Node) bool {
	u.count++
	if u.count <= fewKeys {
		return !s.hasKey(object, m)
	}
	if u.many == nil {
		u.many = make(map[string]struct{}, 4*fewKeys)
		d := Doc{Src: s.src, Nodes: s.nodes}
		for i := object + 1; i < len(s.nodes); i = int(s.nodes[i].Next) {
			u.many[d.Key(i)] = struct{}{}
		}
	}
	d := Doc{Src: s.src, Nodes: []Node{*m}}
	k := d.Key(0)
	if _, twice := u.many[k]; twice {
		return false
	}
	u.many[k] = struct{}{}
	return true
}

// hasKey reports whether the open object already has m's key. Only unknown names need their text compared.
func (s *scanner) hasKey(object int, m *Node) bool {
	var name string
	for i := object + 1; i < len(s.nodes); i = int(s.nodes[i].Next) {
		n := &s.nodes[i]
		if n.Key != m.Key {
			continue
		}
		if m.Key != 0 {
			return true
		}
		if name == "" {
			d := Doc{Src: s.src, Nodes: []Node{*m}}
			name = d.Key(0)
		}
		d := Doc{Src: s.src, Nodes: s.nodes}
		if d.keyIs(i, name) {
			return true
		}
	}
	return false
}
