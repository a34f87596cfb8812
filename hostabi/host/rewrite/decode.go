package rewrite

import (
	"fmt"
	"slices"
)

const header = "\x00asm\x01\x00\x00\x00"

// decode reads everything but function bodies.
func decode(wasm []byte) (*module, error) {
	if len(wasm) > maxModule {
		return nil, &UnsupportedError{fmt.Sprintf("module of more than %d bytes", maxModule), maxModule}
	}
	if len(wasm) < len(header) || string(wasm[:4]) != header[:4] {
		return nil, &MalformedError{"no wasm header", 0}
	}
	if string(wasm[4:8]) != header[4:] {
		return nil, &UnsupportedError{fmt.Sprintf("binary version %#x (component or future format)", wasm[4:8]), 4}
	}
	m := &module{wasm: wasm, tickType: -1, exported: map[uint32]string{}}
	r := reader{buf: wasm, off: len(header), end: len(wasm)}
	position := -1
	for r.more() {
		if err := m.section(&r, &position); err != nil {
			return nil, err
		}
	}
	return m, m.check()
}

func (m *module) section(r *reader, position *int) error {
	at := r.off
	id := r.byte()
	body := r.sub(r.u32())
	if body.err != nil {
		return body.err
	}
	if id == sectionCustom {
		after := byte(sectionCustom)
		if *position >= 0 {
			after = sectionOrder[*position]
		}
		return m.custom(&body, at, after)
	}
	next := slices.Index(sectionOrder, id)
	if id == 13 {
		return &UnsupportedError{"exception handling: tag section", at}
	}
	if next < 0 {
		return &UnsupportedError{fmt.Sprintf("section with id %d", id), at}
	}
	if next <= *position {
		return &MalformedError{fmt.Sprintf("section with id %d is out of order", id), at}
	}
	*position = next
	s := &m.sections[id]
	s.present, s.start, s.end = true, body.off, body.end
	sectionDecoders[id](m, &body, s)
	return body.finish("section")
}

func (m *module) custom(r *reader, at int, after byte) error {
	name := r.bytes(r.u32())
	if len(m.customs) >= maxCustoms {
		r.unsupported(at, "more than %d custom sections", maxCustoms)
	}
	if r.err == nil {
		m.customs = append(m.customs, custom{after, string(name), r.off, r.end, at})
	}
	return r.err
}

var sectionDecoders = [sectionCount]func(*module, *reader, *section){
	sectionType:      (*module).decodeTypes,
	sectionImport:    (*module).decodeImports,
	sectionFunction:  (*module).decodeFunctions,
	sectionTable:     (*module).decodeTables,
	sectionMemory:    (*module).decodeMemories,
	sectionGlobal:    (*module).decodeGlobals,
	sectionExport:    (*module).decodeExports,
	sectionStart:     (*module).decodeStart,
	sectionElement:   (*module).decodeElements,
	sectionDataCount: (*module).decodeDataCount,
	sectionCode:      (*module).decodeCode,
	sectionData:      (*module).decodeData,
}

// vector calls each for every entry of a section's vector.
func (s *section) vector(r *reader, what string, limit uint32, each func()) {
	s.count = r.count(limit, what)
	s.entries = r.off
	for range s.count {
		if r.err != nil {
			return
		}
		each()
	}
}

// check finds what can only be said once all sections are known.
func (m *module) check() error {
	end := len(m.wasm)
	if got, want := int(m.sections[sectionCode].count), len(m.functions); got != want {
		return &MalformedError{fmt.Sprintf("%d function bodies for %d functions", got, want), end}
	}
	if s := m.sections[sectionDataCount]; s.present && int(m.dataCount) != len(m.data) {
		return &MalformedError{fmt.Sprintf("data count is %d, not %d", m.dataCount, len(m.data)), s.start}
	}
	return nil
}

// functionIndex reads the index of a function that exists and notes where it stands.
func (m *module) functionIndex(r *reader, s *section) uint32 {
	start := r.off
	index := r.u32()
	if r.err == nil && index >= m.functionCount() {
		r.malformed(start, "function %d doesn't exist", index)
	}
	s.functions = append(s.functions, uint32(start))
	return index
}

// valueType reads a value type.
func (r *reader) valueType() byte {
	start := r.off
	t := r.byte()
	switch t {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, refFunc, refExtern:
		return t
	case 0x69:
		r.unsupported(start, "exception handling: exnref")
	case 0x63, 0x64:
		r.unsupported(start, "typed function references: reference type %#x", t)
	default:
		r.malformed(start, "value type %#x", t)
	}
	return 0
}

const (
	valueI32  = 0x7f
	valueI64  = 0x7e
	valueV128 = 0x7b
	refFunc   = 0x70
	refExtern = 0x6f
)

func (r *reader) refType() byte {
	start := r.off
	t := r.valueType()
	if r.err == nil && t != refFunc && t != refExtern {
		r.malformed(start, "reference type %#x", t)
	}
	return t
}
