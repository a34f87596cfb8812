package rewrite

import "strings"

func appendSection(b []byte, id byte, content []byte) []byte {
	return append(appendU32(append(b, id), uint32(len(content))), content...)
}

// module writes the whole module.
func (w *writer) module() []byte {
	code := &w.m.sections[sectionCode]
	out := make([]byte, 0, len(w.m.wasm)+max(0, len(w.bodies)-(code.end-code.start)))
	out = append(out, header...)
	out = w.customs(out, sectionCustom)
	for _, id := range sectionOrder {
		if content, ok := w.content(id); ok {
			out = appendSection(out, id, content)
		}
		out = w.customs(out, id)
	}
	return out
}

// customs writes the custom sections that follow a section.
func (w *writer) customs(out []byte, after byte) []byte {
	for _, c := range w.m.customs {
		switch {
		case c.after != after || !keepCustom(c.name):
		case c.name == "name":
			if names := w.emit.names(w.m.wasm[c.start:c.end]); names != nil {
				out = appendSection(out, sectionCustom, append(appendName(nil, c.name), names...))
			}
		default:
			out = append(out, w.m.wasm[c.section:c.end]...)
		}
	}
	return out
}

// content returns the content of a section, and whether the module still has it.
func (w *writer) content(id byte) ([]byte, bool) {
	s := &w.m.sections[id]
	switch id {
	case sectionType:
		return w.types(s)
	case sectionImport:
		return w.imports(s)
	case sectionTable:
		return w.tables(), s.present
	case sectionGlobal:
		return w.globals(s)
	case sectionExport:
		return w.exports(s)
	case sectionStart:
		return w.moved(s), s.present && w.result.Start == ""
	case sectionElement:
		return append(appendU32(nil, s.count), w.moved(s)...), s.present
	case sectionCode:
		return append(appendU32(nil, s.count), w.bodies...), s.present
	case sectionData, sectionDataCount:
		return w.m.wasm[s.start:s.end], s.present && !w.strip
	}
	return w.m.wasm[s.start:s.end], s.present
}

// moved returns the entries of a section with function indexes moved.
func (w *writer) moved(s *section) []byte {
	var out []byte
	copied := s.entries
	for _, at := range s.functions {
		out = append(out, w.m.wasm[copied:at]...)
		r := reader{buf: w.m.wasm, off: int(at), end: s.end}
		out = appendU32(out, w.emit.moved(r.u32()))
		copied = r.off
	}
	return append(out, w.m.wasm[copied:s.end]...)
}

// extended returns a vector section's content with n more entries.
func (w *writer) extended(s *section, n int, more []byte) ([]byte, bool) {
	out := appendU32(nil, s.count+uint32(n))
	if s.present {
		out = append(out, w.moved(s)...)
	}
	return append(out, more...), s.present || n > 0
}

func (w *writer) types(s *section) ([]byte, bool) {
	if !w.o.Fuel || w.m.tickType >= 0 {
		return w.m.wasm[s.start:s.end], s.present
	}
	return w.extended(s, 1, []byte{0x60, 0, 0})
}

func (w *writer) imports(s *section) ([]byte, bool) {
	if !w.o.Fuel {
		return w.m.wasm[s.start:s.end], s.present
	}
	typ := uint32(len(w.m.types))
	if w.m.tickType >= 0 {
		typ = uint32(w.m.tickType)
	}
	tick := appendName(appendName(nil, TickModule), TickName)
	return w.extended(s, 1, appendU32(append(tick, kindFunction), typ))
}

// tables writes the tables with a bound on their growth.
func (w *writer) tables() []byte {
	out := appendU32(nil, uint32(len(w.m.tables)))
	for _, t := range w.m.tables {
		out = appendU32(appendU32(append(out, t.ref, 1), t.min), t.max)
	}
	return out
}

func (w *writer) globals(s *section) ([]byte, bool) {
	if !w.o.Fuel {
		return w.extended(s, 0, nil)
	}
	return w.extended(s, 1, []byte{valueI64, 1, opI64Const, 0, opEnd})
}

func (w *writer) exports(s *section) ([]byte, bool) {
	var more []byte
	for _, e := range w.added {
		more = appendU32(append(appendName(more, e.name), e.kind), e.index)
	}
	return w.extended(s, len(w.added), more)
}

// reserved tells whether an export's name is one that Rewrite gives.
func reserved(name string) bool {
	return name == FuelGlobal || name == startExport || strings.HasPrefix(name, globalPrefix)
}
