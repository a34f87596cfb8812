package rewrite

// emitter writes function bodies.
type emitter struct {
	wasm   []byte
	copied int    // up to where the original is written
	out    []byte // one function
	fuel   uint32 // index of the fuel global
	tick   uint32 // index of the tick import, and the first function index that moves
	shift  uint32 // by how much function indexes move
	temp   uint32 // index of the local that holds a length
}

// flush writes the original up to an offset.
func (e *emitter) flush(to int) {
	e.out = append(e.out, e.wasm[e.copied:to]...)
	e.copied = to
}

// function writes the body of a function.
func (e *emitter) function(b *body, charges []charge, bulk bool) []byte {
	e.out, e.temp = e.out[:0], b.variables
	e.locals(b, bulk)
	for i := range b.instructions {
		for len(charges) > 0 && charges[0].at == i {
			e.flush(int(b.instructions[i].start))
			e.charge(charges[0])
			charges = charges[1:]
		}
		if in := &b.instructions[i]; in.edit != keep || in.op == opCall || in.op == opRefFunc || in.op>>8 == prefixMisc {
			e.instruction(in, bulk)
		}
	}
	e.flush(int(b.instructions[len(b.instructions)-1].end))
	return e.out
}

func (e *emitter) locals(b *body, bulk bool) {
	e.copied = b.firstGroup
	if !bulk {
		e.out = appendU32(e.out, b.groups)
		e.flush(b.code)
		return
	}
	e.out = appendU32(e.out, b.groups+1)
	e.flush(b.code)
	e.out = append(e.out, 1, valueI32)
}

func (e *emitter) instruction(in *instr, bulk bool) {
	switch {
	case in.edit == drop:
		e.flush(int(in.start))
		e.copied = int(in.end)
	case in.edit == replace:
		e.flush(int(in.start))
		e.out = appendU32(append(e.out, byte(in.op)), in.arg)
		e.copied = int(in.end)
	case in.op == opCall || in.op == opRefFunc:
		e.flush(int(in.start) + 1)
		e.out = appendU32(e.out, e.moved(in.arg))
		e.copied = int(in.end)
	case bulk && bulkShift(in.op) > 0:
		e.flush(int(in.start))
		e.length(bulkShift(in.op))
	}
}

// moved is where a function of the original is now.
func (e *emitter) moved(index uint32) uint32 {
	if index >= e.tick {
		return index + e.shift
	}
	return index
}

// charge writes a charge.
func (e *emitter) charge(c charge) {
	switch c.kind {
	case chargeEntry, chargeLoop:
		e.take(c.weight)
		e.check()
	case chargeResume:
		e.out = append(e.out, opLocalGet, 0, opIf, emptyBlock)
		e.take(c.weight)
		e.out = append(e.out, opEnd)
	default:
		e.take(c.weight)
	}
}

// take takes a weight from the fuel.
func (e *emitter) take(weight int64) {
	if weight == 0 {
		return
	}
	e.get()
	e.out = appendS64(append(e.out, opI64Const), weight)
	e.out = append(e.out, opI64Sub)
	e.set()
}

// length takes fuel for the length on top of the stack.
func (e *emitter) length(shift byte) {
	e.out = appendU32(append(e.out, opLocalSet), e.temp)
	e.get()
	e.out = appendU32(append(e.out, opLocalGet), e.temp)
	e.out = append(e.out, opI64ExtendU, opI64Const, shift, opI64ShrU, opI64Sub)
	e.set()
	e.check()
	e.out = appendU32(append(e.out, opLocalGet), e.temp)
}

// check calls tick when the fuel is negative.
func (e *emitter) check() {
	e.get()
	e.out = append(e.out, opI64Const, 0, opI64LtS, opIf, emptyBlock, opCall)
	e.out = appendU32(e.out, e.tick)
	e.out = append(e.out, opEnd)
}

func (e *emitter) get() { e.out = appendU32(append(e.out, opGlobalGet), e.fuel) }
func (e *emitter) set() { e.out = appendU32(append(e.out, opGlobalSet), e.fuel) }

const emptyBlock = 0x40

// bulkShift says by how much a bulk instruction's length, which is on top of the stack, is divided for its weight: one
// unit is two bytes or elements, about what memory does in its time. It is 0 for other instructions.
func bulkShift(op uint16) byte {
	switch op {
	case opMemoryInit, opMemoryCopy, opMemoryFill, opTableInit, opTableCopy, opTableFill, opTableGrow:
		return 1
	}
	return 0
}
