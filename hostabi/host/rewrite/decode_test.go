package rewrite

import (
	"errors"
	"strings"
	"testing"
)

// raw returns a module of whole sections.
func raw(sections ...[]byte) []byte {
	out := []byte(header)
	for _, s := range sections {
		out = appendSection(out, s[0], s[1:])
	}
	return out
}

// withCode returns a module with one function without parameters and results, and what its code may use.
func withCode(code ...any) []byte {
	var b builder
	b.memory(1)
	b.global('i', 0)
	b.table(0)
	b.fn("f", ":", "i", code...)
	return b.bytes()
}

func TestRefused(t *testing.T) {
	unsupported, malformed := "unsupported", "malformed"
	for _, c := range []struct {
		name, kind, want string
		wasm             []byte
	}{
		{"empty", malformed, "no wasm header", nil},
		{"component", unsupported, "binary version", []byte("\x00asm\x0d\x00\x01\x00")},
		{"section id", unsupported, "section with id 14", raw([]byte{14})},
		{"tag section", unsupported, "exception handling", raw([]byte{13, 0})},
		{"order", malformed, "out of order", raw([]byte{3, 0}, []byte{1, 0})},
		{"twice", malformed, "out of order", raw([]byte{1, 0}, []byte{1, 0})},
		{"section too long", malformed, "goes past the end", []byte(header + "\x01\x05\x00")},
		{"section too short", malformed, "don't fit", raw([]byte{1, 1})},
		{"section with rest", malformed, "longer than its content", raw([]byte{1, 0, 0})},
		{"count without entries", malformed, "don't fit", raw([]byte{1, 100})},
		{"huge count", unsupported, "types, more than", raw([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})},
		{"long integer", malformed, "more than 32 bits", raw([]byte{1, 0x80, 0x80, 0x80, 0x80, 0x10})},
		{"struct type", unsupported, "garbage collection", raw([]byte{1, 1, 0x5f, 0})},
		{"recursive types", unsupported, "garbage collection", raw([]byte{1, 1, 0x4e, 0})},
		{"value type", malformed, "value type 0x10", raw([]byte{1, 1, 0x60, 1, 0x10, 0})},
		{"exnref", unsupported, "exception handling", raw([]byte{1, 1, 0x60, 1, 0x69, 0})},
		{"typed reference", unsupported, "typed function references", raw([]byte{1, 1, 0x60, 2, 0x64, 0, 0})},
		{"missing type", malformed, "type 0 doesn't exist", raw([]byte{3, 1, 0})},
		{"tick import", unsupported, "import sluice1.tick (reserved)", raw([]byte{1, 1, 0x60, 0, 0}, cat(2, 1, appendName(nil, TickModule), appendName(nil, TickName), 0, 0))},
		{"tag import", unsupported, "exception handling", raw([]byte{2, 1, 0, 0, 4, 0})},
		{"import kind", malformed, "import kind 9", raw([]byte{2, 1, 0, 0, 9})},
		{"bodies missing", malformed, "0 function bodies for 1", raw([]byte{1, 1, 0x60, 0, 0}, []byte{3, 1, 0})},
		{"shared memory", unsupported, "threads", raw([]byte{5, 1, 3, 1, 1})},
		{"memory64", unsupported, "64-bit", raw([]byte{5, 1, 4, 1})},
		{"limits", malformed, "limits 0x8", raw([]byte{5, 1, 8, 1})},
		{"limits reversed", malformed, "limits from 2 to 1", raw([]byte{5, 1, 1, 2, 1})},
		{"memory too large", malformed, "more than 65536 pages", raw([]byte{5, 1, 0, 0x81, 0x80, 4})},
		{"two memories", unsupported, "multiple memories", raw([]byte{5, 2, 0, 1, 0, 1})},
		{"table initializer", unsupported, "typed function references", raw([]byte{4, 1, 0x40, 0})},
		{"table too large", unsupported, "table of 2097152 elements", raw([]byte{4, 1, 0x70, 0, 0x80, 0x80, 0x80, 1})},
		{"mutability", malformed, "mutability 2", raw([]byte{6, 1, 0x7f, 2})},
		{"initializer", unsupported, "i32.add in an initializer", raw([]byte{6, 1, 0x7f, 0, 0x6a, 0x0b})},
		{"long initializer", unsupported, "extended constant", raw([]byte{6, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b})},
		{"global in initializer", malformed, "global 0 doesn't exist", raw([]byte{6, 1, 0x7f, 0, 0x23, 0, 0x0b})},
		{"reserved export", unsupported, "export sluice_fuel (reserved)", raw(cat(7, 1, appendName(nil, FuelGlobal), 3, 0))},
		{"reserved prefix", unsupported, "(reserved)", raw(cat(7, 1, appendName(nil, "sluice_global_x"), 3, 0))},
		{"export of nothing", malformed, "function 0 doesn't exist", raw([]byte{7, 1, 0, 0, 0})},
		{"export of no global", malformed, "global 0 doesn't exist", raw([]byte{7, 1, 0, 3, 0})},
		{"tag export", unsupported, "exception handling", raw([]byte{7, 1, 0, 4, 0})},
		{"export kind", malformed, "export kind 5", raw([]byte{7, 1, 0, 5, 0})},
		{"start of nothing", malformed, "function 3 doesn't exist", raw([]byte{8, 3})},
		{"element kind", malformed, "element segment kind 8", raw([]byte{9, 1, 8})},
		{"element of nothing", malformed, "table 0 doesn't exist", raw([]byte{9, 1, 2, 0})},
		{"data count", malformed, "data count is 1, not 0", raw([]byte{12, 1})},
		{"data kind", malformed, "data segment kind 3", raw([]byte{11, 1, 3})},
		{"data of another memory", unsupported, "multiple memories", raw([]byte{11, 1, 2, 1, 0x41, 0, 0x0b, 0})},

		{"large function", unsupported, "function of more than", withCode(text(1 << 20))},
		{"tail call", unsupported, "tail calls: opcode 12", withCode(0x12, 0)},
		{"try", unsupported, "exception handling: opcode 1f", withCode(0x1f, emptyBlock, 0, opEnd)},
		{"legacy try", unsupported, "exception handling: opcode 06", withCode(0x06, emptyBlock, opEnd)},
		{"call_ref", unsupported, "typed function references: opcode 14", withCode(0x14, 0)},
		{"gc", unsupported, "garbage collection: opcode fb", withCode(0xfb, 0)},
		{"atomics", unsupported, "threads: opcode fe", withCode(0xfe, 0x03, 0)},
		{"relaxed simd", unsupported, "vector instruction: opcode fd 80 02", withCode(0xfd, 0x80, 0x02)},
		{"vector opcode written long", unsupported, "vector instruction: opcode fd e4 00", withCode(0xfd, 0xe4, 0)},
		{"bulk opcode written long", unsupported, "opcode fc 8a 00", withCode(0xfc, 0x8a, 0, 0, 0)},
		{"unknown bulk opcode", unsupported, "opcode fc 12", withCode(0xfc, 0x12)},
		{"unknown opcode", unsupported, "unknown instruction: opcode ff", withCode(0xff)},
		{"memory index", unsupported, "multiple memories", withCode(opI32Const, 0, 0x28, 0x42, 1, 0)},
		{"memory.size of another", unsupported, "multiple memories", withCode(0x3f, 1)},
		{"alignment", malformed, "alignment exponent 33", withCode(opI32Const, 0, 0x28, 33, 0)},
		{"local", malformed, "local 1 doesn't exist", withCode(opLocalGet, 1)},
		{"fuel global", malformed, "global 1 doesn't exist", withCode(opI64Const, 0, opGlobalSet, 1)},
		{"function", malformed, "function 1 doesn't exist", withCode(opCall, 1)},
		{"table", malformed, "table 1 doesn't exist", withCode(opI32Const, 0, opCallIndirect, 0, 1)},
		{"type", malformed, "type 9 doesn't exist", withCode(opI32Const, 0, opCallIndirect, 9, 0)},
		{"block type", malformed, "block type 9", withCode(opBlock, 9, opEnd)},
		{"negative block type", malformed, "block type -64", withCode(opBlock, 0xc0, 0x7f, opEnd)},
		{"label", malformed, "branch out of 1 blocks to depth 1", withCode(opBr, 1)},
		{"table label", malformed, "to depth 7", withCode(opI32Const, 0, opBrTable, 1, 0, 7)},
		{"else", malformed, "else without if", withCode(opElse)},
		{"second else", malformed, "else without if", withCode(opI32Const, 0, opIf, emptyBlock, opElse, opElse, opEnd)},
		{"code after end", malformed, "longer than its content", withCode(opEnd)},
		{"no end", malformed, "unexpected end", withCode(opBlock, emptyBlock)},
		{"select types", malformed, "select of 2 types", withCode(0x1c, 2, valueI32, valueI32)},
		{"uncounted data", malformed, "data segment 0 is not counted", withCode(opI32Const, 0, opDataDrop, 0)},
		{"element segment", malformed, "element segment 1 doesn't exist", withCode(opElemDrop, 1)},
		{"constant", malformed, "more than 32 bits", withCode(opI32Const, 0xff, 0xff, 0xff, 0xff, 0x4f)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Rewrite(c.wasm, Options{Fuel: true})
			if err == nil {
				t.Fatal("accepted")
			}
			var u *UnsupportedError
			var m *MalformedError
			if c.kind == unsupported && !errors.As(err, &u) || c.kind == malformed && !errors.As(err, &m) {
				t.Errorf("got %T, want it %s: %v", errors.Unwrap(err), c.kind, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want %q", err, c.want)
			}
		})
	}
}

func TestTooManyLocals(t *testing.T) {
	var b builder
	b.raw = map[byte][]byte{}
	b.fn("", ":", "")
	b.raw[sectionCode] = []byte{1, 6, 1, 0xd1, 0x86, 0x03, valueI32, opEnd} // 50,001 of them
	if _, err := Rewrite(b.bytes(), Options{}); err == nil || !strings.Contains(err.Error(), "locals") {
		t.Errorf("got %v", err)
	}
}

func TestOffset(t *testing.T) {
	wasm := withCode(0x01, 0x12, 0)
	_, err := Rewrite(wasm, Options{})
	var u *UnsupportedError
	if !errors.As(err, &u) || wasm[u.Offset] != 0x12 {
		t.Errorf("got %v", err)
	}
}

func TestIntegers(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 1 << 30, -1 << 31, 1<<31 - 1, 1<<63 - 1, -1 << 63} {
		b := appendS64(nil, v)
		r := reader{buf: b, end: len(b)}
		if got := r.signed(64); got != v || r.finish("integer") != nil {
			t.Errorf("%d: got %d, %v", v, got, r.err)
		}
		if int64(int32(v)) != v {
			continue
		}
		r = reader{buf: b, end: len(b)}
		if got := r.signed(32); got != v || r.finish("integer") != nil {
			t.Errorf("%d in 32 bits: got %d, %v", v, got, r.err)
		}
	}
	for _, v := range []uint32{0, 127, 128, 1<<32 - 1} {
		b := appendU32(nil, v)
		r := reader{buf: b, end: len(b)}
		if got := r.u32(); got != v || r.finish("integer") != nil {
			t.Errorf("%d: got %d, %v", v, got, r.err)
		}
	}
}
