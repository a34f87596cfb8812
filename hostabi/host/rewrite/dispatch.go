package rewrite

// Go compiles a function with more than one entry to
//
//	straight code and block…
//	loop
//	  block block …                   one for each label, the first label's innermost
//	    local.get 0
//	    br_table …
//	  end  code of label 0
//	  end  code of label 1
//	  …
//	end
//	more code
//
// and a jump to a label to i32.const N; local.set 0; br to the loop, where entry N of the table leads to the label. A
// caller enters at a label, to resume the function, through parameter 0.

// dispatch is a function of that shape, in which local 0 serves nothing else and no other loop occurs. So execution
// goes forward in the text, but for its jumps.
type dispatch struct {
	loop    int      // index of the loop instruction
	end     int      // index of its end
	blocks  int      // number of labels
	labels  []int    // index of the end in front of each label's code
	targets []uint32 // label of each table entry; the last is for all other numbers
	ways    []way    // in the order of the text
}

// way is a branch to a label.
type way struct {
	at     int    // index of its first instruction
	label  int    // the label whose code it is in
	to     int    // the label it leads to
	nested uint32 // blocks open inside the label's code
	jump   bool   // through the loop, with an i32.const, a local.set and a br
}

// recognize fills d if the function has the shape.
func (d *dispatch) recognize(wasm []byte, ins []instr) bool {
	d.labels, d.ways, d.targets = d.labels[:0], d.ways[:0], d.targets[:0]
	table, ok := d.head(ins)
	if !ok || !d.table(wasm, ins[table]) {
		return false
	}
	next, ok := d.code(ins, table+1)
	return ok && d.tail(ins[next:])
}

// head finds the loop and its table.
func (d *dispatch) head(ins []instr) (table int, ok bool) {
	d.loop = 0
	for straight(&ins[d.loop]) || ins[d.loop].op == opBlock {
		d.loop++
	}
	if ins[d.loop].op != opLoop || ins[d.loop].arg != 0 {
		return 0, false
	}
	i := d.loop + 1
	for i < len(ins) && ins[i].op == opBlock && ins[i].arg == 0 {
		i++
	}
	d.blocks = i - d.loop - 1
	if d.blocks == 0 || i+2 >= len(ins) || ins[i].op != opLocalGet || ins[i].arg != 0 {
		return 0, false
	}
	return i + 1, ins[i+1].op == opBrTable && ins[i+2].op == opEnd
}

// straight tells whether an instruction always goes on to the next one, within the function.
func straight(in *instr) bool {
	switch in.op {
	case opUnreachable, opBlock, opLoop, opIf, opElse, opEnd, opBr, opBrIf, opBrTable, opReturn, opCall, opCallIndirect:
		return false
	}
	return true
}

func (d *dispatch) table(wasm []byte, in instr) bool {
	r := reader{buf: wasm, off: int(in.start) + 1, end: int(in.end)}
	for range r.u32() + 1 {
		target := r.u32()
		if int(target) >= d.blocks {
			return false
		}
		d.targets = append(d.targets, target)
	}
	return true
}

// code walks through the code of the labels up to the end of the loop.
func (d *dispatch) code(ins []instr, from int) (next int, ok bool) {
	nested := uint32(0)
	for i := from; i < len(ins); i++ {
		in := &ins[i]
		switch in.op {
		case opBlock, opIf:
			nested++
		case opEnd:
			if nested > 0 {
				nested--
				continue
			}
			if len(d.labels) == d.blocks {
				d.end = i
				return i + 1, true
			}
			d.labels = append(d.labels, i)
		case opBr, opBrIf:
			if !d.branch(ins, i, nested) {
				return 0, false
			}
		case opLoop, opBrTable:
			return 0, false
		default:
			if usesSelector(in) && !isJump(ins, i-1) {
				return 0, false
			}
		}
	}
	return 0, false
}

// usesSelector tells whether an instruction reads or writes local 0.
func usesSelector(in *instr) bool {
	return in.op >= opLocalGet && in.op <= opLocalTee && in.arg == 0
}

// isJump tells whether a number is put into local 0 at i, in front of a branch.
func isJump(ins []instr, i int) bool {
	return ins[i].op == opI32Const && ins[i+1].op == opLocalSet && ins[i+1].arg == 0 && ins[i+2].op == opBr
}

// branch notes a branch that leads to a label or to the loop.
func (d *dispatch) branch(ins []instr, i int, nested uint32) bool {
	jump := isJump(ins, i-2)
	if ins[i].arg < nested {
		return !jump
	}
	label := len(d.labels) - 1
	to := label + 1 + int(ins[i].arg-nested)
	switch {
	case to < d.blocks && !jump:
		d.ways = append(d.ways, way{i, label, to, nested, false})
	case to == d.blocks && jump:
		n := min(ins[i-2].arg, uint32(len(d.targets)-1))
		d.ways = append(d.ways, way{i - 2, label, int(d.targets[n]), nested, true})
	default:
		return to > d.blocks && !jump
	}
	return true
}

// tail checks the code after the loop.
func (d *dispatch) tail(ins []instr) bool {
	for i := range ins {
		if in := &ins[i]; usesSelector(in) || in.op == opLoop || in.op == opBrTable {
			return false
		}
	}
	return true
}
