package rewrite

import "slices"

// Names of what metering adds to a module.
const (
	TickModule = "sluice1"     // module of the imported function
	TickName   = "tick"        // its name; its type is () -> ()
	FuelGlobal = "sluice_fuel" // exported mutable i64; negative means that tick will be called
)

const (
	importWeight = 200 // of a call that leaves the guest
	loopWeight   = 8   // of the check at a loop's header, which is more work than a short loop is
	pathWeight   = 24  // of code that may be skipped, from which on it is charged apart
	leafWeight   = 32  // of a function that calls nothing and doesn't loop, up to which its callers' calls pay for it
)

// chargeKind says where a charge stands and so when it is needed.
type chargeKind uint8

const (
	chargeEntry  chargeKind = iota // start of a function: checks
	chargeLoop                     // loop header: checks, unless nothing branches to it
	chargeLabel                    // end of a block that a branch table leads to
	chargePath                     // arm of an if, or what follows a conditional branch
	chargeResume                   // for a call that resumes a dispatch function
	chargeNone                     // paid by its parent
)

// charge is a point where fuel is taken for the instructions that follow it up to the next one. Whoever reaches such an
// instruction has passed the charge after the last time that it executed the instruction.
type charge struct {
	at     int // index of the instruction it stands before
	parent int // the charge that was in force here, which dominates this one
	weight int64
	kind   chargeKind
	again  bool // a branch leads back to this loop
	first  bool // this loop is reached from the entry always, and without a call on the way
}

// frame is an open block.
type frame struct {
	outer  int  // the charge in force where it was opened
	loop   int  // the charge of the loop, or -1
	tabled bool // a branch table leads to its end
}

// meter finds the charges of one function.
type meter struct {
	wasm     []byte
	imports  uint32 // number of imported functions in the original
	frames   []frame
	charges  []charge
	current  int  // the charge in force
	straight bool // everything so far is executed whenever the function is called, and doesn't call
	calls    bool
	bulk     bool // some instruction is charged by its length
	ledger   ledger
}

func (t *meter) charge(at int, parent int, kind chargeKind) {
	t.current = len(t.charges)
	t.charges = append(t.charges, charge{at: at, parent: parent, kind: kind})
}

// measure fills charges for the instructions of a function.
func (t *meter) measure(instructions []instr, exported bool) {
	t.frames, t.charges = append(t.frames[:0], frame{loop: -1}), t.charges[:0]
	t.straight, t.calls, t.bulk = true, false, false
	t.charge(0, 0, chargeEntry)
	for i := range instructions {
		in := &instructions[i]
		if in.edit != drop {
			t.charges[t.current].weight += t.weigh(in)
			t.control(i, in)
		}
	}
	t.settle(exported)
	t.charges = slices.DeleteFunc(t.charges, func(c charge) bool { return c.kind == chargeNone })
}

func (t *meter) weigh(in *instr) int64 {
	switch in.op >> 8 {
	case prefixMisc:
		t.bulk = t.bulk || bulkShift(in.op) > 0
		return int64(miscOpcodes[in.op&0xff].weight)
	case prefixSIMD:
		return int64(simdOpcodes[in.op&0xff].weight)
	}
	if in.op == opCall && in.arg < t.imports {
		return importWeight
	}
	return int64(coreOpcodes[in.op].weight)
}

func (t *meter) control(i int, in *instr) {
	switch in.op {
	case opBlock:
		t.frames = append(t.frames, frame{outer: t.current, loop: -1})
	case opLoop:
		t.frames = append(t.frames, frame{outer: t.current, loop: len(t.charges)})
		t.charge(i+1, t.current, chargeLoop)
		t.charges[t.current].first = t.straight
	case opIf:
		t.frames = append(t.frames, frame{outer: t.current, loop: -1})
		t.charge(i+1, t.current, chargePath)
		t.straight = false
	case opElse:
		t.charge(i+1, t.frames[len(t.frames)-1].outer, chargePath)
	case opEnd:
		t.end(i)
	case opBr, opBrIf, opBrTable:
		t.branch(i, in)
	case opReturn, opUnreachable:
		t.straight = false
	case opCall, opCallIndirect:
		t.straight, t.calls = false, true
	}
}

func (t *meter) end(i int) {
	last := len(t.frames) - 1
	f := t.frames[last]
	t.frames = t.frames[:last]
	t.current = f.outer
	if f.tabled && last > 0 {
		t.charge(i+1, f.outer, chargeLabel)
	}
}

func (t *meter) branch(i int, in *instr) {
	t.straight = false
	switch in.op {
	case opBrTable:
		r := reader{buf: t.wasm, off: int(in.start) + 1, end: int(in.end)}
		for range r.u32() + 1 {
			f := t.target(r.u32())
			f.tabled = f.loop < 0
		}
	case opBrIf:
		t.target(in.arg)
		t.charge(i+1, t.current, chargePath)
	default:
		t.target(in.arg)
	}
}

// target notes a branch and returns the frame it leads to.
func (t *meter) target(depth uint32) *frame {
	f := &t.frames[len(t.frames)-1-int(depth)]
	if f.loop >= 0 {
		t.charges[f.loop].again = true
	}
	return f
}

// settle lets parents pay what isn't worth a charge of its own: loops that don't repeat, short paths, and the entry of
// a function that begins with a loop.
func (t *meter) settle(exported bool) {
	loops, first := false, -1
	for i := len(t.charges) - 1; i > 0; i-- {
		c := &t.charges[i]
		switch c.kind {
		case chargeLoop:
			if !c.again {
				t.fold(c)
				continue
			}
			loops = true
			c.weight += loopWeight
			if c.first {
				first = i
			}
		case chargePath:
			if c.weight < pathWeight {
				t.fold(c)
			}
		case chargeLabel:
			if c.weight == 0 {
				t.fold(c)
			}
		}
	}
	t.settleEntry(exported, loops, first)
}

func (t *meter) settleEntry(exported, loops bool, first int) {
	entry := &t.charges[0]
	switch {
	case first > 0 && entry.weight < pathWeight:
		t.charges[first].weight += entry.weight
		entry.kind = chargeNone
	case first > 0:
		entry.kind = chargeLabel
	case !exported && !loops && !t.calls && !t.bulk && t.total() <= leafWeight:
		entry.kind = chargeNone
	}
}

// total is the weight of the whole function, when nothing loops.
func (t *meter) total() (weight int64) {
	for _, c := range t.charges {
		if c.kind != chargeNone {
			weight += c.weight
		}
	}
	return weight
}

func (t *meter) fold(c *charge) {
	t.charges[c.parent].weight += c.weight
	c.kind = chargeNone
}
