package rewrite

import "slices"

// Value types, for signatures: "ii:i".
var valueTypes = map[byte]byte{'i': 0x7f, 'I': 0x7e, 'f': 0x7d, 'F': 0x7c, 'v': 0x7b, 'r': refFunc, 'x': refExtern}

// builder assembles a module.
type builder struct {
	types    []string
	sections [14][][]byte // entries of each
	raw      map[byte][]byte
	customs  []byte
}

func (b *builder) typ(sig string) byte {
	if i := slices.Index(b.types, sig); i >= 0 {
		return byte(i)
	}
	b.types = append(b.types, sig)
	entry := []byte{0x60}
	i := 0
	for range 2 {
		var list []byte
		for ; i < len(sig) && sig[i] != ':'; i++ {
			list = append(list, valueTypes[sig[i]])
		}
		i++
		entry = append(appendU32(entry, uint32(len(list))), list...)
	}
	b.add(sectionType, entry)
	return byte(len(b.types) - 1)
}

func (b *builder) add(id byte, entry []byte) { b.sections[id] = append(b.sections[id], entry) }

func (b *builder) importFunc(module, name, sig string) {
	b.add(sectionImport, append(appendName(appendName(nil, module), name), 0, b.typ(sig)))
}

// fn adds a function with locals of the types in locals, and exports it unless export is empty. Its code needs no end.
func (b *builder) fn(export, sig, locals string, code ...any) {
	b.add(sectionFunction, []byte{b.typ(sig)})
	body := appendU32(nil, uint32(len(locals)))
	for i := range len(locals) {
		body = append(body, 1, valueTypes[locals[i]])
	}
	body = append(append(body, cat(code...)...), opEnd)
	b.add(sectionCode, append(appendU32(nil, uint32(len(body))), body...))
	if export != "" {
		imports := 0
		for _, entry := range b.sections[sectionImport] {
			if entry[len(entry)-2] == 0 {
				imports++
			}
		}
		b.export(export, kindFunction, imports+len(b.sections[sectionFunction])-1)
	}
}

func (b *builder) export(name string, kind byte, index int) {
	b.add(sectionExport, appendU32(append(appendName(nil, name), kind), uint32(index)))
}

func (b *builder) memory(pages byte) {
	b.add(sectionMemory, []byte{0, pages})
	b.export("memory", 2, 0)
}

// global adds a mutable global with a constant value of an integer type.
func (b *builder) global(t byte, value int64) {
	op := byte(opI32Const)
	if t == 'I' {
		op = opI64Const
	}
	b.add(sectionGlobal, append(appendS64([]byte{valueTypes[t], 1, op}, value), opEnd))
}

func (b *builder) data(offset int64, text string) {
	b.add(sectionData, append(appendS64([]byte{0, opI32Const}, offset), append([]byte{opEnd}, appendName(nil, text)...)...))
}

// table adds a table of functions that holds those with the given indexes.
func (b *builder) table(indexes ...byte) {
	b.add(sectionTable, []byte{refFunc, 0, byte(len(indexes))})
	b.add(sectionElement, append([]byte{0, opI32Const, 0, opEnd, byte(len(indexes))}, indexes...))
}

func (b *builder) custom(name, content string) {
	b.customs = appendSection(b.customs, sectionCustom, append(appendName(nil, name), content...))
}

// bytes returns the module. raw sections replace built ones.
func (b *builder) bytes() []byte {
	out := []byte(header)
	for _, id := range sectionOrder {
		entries := b.sections[id]
		if content, ok := b.raw[id]; ok {
			out = appendSection(out, id, content)
		} else if len(entries) > 0 {
			out = appendSection(out, id, append(appendU32(nil, uint32(len(entries))), slices.Concat(entries...)...))
		}
	}
	return append(out, b.customs...)
}

// cat joins code: opcodes and other bytes as int, prefixed opcodes as uint16, signed numbers as int32 and int64, and
// code.
func cat(parts ...any) (code []byte) {
	for _, part := range parts {
		switch p := part.(type) {
		case int:
			if p > 0xff {
				code = appendU32(append(code, byte(p>>8)), uint32(p&0xff))
			} else {
				code = append(code, byte(p))
			}
		case int32:
			code = appendS64(code, int64(p))
		case int64:
			code = appendS64(code, p)
		case byte:
			code = append(code, p)
		case []byte:
			code = append(code, p...)
		case string:
			code = append(code, p...)
		case []any:
			code = append(code, cat(p...)...)
		}
	}
	return code
}
