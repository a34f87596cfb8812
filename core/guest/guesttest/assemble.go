package guesttest

import (
	"encoding/binary"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
)

// The instructions that the guests are of.
const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opEnd         = 0x0b
	opBranch      = 0x0c
	opCall        = 0x10
	opDrop        = 0x1a
	opGet         = 0x20
	opLoad        = 0x28
	opStore       = 0x36
	opConst       = 0x41
	opEqual       = 0x46
	i32           = 0x7f
	void          = 0x40
)

// Where a guest keeps things: what it says, and then the host's buffer.
const (
	literalAt = 16
	bufferAt  = 32 << 10
	pages     = 4
)

// parameters is how many 32-bit parameters the imports take. All return one.
var parameters = map[string]int{hostabi.ImportEmit: 6, hostabi.ImportFail: 5, hostabi.ImportCall: 3}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func local(i byte) []byte { return []byte{opGet, i} }
func load() []byte        { return []byte{opLoad, 2, 0} }
func store() []byte       { return []byte{opStore, 2, 0} }

// invoke calls an import and forgets its result.
func invoke(f byte) []byte { return []byte{opCall, f, opDrop} }

// number is the instruction that pushes v.
func number(v int32) []byte {
	out := []byte{opConst}
	for {
		b := byte(v & 0x7f)
		if v >>= 7; v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

func size(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func name(s string) []byte { return append(size(len(s)), s...) }

func section(id byte, entries ...[]byte) []byte {
	body := append(size(len(entries)), join(entries...)...)
	return join([]byte{id}, size(len(body)), body)
}

// signature is a function of n 32-bit parameters that returns one.
func signature(n int) []byte {
	return join([]byte{0x60}, size(n), slices.Repeat([]byte{i32}, n), []byte{1, i32})
}

// Module assembles the guest, without a manifest. Each function has a type of its own.
func (a Act) Module() []byte {
	var types, imports, funcs, code [][]byte
	exports := [][]byte{join(name(hostabi.ExportMemory), []byte{2, 0})}
	for i, f := range a.imports {
		types = append(types, signature(parameters[f]))
		imports = append(imports, join(name(hostabi.Module), name(f), []byte{0}, size(i)))
	}
	for _, f := range []struct {
		name       string
		parameters int
		body       []byte
	}{
		{hostabi.ExportABI, 0, number(hostabi.Version)},
		{hostabi.ExportBuf, 1, number(bufferAt)},
		{hostabi.ExportConfigure, 1, number(0)},
		{hostabi.ExportEvent, 4, a.code},
	} {
		index := len(types)
		types, funcs = append(types, signature(f.parameters)), append(funcs, size(index))
		exports = append(exports, join(name(f.name), []byte{0}, size(index)))
		body := join([]byte{0}, f.body, []byte{opEnd})
		code = append(code, append(size(len(body)), body...))
	}
	data := join([]byte{0}, number(literalAt), []byte{opEnd}, size(len(a.memory)), a.memory)
	return join([]byte("\x00asm\x01\x00\x00\x00"), section(1, types...), section(2, imports...), section(3, funcs...),
		section(5, []byte{0, pages}), section(7, exports...), section(10, code...), section(11, data))
}
