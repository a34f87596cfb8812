package rewrite

import "strings"

// immediate says what follows an opcode.
type immediate uint8

const (
	immUnknown  immediate = iota
	immNone               // nothing
	immBlock              // block type: empty, a value type or a type index
	immLabel              // relative depth
	immLabels             // vector of relative depths and a default one
	immFunction           // function index
	immIndirect           // type index, table index
	immLocal              // local index
	immGlobal             // global index
	immTable              // table index
	immMemarg             // alignment exponent, offset
	immMemory             // zero: the memory
	immCopy               // two zeros: the memories
	immData               // data index
	immInit               // data index, zero: the memory
	immElem               // element segment index
	immElemInit           // element segment index, table index
	immTables             // two table indexes
	immI32                // signed 32-bit integer
	immI64                // signed 64-bit integer
	imm4                  // four bytes
	imm8                  // eight bytes
	imm16                 // sixteen bytes
	immTypes              // vector of one value type
	immRef                // reference type
	immLane               // lane index
	immMemLane            // alignment exponent, offset, lane index
)

// Opcodes that passes look for. Those behind a prefix carry it in their upper byte.
const (
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opUnreachable  = 0x00
	opCall         = 0x10
	opCallIndirect = 0x11
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableSet     = 0x26
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI64LtS       = 0x53
	opI64Sub       = 0x7d
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opRefNull      = 0xd0
	opRefFunc      = 0xd2

	prefixMisc = 0xfc
	prefixSIMD = 0xfd

	opMemoryInit = prefixMisc<<8 | 0x08
	opDataDrop   = prefixMisc<<8 | 0x09
	opMemoryCopy = prefixMisc<<8 | 0x0a
	opMemoryFill = prefixMisc<<8 | 0x0b
	opTableInit  = prefixMisc<<8 | 0x0c
	opElemDrop   = prefixMisc<<8 | 0x0d
	opTableCopy  = prefixMisc<<8 | 0x0e
	opTableGrow  = prefixMisc<<8 | 0x0f
	opTableFill  = prefixMisc<<8 | 0x11
	opV128Const  = prefixSIMD<<8 | 0x0c
)

// opcode is what a pass needs to know of one.
type opcode struct {
	name   string
	imm    immediate
	weight uint16 // in fuel
}

// opRow describes consecutive opcodes that share immediates and weight.
type opRow struct {
	first  byte
	imm    immediate
	weight uint16
	names  string // one for each opcode; _ leaves one out
}

func table(rows []opRow) *[256]opcode {
	var t [256]opcode
	for _, row := range rows {
		for i, name := range strings.Fields(row.names) {
			if name != "_" {
				t[int(row.first)+i] = opcode{name, row.imm, row.weight}
			}
		}
	}
	return &t
}

// coreOpcodes are those of one byte. What compiles to nothing weighs nothing; a call to an import weighs importWeight.
var coreOpcodes = table([]opRow{
	{0x00, immNone, 1, "unreachable"},
	{0x01, immNone, 0, "nop"},
	{0x02, immBlock, 0, "block"},
	{0x03, immBlock, 1, "loop"},
	{0x04, immBlock, 1, "if"},
	{0x05, immNone, 0, "else"},
	{0x0b, immNone, 0, "end"},
	{0x0c, immLabel, 1, "br br_if"},
	{0x0e, immLabels, 3, "br_table"},
	{0x0f, immNone, 1, "return"},
	{0x10, immFunction, 8, "call"},
	{0x11, immIndirect, 12, "call_indirect"},
	{0x1a, immNone, 0, "drop"},
	{0x1b, immNone, 1, "select"},
	{0x1c, immTypes, 1, "select_t"},
	{0x20, immLocal, 0, "local.get"},
	{0x21, immLocal, 1, "local.set local.tee"},
	{0x23, immGlobal, 1, "global.get global.set"},
	{0x25, immTable, 4, "table.get table.set"},
	{0x28, immMemarg, 2, "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u " +
		"i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u"},
	{0x36, immMemarg, 2, "i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32"},
	{0x3f, immMemory, 1, "memory.size"},
	{0x40, immMemory, 1000, "memory.grow"},
	{0x41, immI32, 1, "i32.const"},
	{0x42, immI64, 1, "i64.const"},
	{0x43, imm4, 1, "f32.const"},
	{0x44, imm8, 1, "f64.const"},
	{0x45, immNone, 1, "i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u"},
	{0x50, immNone, 1, "i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u"},
	{0x5b, immNone, 1, "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge"},
	{0x67, immNone, 1, "i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul"},
	{0x6d, immNone, 8, "i32.div_s i32.div_u i32.rem_s i32.rem_u"},
	{0x71, immNone, 1, "i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr"},
	{0x79, immNone, 1, "i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul"},
	{0x7f, immNone, 12, "i64.div_s i64.div_u i64.rem_s i64.rem_u"},
	{0x83, immNone, 1, "i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr"},
	{0x8b, immNone, 2, "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest"},
	{0x91, immNone, 8, "f32.sqrt"},
	{0x92, immNone, 2, "f32.add f32.sub f32.mul"},
	{0x95, immNone, 8, "f32.div"},
	{0x96, immNone, 4, "f32.min f32.max f32.copysign"},
	{0x99, immNone, 2, "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest"},
	{0x9f, immNone, 8, "f64.sqrt"},
	{0xa0, immNone, 2, "f64.add f64.sub f64.mul"},
	{0xa3, immNone, 8, "f64.div"},
	{0xa4, immNone, 4, "f64.min f64.max f64.copysign"},
	{0xa7, immNone, 1, "i32.wrap_i64"},
	{0xa8, immNone, 4, "i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u"},
	{0xac, immNone, 1, "i64.extend_i32_s i64.extend_i32_u"},
	{0xae, immNone, 4, "i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u"},
	{0xb2, immNone, 4, "f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64"},
	{0xb7, immNone, 4, "f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32"},
	{0xbc, immNone, 1, "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64"},
	{0xc0, immNone, 1, "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s"},
	{0xd0, immRef, 1, "ref.null"},
	{0xd1, immNone, 1, "ref.is_null"},
	{0xd2, immFunction, 200, "ref.func"},
})

// miscOpcodes follow the prefix 0xfc. The bulk ones weigh more with their length, see bulkShift.
var miscOpcodes = table([]opRow{
	{0x00, immNone, 4, "i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u"},
	{0x04, immNone, 4, "i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u"},
	{0x08, immInit, 16, "memory.init"},
	{0x09, immData, 16, "data.drop"},
	{0x0a, immCopy, 16, "memory.copy"},
	{0x0b, immMemory, 16, "memory.fill"},
	{0x0c, immElemInit, 16, "table.init"},
	{0x0d, immElem, 16, "elem.drop"},
	{0x0e, immTables, 16, "table.copy"},
	{0x0f, immTable, 200, "table.grow"},
	{0x10, immTable, 2, "table.size"},
	{0x11, immTable, 16, "table.fill"},
})

// unknownFeature names the proposal that an opcode which is not in the tables belongs to.
func unknownFeature(op byte) string {
	switch {
	case op >= 0x06 && op <= 0x0a, op == 0x18, op == 0x19, op == 0x1f:
		return "exception handling"
	case op == 0x12, op == 0x13:
		return "tail calls"
	case op == 0x14, op == 0x15, op >= 0xd4 && op <= 0xd6:
		return "typed function references"
	case op == 0xd3, op == 0xfb:
		return "garbage collection"
	case op == 0xfe:
		return "threads"
	}
	return "unknown instruction"
}
