package host

import (
	"encoding/binary"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Instructions that the hand-made guests are of.
const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opEnd         = 0x0b
	opBr          = 0x0c
	opCall        = 0x10
	opDrop        = 0x1a
	opGet         = 0x20
	opLoad        = 0x28 // i32.load, then align and offset
	opStore       = 0x36 // i32.store, then align and offset
	opGrow        = 0x40 // memory.grow, then memory 0
	opConst       = 0x41 // i32.const, then a number
	opEq          = 0x46
	opAdd         = 0x6a
	void          = 0x40
)

// Where the hand-made guests keep things. The host's buffer is the rest of the page.
const (
	textAt   = 16 // a text to log, from the data section
	countAt  = 8  // how many events there were
	lastAt   = 12 // the last event
	bufferAt = 1024
)

type importedFunction struct {
	module, name string
	sig          signature
}

type definedFunction struct {
	export string // "" when it is not exported
	sig    signature
	body   []byte
}

// module describes a guest to assemble.
type module struct {
	imports []importedFunction
	funcs   []definedFunction
	pages   uint32
	memory  string // name the memory is exported by
	data    string // at textAt
	start   int    // which of funcs is the start section; -1 for none
	extra   []byte // a raw import
	bulk    bool   // has the section that instructions on data segments need
}

// minimal returns a guest that keeps the contract and passes every event on, counting them.
func minimal() *module {
	return &module{pages: 1, memory: hostabi.ExportMemory, data: "hello", start: -1, funcs: []definedFunction{
		{hostabi.ExportABI, ":i", constant(hostabi.Version)},
		{hostabi.ExportBuf, "i:i", constant(bufferAt)},
		{hostabi.ExportConfigure, "i:i", constant(0)},
		{hostabi.ExportEvent, "iiii:i", join(countEvent(), constant(0))},
	}}
}

// countEvent adds one to the counter and notes the event.
func countEvent() []byte {
	return join(constant(countAt), constant(countAt), load(), constant(1), []byte{opAdd}, store(),
		constant(lastAt), local(1), store())
}

// with replaces the body of an exported function, or adds the function.
func (m *module) with(export string, sig signature, body ...[]byte) *module {
	m.without(export)
	m.funcs = append(m.funcs, definedFunction{export, sig, join(body...)})
	return m
}

func (m *module) without(export string) *module {
	m.funcs = slices.DeleteFunc(m.funcs, func(f definedFunction) bool { return f.export == export })
	return m
}

// imported adds an import; its function index is its place among them.
func (m *module) imported(module, name string, sig signature) *module {
	m.imports = append(m.imports, importedFunction{module, name, sig})
	return m
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func constant(v int32) []byte { return append([]byte{opConst}, signed(int64(v))...) }
func local(i byte) []byte     { return []byte{opGet, i} }
func call(f byte) []byte      { return []byte{opCall, f} }
func load() []byte            { return []byte{opLoad, 2, 0} }
func store() []byte           { return []byte{opStore, 2, 0} }

// onEvent runs body when the event is that one.
func onEvent(event hostabi.Event, body ...[]byte) []byte {
	return join(local(1), constant(int32(event)), []byte{opEq, opIf, void}, join(body...), []byte{opEnd})
}

func signed(v int64) []byte {
	var out []byte
	for {
		b := byte(v & 0x7f)
		if v >>= 7; v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

func unsigned(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func name(s string) []byte { return append(unsigned(len(s)), s...) }

func section(id byte, entries [][]byte) []byte {
	if len(entries) == 0 {
		return nil
	}
	body := append(unsigned(len(entries)), join(entries...)...)
	return join([]byte{id}, unsigned(len(body)), body)
}

func functionType(s signature) []byte {
	params, results := s.types()
	return join([]byte{0x60}, unsigned(len(params)), params, unsigned(len(results)), results)
}

// wasm assembles the module. Each function has a type of its own.
func (m *module) wasm() []byte {
	var types, imports, funcs, exports, code, memories, data [][]byte
	for _, f := range m.imports {
		imports = append(imports, join(name(f.module), name(f.name), []byte{0}, unsigned(len(types))))
		types = append(types, functionType(f.sig))
	}
	if m.extra != nil {
		imports = append(imports, m.extra)
	}
	for i, f := range m.funcs {
		funcs = append(funcs, unsigned(len(types)))
		types = append(types, functionType(f.sig))
		if f.export != "" {
			exports = append(exports, join(name(f.export), []byte{0}, unsigned(len(m.imports)+i)))
		}
		body := join([]byte{0}, f.body, []byte{opEnd})
		code = append(code, join(unsigned(len(body)), body))
	}
	if m.pages > 0 {
		memories = [][]byte{join([]byte{0}, unsigned(int(m.pages)))}
	}
	if m.memory != "" {
		exports = append(exports, join(name(m.memory), []byte{2, 0}))
	}
	if m.data != "" && m.pages > 0 {
		data = [][]byte{join([]byte{0}, constant(textAt), []byte{opEnd}, name(m.data))}
	}
	var start []byte
	if m.start >= 0 {
		index := unsigned(len(m.imports) + m.start)
		start = join([]byte{8}, unsigned(len(index)), index)
	}
	if m.bulk {
		start = append(start, 12, 1, byte(len(data)))
	}
	return join([]byte("\x00asm\x01\x00\x00\x00"), section(1, types), section(2, imports), section(3, funcs),
		section(5, memories), section(7, exports), start, section(10, code), section(11, data))
}
