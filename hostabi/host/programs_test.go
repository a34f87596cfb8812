package host

import (
	"encoding/binary"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Instructions that only whole programs need.
const (
	opBrIf  = 0x0d
	opTable = 0x0e // br_table
	opSet   = 0x21 // local.set
	opSize  = 0x3f // memory.size, then memory 0
	opEqz   = 0x45
	opLess  = 0x49 // i32.lt_u
	opSub   = 0x6b
	opDiv   = 0x6d // i32.div_s
)

// counterAt is where programs keep a loop's counter.
const counterAt = 512

// countTo is a loop that does nothing n times.
func countTo(n int32) []byte {
	return join(constant(counterAt), constant(0), store(), []byte{opLoop, void},
		constant(counterAt), constant(counterAt), load(), constant(1), []byte{opAdd}, store(),
		constant(counterAt), load(), constant(n), []byte{opLess, opBrIf, 0, opEnd})
}

// forever repeats body without end.
func forever(body ...[]byte) []byte {
	return join([]byte{opLoop, void}, join(body...), []byte{opBr, 0, opEnd})
}

// dropping calls the import f, whose result is dropped.
func dropping(f byte, args ...int32) []byte {
	var body []byte
	for _, a := range args {
		body = append(body, constant(a)...)
	}
	return join(body, call(f), []byte{opDrop})
}

// insisting calls the import f and crashes unless it returns want.
func insisting(f byte, want int32, args ...[]byte) []byte {
	return join(join(args...), call(f), constant(want), []byte{opEq, opEqz, opIf, void, opUnreachable, opEnd})
}

func grow(pages int32) []byte { return join(constant(pages), []byte{opGrow, 0, opDrop}) }

// fill is memory.fill over n bytes.
func fill(n int32) []byte { return join(constant(0), constant(0), constant(n), []byte{0xfc, 11, 0}) }

// onChunk is a guest that does something hostile when it is told to, and counts other events.
func onChunk(m *module, hostile ...[]byte) *module {
	return m.with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventChunk, hostile...), countEvent(), constant(0))
}

// helped adds a function of the guest's own and returns its index. It goes to the end: no import may be added after it.
func (m *module) helped(sig signature, body func(self byte) []byte) byte {
	self := byte(len(m.imports) + len(m.funcs))
	m.funcs = append(m.funcs, definedFunction{"", sig, body(self)})
	return self
}

// withTable gives a module tables of functions, each with that many elements and no functions in them.
func withTable(wasm []byte, elements ...int) []byte {
	var tables [][]byte
	for _, n := range elements {
		tables = append(tables, join([]byte{0x70, 0}, unsigned(n)))
	}
	return insertSection(wasm, 4, section(4, tables))
}

// insertSection puts a section before the first with a higher id.
func insertSection(wasm []byte, id byte, s []byte) []byte {
	at := 8
	for at < len(wasm) && wasm[at] < id {
		size, n := binary.Uvarint(wasm[at+1:])
		at += 1 + n + int(size)
	}
	return slices.Insert(slices.Clone(wasm), at, s...)
}
