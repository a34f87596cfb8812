package tape

import "slices"

// Scan indexes src, which must hold exactly one JSON value. Nodes are reused; src is kept, not copied. After an error
// the document has no nodes.
//
// Beyond RFC 8259 it refuses an object at the top level that names a key twice, however the keys are escaped: two
// "model" members would let a caller be authorised for one and served the other. It does not check that strings are
// valid UTF-8: they are passed on as they came.
func (d *Doc) Scan(src []byte) error {
	d.Src, d.Nodes = src, d.Nodes[:0]
	if len(src) > MaxBytes {
		return &SyntaxError{MaxBytes, "document too large"}
	}
	if d.Nodes == nil {
		d.Nodes = make([]Node, 0, firstNodes(len(src)))
	}
	s := scanner{src: src, nodes: d.Nodes, names: vocabulary.table.Load()}
	if !s.document() {
		return &SyntaxError{s.fault, s.reason}
	}
	d.Nodes = s.nodes
	return nil
}

// firstNodes guesses how many nodes a text of n bytes has, so that a new document's tape is mostly made once.
func firstNodes(n int) int { return 8 + n/64 }

// scanner walks the source once. Its methods take the position where they begin and return the one after what they
// read, or -1 after fail: positions stay in registers, and checking a sign is cheaper than an error value.
type scanner struct {
	src    []byte
	nodes  []Node
	names  *atomTable
	depth  int
	fault  int // where it failed, and why
	reason string
}

const failed = -1

func (s *scanner) fail(at int, reason string) int {
	if at >= len(s.src) {
		at, reason = len(s.src), "unexpected end"
	}
	s.fault, s.reason = at, reason
	return failed
}

func (s *scanner) document() bool {
	i := s.value(s.space(0), s.push())
	if i < 0 {
		return false
	}
	if i = s.space(i); i < len(s.src) {
		s.fail(i, "text after the value")
		return false
	}
	return true
}

// push adds a node and returns its index. Its fields are set in place: a struct built aside would be copied through
// memory that was just written in smaller pieces, which stalls.
func (s *scanner) push() int {
	s.nodes = append(s.nodes, Node{})
	return len(s.nodes) - 1
}

// value reads one value at i into the last node, self.
func (s *scanner) value(i, self int) int {
	if i >= len(s.src) {
		return s.fail(i, "expected a value")
	}
	if s.src[i] == '"' {
		return s.text(i+1, self)
	}
	switch s.src[i] {
	case '{':
		return s.object(i, self)
	case '[':
		return s.array(i, self)
	case 't':
		return s.literal(i, self, "true", True)
	case 'f':
		return s.literal(i, self, "false", False)
	case 'n':
		return s.literal(i, self, "null", Null)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end := s.digits(i)
		if end >= 0 {
			s.leaf(self, Number, i, end)
			s.nodes[self].Val = smallNumber(s.src[i:end])
		}
		return end
	}
	return s.fail(i, "expected a value")
}

func (s *scanner) leaf(self int, kind Kind, off, end int) {
	n := &s.nodes[self]
	n.Kind, n.Off, n.Len, n.Next = kind, uint32(off), uint32(end-off), uint32(self+1)
}

func (s *scanner) literal(i, self int, word string, kind Kind) int {
	end := i + len(word)
	if end > len(s.src) || string(s.src[i:end]) != word {
		return s.fail(i, "expected a value")
	}
	s.leaf(self, kind, i, end)
	return end
}

func (s *scanner) text(start, self int) int {
	end, escaped := s.quoted(start)
	if end < 0 {
		return failed
	}
	s.leaf(self, String, start, end)
	n := &s.nodes[self]
	if escaped {
		n.Flags |= Escaped
	} else if end-start <= MaxAtomLen {
		n.Val = s.names.lookup(s.src[start:end])
	}
	return end + 1
}

// space returns the position of the next byte that is not white space.
func (s *scanner) space(i int) int {
	for ; i < len(s.src); i++ {
		switch s.src[i] {
		case ' ', '\t', '\n', '\r':
		default:
			return i
		}
	}
	return i
}

// peek skips white space and returns the position and the byte there, 0 at the end.
func (s *scanner) peek(i int) (int, byte) {
	if i < len(s.src) && s.src[i] > ' ' {
		return i, s.src[i]
	}
	if i = s.space(i); i < len(s.src) {
		return i, s.src[i]
	}
	return i, 0
}

func (s *scanner) open(i, self int, kind Kind) bool {
	n := &s.nodes[self]
	n.Kind, n.Off = kind, uint32(i)
	if s.depth++; s.depth > MaxDepth {
		s.fail(i, "nested too deep")
		return false
	}
	return true
}

func (s *scanner) close(i, self int) int {
	s.depth--
	n := &s.nodes[self]
	n.Len, n.Next = uint32(i+1)-n.Off, uint32(len(s.nodes))
	return i + 1
}

func (s *scanner) array(i, self int) int {
	if !s.open(i, self, Array) {
		return failed
	}
	i, c := s.peek(i + 1)
	if c == ']' {
		return s.close(i, self)
	}
	if c == '-' || isDigit(c) {
		if end := s.flat(i); end > 0 {
			s.nodes[self].Flags |= Flat
			return s.close(end, self)
		}
	}
	for {
		if len(s.nodes) == MaxNodes {
			return s.fail(i, "too many values")
		}
		if i = s.value(i, s.push()); i < 0 {
			return failed
		}
		switch i, c = s.peek(i); c {
		case ',':
			i, _ = s.peek(i + 1)
		case ']':
			return s.close(i, self)
		default:
			return s.fail(i, "expected , or ]")
		}
	}
}

func (s *scanner) object(i, self int) int {
	if !s.open(i, self, Object) {
		return failed
	}
	i, c := s.peek(i + 1)
	if c == '}' {
		return s.close(i, self)
	}
	var seen uniqueKeys
	for {
		if len(s.nodes) == MaxNodes {
			return s.fail(i, "too many values")
		}
		member := len(s.nodes)
		if i = s.key(i, c); i < 0 {
			return failed
		}
		if s.depth == 1 && !seen.add(s, self, member) {
			return s.twice(member)
		}
		if i = s.value(i, member); i < 0 {
			return failed
		}
		switch i, c = s.peek(i); c {
		case ',':
			i, c = s.peek(i + 1)
		case '}':
			return s.close(i, self)
		default:
			return s.fail(i, "expected , or }")
		}
	}
}

// key reads a key and the colon, and adds the node of the member.
func (s *scanner) key(i int, first byte) int {
	if first != '"' {
		return s.fail(i, "expected a key")
	}
	start := i + 1
	end, escaped := s.quoted(start)
	if end < 0 {
		return failed
	}
	if end-start > MaxKeyLen {
		return s.fail(start, "key too long")
	}
	n := &s.nodes[s.push()]
	n.KeyOff, n.KeyLen = uint32(start), uint16(end-start)
	name := s.src[start:end]
	if escaped {
		n.Flags = KeyEscaped
		name = AppendUnquoted(nil, name)
	}
	n.Key = s.names.lookup(name)
	i, c := s.peek(end + 1)
	if c != ':' {
		return s.fail(i, "expected :")
	}
	i, _ = s.peek(i + 1)
	return i
}

func (s *scanner) twice(member int) int {
	n := &s.nodes[member]
	const show = 64
	name := s.src[n.KeyOff:][:min(n.KeyLen, show)]
	return s.fail(int(n.KeyOff), "key "+string(slices.Concat([]byte{'"'}, name, []byte{'"'}))+" appears twice")
}
