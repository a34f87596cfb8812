package rewrite

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
)

// sampleImmediates are valid in opcodeModule.
var sampleImmediates = map[immediate][]byte{
	immNone: {}, immBlock: {emptyBlock}, immLabel: {0}, immLabels: {1, 0, 0}, immFunction: {0}, immIndirect: {0, 0},
	immLocal: {0}, immGlobal: {0}, immTable: {0}, immMemarg: {0, 5}, immMemory: {0}, immCopy: {0, 0}, immData: {0},
	immInit: {0, 0}, immElem: {0}, immElemInit: {0, 0}, immTables: {0, 0}, immI32: {0xff, 0x7e}, immI64: {0x80, 0x7f},
	imm4: {1, 2, 3, 4}, imm8: {1, 2, 3, 4, 5, 6, 7, 8}, imm16: make([]byte, 16), immTypes: {1, valueI32}, immRef: {refFunc},
	immLane: {1}, immMemLane: {0, 5, 1},
}

// opcodeModule holds one instruction, in code that is never reached, where operands of all types are at hand.
func opcodeModule(instruction []byte) []byte {
	var b builder
	b.memory(1)
	b.global('i', 0)
	b.table(0)
	b.add(sectionData, []byte{1, 0})
	b.raw = map[byte][]byte{sectionDataCount: {1}}
	tail := []any{opUnreachable}
	switch instruction[0] {
	case opBlock, opLoop, opIf:
		tail = []any{opEnd, opUnreachable}
	case opElse:
		instruction = append([]byte{opIf, emptyBlock}, instruction...)
		tail = []any{opEnd, opUnreachable}
	case opEnd:
		instruction = append([]byte{opBlock, emptyBlock}, instruction...)
	case opRefFunc:
		tail = []any{0x1a, opUnreachable}
	}
	b.fn("f", ":", "i", opUnreachable, instruction, tail)
	return b.bytes()
}

func compiles(t testing.TB, r wazero.Runtime, wasm []byte) error {
	t.Helper()
	c, err := r.CompileModule(context.Background(), wasm)
	if err == nil {
		c.Close(context.Background())
	}
	return err
}

// TestOpcodes proves that the tables list what the compiler knows, with the immediates that it reads.
func TestOpcodes(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	for _, set := range []struct {
		table  *[256]opcode
		prefix byte
	}{{coreOpcodes, 0}, {miscOpcodes, prefixMisc}, {simdOpcodes, prefixSIMD}} {
		for i, op := range set.table {
			if set.prefix == 0 && (i == prefixMisc || i == prefixSIMD) {
				continue
			}
			code := []byte{byte(i)}
			if set.prefix != 0 {
				code = appendU32([]byte{set.prefix}, uint32(i))
			}
			if op.imm != immUnknown {
				checkKnown(t, r, op, opcodeModule(append(code, sampleImmediates[op.imm]...)))
				continue
			}
			wasm := opcodeModule(append(code, 0, 0))
			if _, err := Rewrite(wasm, Options{}); err == nil {
				t.Errorf("% x is not known, but accepted", code)
			}
			if compiles(t, r, wasm) == nil {
				t.Errorf("% x is not known, but the compiler accepts it", code)
			}
		}
	}
}

func checkKnown(t *testing.T, r wazero.Runtime, op opcode, wasm []byte) {
	t.Helper()
	if err := compiles(t, r, wasm); err != nil {
		t.Errorf("%s: %v", op.name, err)
		return
	}
	for _, o := range []Options{{}, everything} {
		m, err := Rewrite(wasm, o)
		if err != nil {
			t.Errorf("%s: %v", op.name, err)
			return
		}
		if err := compiles(t, r, m.Wasm); err != nil {
			t.Errorf("%s, rewritten with %+v: %v", op.name, o, err)
		}
	}
}
