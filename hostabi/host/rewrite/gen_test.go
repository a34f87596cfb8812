package rewrite

// gen makes a random valid module out of bytes. Its functions are of type (i32, i32) -> i32, or (i32) -> i32 of Go's
// shape; each counts down the global steps when it is called and where it loops, and returns when none are left.
type gen struct {
	bytes []byte
	funcs []string // signatures
	open  int      // blocks
	vars  int      // locals of the current function
	first int      // the first local that statements may write
}

// Globals of a generated module.
const (
	globalSteps = iota
	globalState
	generatedGlobals
)

const maxSteps = 3000

func (g *gen) next() int {
	if len(g.bytes) == 0 {
		return 0
	}
	b := g.bytes[0]
	g.bytes = g.bytes[1:]
	return int(b)
}

func (g *gen) below(n int) int { return g.next() % n }

func generate(data []byte) []byte {
	g := &gen{bytes: data}
	var b builder
	b.memory(1)
	for range generatedGlobals {
		b.global('i', 0)
	}
	b.export("steps", kindGlobal, globalSteps)
	b.export("state", kindGlobal, globalState)
	b.data(100, "some data to read and to copy")
	var indexes []byte
	for i := range 1 + g.below(4) {
		g.funcs = append(g.funcs, []string{"ii:i", "i:i"}[g.below(2)])
		indexes = append(indexes, byte(i))
	}
	b.table(indexes...)
	b.raw = map[byte][]byte{sectionDataCount: {1}}
	for i, sig := range g.funcs {
		b.fn("f"+string(rune('0'+i)), sig, "iii", g.function(sig, &b))
	}
	return b.bytes()
}

func (g *gen) function(sig string, b *builder) []byte {
	g.open = 0
	if sig == "i:i" {
		g.vars, g.first = 4, 1
		if g.below(4) == 0 {
			g.first = 0 // not Go's shape: local 0 is used
		}
		return g.dispatcher(b)
	}
	g.vars, g.first = 5, 0
	return cat(g.step(), g.block(b, 3), g.value(2))
}

// step returns from the function when no steps are left.
func (g *gen) step() []byte {
	return cat(opGlobalGet, globalSteps, opI32Const, 1, 0x6b, opGlobalSet, globalSteps,
		opGlobalGet, globalSteps, opI32Const, 0, 0x48, opIf, empty, opI32Const, 0, opReturn, opEnd)
}

func (g *gen) block(b *builder, depth int) (code []byte) {
	for range 1 + g.below(4) {
		code = append(code, g.statement(b, depth)...)
	}
	return code
}

func (g *gen) local() int { return g.first + g.below(g.vars-g.first) }

// value is an expression of type i32.
func (g *gen) value(depth int) []byte {
	kind := g.below(10)
	if depth == 0 {
		kind %= 3
	}
	switch kind {
	case 0:
		return cat(opI32Const, int32(g.next()-100))
	case 1:
		return cat(opLocalGet, g.local())
	case 2:
		return cat(opGlobalGet, globalState)
	case 3:
		return cat(g.value(depth-1), 0x28, 0, g.below(64)) // i32.load, out of bounds when negative
	case 4:
		return cat(g.value(depth-1), 0x45)
	case 5:
		return cat(g.value(depth-1), g.value(depth-1), g.value(depth-1), 0x1b)
	case 6:
		return cat(g.value(depth-1), 0xac, g.value(depth-1), 0xad, 0x7c+g.below(3), 0xa7) // in 64 bits
	case 7:
		return cat(g.value(depth-1), 0xb7, 0x9f, prefixMisc, 3) // through a float
	case 8:
		return cat(g.value(depth-1), prefixSIMD, 0x0f, prefixSIMD, 0xe4-0x80, prefixSIMD, 0x0f, prefixSIMD, 0x15, 3)
	}
	return cat(g.value(depth-1), g.value(depth-1), 0x6a+g.below(15)) // divisions may trap
}

func (g *gen) statement(b *builder, depth int) []byte {
	if depth == 0 {
		return cat(g.value(2), opLocalSet, g.local())
	}
	switch g.below(14) {
	case 0, 1:
		return cat(g.value(3), opLocalSet, g.local())
	case 2:
		return cat(g.value(2), opI32Const, int32(0xfff), 0x71, g.value(2), 0x36, 0, g.below(64))
	case 3:
		return cat(g.value(2), opGlobalSet, globalState)
	case 4:
		return cat(g.value(2), opIf, empty, g.nested(b, depth), opElse, g.nested(b, depth), opEnd)
	case 5:
		return cat(g.value(2), opIf, empty, g.nested(b, depth), opEnd)
	case 6:
		return cat(opBlock, empty, g.nested(b, depth), opEnd)
	case 7, 8:
		return cat(opLoop, empty, g.step(), g.nested(b, depth), g.value(2), opBrIf, 0, opEnd)
	case 9:
		if g.open > 0 { // the end of the function wants a value
			return cat(g.value(1), opBrIf, g.below(g.open))
		}
		return cat(opBlock, empty, g.value(1), opBrIf, 0, opEnd)
	case 10:
		return cat(opBlock, empty, g.nested(b, depth), opBlock, empty, g.value(2), g.table(2), opEnd, opEnd)
	case 11:
		return g.call(b)
	case 12:
		length := cat(g.value(1), opI32Const, int32(0xff), 0x71)
		return cat(opI32Const, int32(200+g.next()), g.value(1), length, opMemoryCopy, 0, 0)
	}
	length := cat(g.value(1), opI32Const, int32(0xff), 0x71)
	return cat(opI32Const, int32(200+g.next()), g.value(1), length, opMemoryFill, 0)
}

func (g *gen) nested(b *builder, depth int) []byte {
	g.open++
	defer func() { g.open-- }()
	return g.block(b, depth-1)
}

// table branches to the innermost n blocks.
func (g *gen) table(n int) []byte {
	code := cat(opBrTable, 3)
	for range 4 {
		code = append(code, byte(g.below(n)))
	}
	return code
}

// call calls a function, or through the table any that fits.
func (g *gen) call(b *builder) []byte {
	callee := g.below(len(g.funcs))
	args := g.value(1)
	if g.funcs[callee] == "ii:i" {
		args = cat(args, g.value(1))
	}
	if g.below(2) == 0 {
		return cat(args, opCall, callee, opLocalSet, g.local())
	}
	return cat(args, opI32Const, callee, opCallIndirect, b.typ(g.funcs[callee]), 0, opLocalSet, g.local())
}
