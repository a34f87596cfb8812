package rewrite

// immediate reads what follows an opcode and returns the first number in it. Every index is checked against the
// original module: what is added to it must not become reachable.
func (m *module) immediate(r *reader, imm immediate, b *body, depth int) (arg uint32) {
	switch imm {
	case immNone:
	case immBlock:
		return m.blockType(r)
	case immLabel:
		return r.label(depth)
	case immLabels:
		r.labels(depth)
	case immFunction:
		return m.callee(r)
	case immIndirect:
		m.typeIndex(r)
		m.tableIndex(r)
	case immLocal:
		return r.local(b.variables)
	case immGlobal:
		return m.globalIndex(r)
	case immI32:
		return uint32(r.signed(32))
	case immI64:
		return uint32(r.signed(64))
	case imm4:
		r.skip(4)
	case imm8:
		r.skip(8)
	case imm16:
		r.skip(16)
	case immLane:
		r.skip(1)
	case immTypes:
		r.selectType()
	case immRef:
		r.refType()
	case immMemarg:
		m.memarg(r)
	case immMemLane:
		m.memarg(r)
		r.skip(1)
	default:
		m.bulk(r, imm)
	}
	return arg
}

// bulk reads the immediates of instructions on ranges of memory, tables and segments.
func (m *module) bulk(r *reader, imm immediate) {
	switch imm {
	case immMemory:
		m.memoryZero(r)
	case immCopy:
		m.memoryZero(r)
		m.memoryZero(r)
	case immData:
		m.dataIndex(r)
	case immInit:
		m.dataIndex(r)
		m.memoryZero(r)
	case immTable:
		m.tableIndex(r)
	case immTables:
		m.tableIndex(r)
		m.tableIndex(r)
	case immElem:
		m.elemIndex(r)
	case immElemInit:
		m.elemIndex(r)
		m.tableIndex(r)
	}
}

// blockType returns 0 for a block without parameters and results that says so in one byte, and 1 for others.
func (m *module) blockType(r *reader) uint32 {
	start := r.off
	if r.more() && r.buf[r.off] == emptyBlock {
		r.off++
		return 0
	}
	if r.more() && r.buf[r.off]&0xc0 == 0x40 {
		r.valueType()
		return 1
	}
	if i := r.signed(33); r.err == nil && (i < 0 || i >= int64(len(m.types))) {
		r.malformed(start, "block type %d", i)
	}
	return 1
}

func (r *reader) label(depth int) uint32 {
	start := r.off
	l := r.u32()
	if r.err == nil && int(l) >= depth {
		r.malformed(start, "branch out of %d blocks to depth %d", depth, l)
	}
	return l
}

func (r *reader) labels(depth int) {
	for range r.count(maxModule, "branch targets") {
		if r.err != nil {
			return
		}
		r.label(depth)
	}
	r.label(depth)
}

func (m *module) callee(r *reader) uint32 {
	start := r.off
	i := r.u32()
	if r.err == nil && i >= m.functionCount() {
		r.malformed(start, "function %d doesn't exist", i)
	}
	return i
}

func (r *reader) local(variables uint32) uint32 {
	start := r.off
	i := r.u32()
	if r.err == nil && i >= variables {
		r.malformed(start, "local %d doesn't exist", i)
	}
	return i
}

func (r *reader) selectType() {
	start := r.off
	if n := r.byte(); n != 1 {
		r.malformed(start, "select of %d types", n)
	}
	r.valueType()
}

func (m *module) memarg(r *reader) {
	start := r.off
	switch align := r.u32(); {
	case align&0x40 != 0:
		r.unsupported(start, "multiple memories")
	case align >= 32:
		r.malformed(start, "alignment exponent %d", align)
	}
	r.u32()
}

func (m *module) dataIndex(r *reader) {
	start := r.off
	if i := r.u32(); r.err == nil && i >= m.dataCount {
		r.malformed(start, "data segment %d is not counted", i)
	}
}

func (m *module) elemIndex(r *reader) {
	start := r.off
	if i := r.u32(); r.err == nil && i >= m.sections[sectionElement].count {
		r.malformed(start, "element segment %d doesn't exist", i)
	}
}
