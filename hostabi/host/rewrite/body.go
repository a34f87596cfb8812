package rewrite

// instr is one instruction. A prefix of its opcode is in the upper byte of op.
type instr struct {
	start, end uint32 // in the module
	op         uint16
	edit       edit
	arg        uint32 // first immediate: depth, index, or a constant's low 32 bits
}

// edit says how an instruction is written.
type edit uint8

const (
	keep    edit = iota // as it was, but for the function indexes that move
	drop                // not at all
	replace             // as op with arg
)

// body is a decoded function body: locals, then code whose last instruction is the end of the function.
type body struct {
	index        int    // among the functions defined in the module
	groups       uint32 // of locals
	firstGroup   int    // where the groups start
	code         int    // where the code starts
	variables    uint32 // parameters and locals
	instructions []instr
}

// opener is an open block in the decoder: its opcode, or opElse once that was seen.
type opener = byte

// decodeBody reads the body of a function, reusing the memory of b.
func (m *module) decodeBody(index int, b *body, open []opener) ([]opener, error) {
	f := m.functions[index]
	r := reader{buf: m.wasm, off: f.start, end: f.end}
	b.index, b.instructions = index, b.instructions[:0]
	m.decodeLocals(&r, b, uint32(m.types[f.typ].params))
	b.code = r.off
	open = append(open[:0], opBlock)
	for r.err == nil && len(open) > 0 {
		in := instr{start: uint32(r.off)}
		in.op, in.arg, open = m.instruction(&r, b, open)
		in.end = uint32(r.off)
		b.instructions = append(b.instructions, in)
	}
	return open, r.finish("function body")
}

func (m *module) decodeLocals(r *reader, b *body, params uint32) {
	start := r.off
	b.groups = r.count(maxLocals, "groups of locals")
	b.firstGroup = r.off
	var locals uint64
	for range b.groups {
		if r.err != nil {
			return
		}
		locals += uint64(r.u32())
		r.valueType()
	}
	m.locals += locals
	if locals > maxLocals || m.locals > maxModuleLocals {
		r.unsupported(start, "%d locals, more than %d in a function or %d in all", locals, maxLocals, maxModuleLocals)
	}
	b.variables = params + uint32(locals)
}

// instruction reads one instruction and keeps track of the blocks that are open.
func (m *module) instruction(r *reader, b *body, open []opener) (op uint16, arg uint32, _ []opener) {
	start := r.off
	code := r.byte()
	op = uint16(code)
	known := &coreOpcodes[code]
	if code == prefixMisc || code == prefixSIMD {
		op, known = r.prefixed(code)
	}
	if known.imm == immUnknown {
		r.unknownOpcode(start, code)
		return op, 0, open
	}
	if op <= opEnd {
		open = r.nest(start, code, open)
	}
	if op == opTableSet || op>>8 == prefixMisc {
		m.noteBulk(op)
	}
	return op, m.immediate(r, known.imm, b, len(open)), open
}

func (r *reader) nest(start int, code byte, open []opener) []opener {
	switch code {
	case opBlock, opLoop, opIf:
		return append(open, code)
	case opElse:
		if last := len(open) - 1; open[last] == opIf {
			open[last] = opElse
			return open
		}
		r.malformed(start, "else without if")
	case opEnd:
		return open[:len(open)-1]
	}
	return open
}

// prefixed reads the rest of a prefixed opcode, which must be written as short as it can be: the compiler reads only
// one byte of it and takes the next, 0x01, for a nop.
func (r *reader) prefixed(prefix byte) (op uint16, known *opcode) {
	start := r.off
	sub := r.unsigned(32)
	op = uint16(prefix)<<8 | uint16(sub&0xff)
	if short := sub < 0x80 && r.off == start+1 || sub >= 0x80 && r.off == start+2; sub > 0xff || !short {
		return op, &opcode{}
	}
	if prefix == prefixMisc {
		return op, &miscOpcodes[sub]
	}
	return op, &simdOpcodes[sub]
}

func (r *reader) unknownOpcode(start int, code byte) {
	if r.err != nil {
		return
	}
	feature := unknownFeature(code)
	if code == prefixSIMD {
		feature = "relaxed or unknown vector instruction"
	}
	r.unsupported(start, "%s: opcode % x", feature, r.buf[start:r.off])
}

// noteBulk notes what keeps data in the module or state out of a snapshot.
func (m *module) noteBulk(op uint16) {
	switch op {
	case opMemoryInit, opDataDrop:
		m.bulkData = true
	case opTableSet, opTableInit, opTableCopy, opTableGrow, opTableFill, opElemDrop:
		m.tableWrite = true
	}
}
