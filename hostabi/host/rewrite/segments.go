package rewrite

// constant is the value of an initializer, when it is an i32 constant.
type constant struct {
	known bool
	value uint32
}

// constant reads an initializer: one instruction and its end.
func (m *module) constant(r *reader, s *section) (c constant) {
	start := r.off
	switch op := r.byte(); op {
	case opI32Const:
		c = constant{true, uint32(r.signed(32))}
	case opI64Const:
		r.signed(64)
	case opF32Const:
		r.skip(4)
	case opF64Const:
		r.skip(8)
	case opGlobalGet:
		m.globalIndex(r)
	case opRefNull:
		r.refType()
	case opRefFunc:
		m.functionIndex(r, s)
	case prefixSIMD:
		if sub := r.byte(); sub != opV128Const&0xff {
			r.unsupported(start, "%s in an initializer", simdOpcodes[sub].name)
		}
		r.skip(16)
	default:
		r.unsupported(start, "%s in an initializer", instructionName(op))
	}
	at := r.off
	if op := r.byte(); r.err == nil && op != opEnd {
		r.unsupported(at, "extended constant expressions: %s in an initializer", instructionName(op))
	}
	return c
}

func instructionName(op byte) string {
	if name := coreOpcodes[op].name; name != "" {
		return name
	}
	return unknownFeature(op)
}

func (m *module) globalIndex(r *reader) uint32 {
	start := r.off
	i := r.u32()
	if r.err == nil && int(i) >= len(m.globals) {
		r.malformed(start, "global %d doesn't exist", i)
	}
	return i
}

func (m *module) tableIndex(r *reader) {
	start := r.off
	i := r.u32()
	if r.err == nil && int(i) >= m.importedTables+len(m.tables) {
		r.malformed(start, "table %d doesn't exist", i)
	}
}

func (m *module) decodeElements(r *reader, s *section) {
	s.vector(r, "element segments", maxItems, func() { m.decodeElement(r, s) })
}

// decodeElement reads an element segment. Bit 0 of its kind means passive or declarative, bit 1 an explicit table (or
// declarative), bit 2 expressions instead of function indexes.
func (m *module) decodeElement(r *reader, s *section) {
	start := r.off
	kind := r.u32()
	if kind > 7 {
		r.malformed(start, "element segment kind %d", kind)
	}
	active, explicit, expressions := kind&1 == 0, kind&2 != 0, kind&4 != 0
	if active {
		if explicit {
			m.tableIndex(r)
		}
		m.constant(r, s)
	}
	if !active || explicit {
		r.elementKind(expressions)
	}
	for range r.count(maxItems, "elements") {
		switch {
		case r.err != nil:
			return
		case expressions:
			m.constant(r, s)
		default:
			m.functionIndex(r, s)
		}
	}
}

func (r *reader) elementKind(expressions bool) {
	if expressions {
		r.refType()
		return
	}
	start := r.off
	if kind := r.byte(); kind != 0 {
		r.malformed(start, "element kind %d", kind)
	}
}

func (m *module) decodeCode(r *reader, s *section) {
	i := 0
	s.vector(r, "function bodies", maxItems, func() {
		start := r.off
		body := r.sub(r.u32())
		if body.end-body.off > maxBody {
			r.unsupported(start, "function of more than %d bytes", maxBody)
			return
		}
		if i >= len(m.functions) {
			r.malformed(start, "more function bodies than functions")
			return
		}
		m.functions[i].start, m.functions[i].end = body.off, body.end
		i++
	})
}

func (m *module) decodeData(r *reader, s *section) {
	s.vector(r, "data segments", maxItems, func() {
		d := dataSegment{at: r.off}
		kind := r.u32()
		switch kind {
		case 0, 2:
			if kind == 2 {
				m.memoryZero(r)
			}
			c := m.constant(r, s)
			d.constant, d.offset = c.known, c.value
		case 1:
			d.passive = true
		default:
			r.malformed(d.at, "data segment kind %d", kind)
		}
		d.bytes = r.bytes(r.u32())
		m.data = append(m.data, d)
	})
}

// memoryZero reads the index of the memory, written in one byte.
func (m *module) memoryZero(r *reader) {
	start := r.off
	if r.byte() != 0 {
		r.unsupported(start, "multiple memories")
	}
}
