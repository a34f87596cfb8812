package rewrite

func (m *module) decodeTypes(r *reader, s *section) {
	s.vector(r, "types", maxItems, func() {
		start := r.off
		switch form := r.byte(); form {
		case 0x60:
			m.types = append(m.types, m.decodeFuncType(r))
		case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
			r.unsupported(start, "garbage collection: type form %#x", form)
		default:
			r.malformed(start, "type form %#x", form)
		}
	})
}

func (m *module) decodeFuncType(r *reader) funcType {
	params, firstParam := r.valueTypes("parameters")
	results, firstResult := r.valueTypes("results")
	if params == 0 && results == 0 && m.tickType < 0 {
		m.tickType = len(m.types)
	}
	return funcType{params, results, params == 1 && results == 1 && firstParam == valueI32 && firstResult == valueI32}
}

func (r *reader) valueTypes(what string) (n uint16, first byte) {
	n = uint16(r.count(maxValues, what))
	for i := range n {
		if t := r.valueType(); i == 0 {
			first = t
		}
	}
	return n, first
}

func (m *module) decodeImports(r *reader, s *section) {
	s.vector(r, "imports", maxItems, func() {
		start := r.off
		from, name := string(r.bytes(r.u32())), string(r.bytes(r.u32()))
		if from == TickModule && name == TickName {
			r.unsupported(start, "import %s.%s (reserved)", from, name)
		}
		m.decodeImport(r)
	})
}

func (m *module) decodeImport(r *reader) {
	start := r.off
	switch kind := r.byte(); kind {
	case 0:
		m.imported = append(m.imported, m.typeIndex(r))
	case 1:
		r.tableType()
		m.importedTables++
	case 2:
		m.pages = r.memoryType()
		m.importedMemories++
		m.oneMemory(r, start)
	case 3:
		m.globals = append(m.globals, r.globalType())
		m.importedGlobals++
	case 4:
		r.unsupported(start, "exception handling: tag import")
	default:
		r.malformed(start, "import kind %d", kind)
	}
}

func (m *module) oneMemory(r *reader, at int) {
	if m.memory {
		r.unsupported(at, "multiple memories")
	}
	m.memory = true
}

func (m *module) typeIndex(r *reader) uint32 {
	start := r.off
	i := r.u32()
	if r.err == nil && int(i) >= len(m.types) {
		r.malformed(start, "type %d doesn't exist", i)
	}
	return i
}

func (m *module) decodeFunctions(r *reader, s *section) {
	s.vector(r, "functions", maxItems, func() {
		m.functions = append(m.functions, function{typ: m.typeIndex(r)})
	})
}

func (m *module) decodeTables(r *reader, s *section) {
	s.vector(r, "tables", maxTables, func() { m.tables = append(m.tables, r.tableType()) })
}

func (r *reader) tableType() tableType {
	start := r.off
	if r.more() && r.buf[r.off] == 0x40 {
		r.unsupported(start, "typed function references: table initializer")
	}
	t := tableType{ref: r.refType()}
	var bounded bool
	if t.min, t.max, bounded = r.tableLimits(); !bounded {
		t.max = maxTableElements
	}
	if t.min > maxTableElements {
		r.unsupported(start, "table of %d elements, more than %d", t.min, maxTableElements)
	}
	t.max = min(t.max, maxTableElements)
	return t
}

func (r *reader) tableLimits() (least, most uint32, bounded bool) {
	start := r.off
	flags := r.byte()
	switch {
	case flags&^7 != 0:
		r.malformed(start, "limits %#x", flags)
	case flags&4 != 0:
		r.unsupported(start, "64-bit memories and tables")
	case flags&2 != 0:
		r.unsupported(start, "threads: shared limits")
	}
	least, bounded = r.u32(), flags&1 != 0
	if bounded {
		if most = r.u32(); most < least {
			r.malformed(start, "limits from %d to %d", least, most)
		}
	}
	return least, most, bounded
}

func (m *module) decodeMemories(r *reader, s *section) {
	s.vector(r, "memories", maxItems, func() {
		start := r.off
		m.pages = r.memoryType()
		m.oneMemory(r, start)
	})
}

func (r *reader) memoryType() (pages uint32) {
	start := r.off
	least, most, bounded := r.tableLimits()
	if least > maxPages || bounded && most > maxPages {
		r.malformed(start, "memory of more than %d pages", maxPages)
	}
	return least
}

func (m *module) decodeGlobals(r *reader, s *section) {
	s.vector(r, "globals", maxItems, func() {
		t := r.globalType()
		m.constant(r, s)
		m.globals = append(m.globals, t)
	})
}

func (r *reader) globalType() globalType {
	t := r.valueType()
	start := r.off
	mutable := r.byte()
	if mutable > 1 {
		r.malformed(start, "mutability %d", mutable)
	}
	return globalType{t, mutable == 1}
}

func (m *module) decodeStart(r *reader, s *section) {
	s.count, s.entries = 1, r.off
	m.start = m.functionIndex(r, s)
}

func (m *module) decodeDataCount(r *reader, _ *section) { m.dataCount = r.count32() }

// count32 reads a count of things that are elsewhere.
func (r *reader) count32() uint32 {
	start := r.off
	n := r.u32()
	if n > maxItems {
		r.unsupported(start, "%d data segments, more than %d", n, maxItems)
	}
	return n
}

func (m *module) decodeExports(r *reader, s *section) {
	s.vector(r, "exports", maxItems, func() {
		start := r.off
		name := string(r.bytes(r.u32()))
		if reserved(name) {
			r.unsupported(start, "export %s (reserved)", name)
		}
		at := r.off
		switch kind := r.byte(); kind {
		case 0:
			m.exportFunction(m.functionIndex(r, s))
		case 1, 2:
			r.u32()
		case 3:
			m.exportGlobal(r, name)
		case 4:
			r.unsupported(at, "exception handling: tag export")
		default:
			r.malformed(at, "export kind %d", kind)
		}
	})
}

func (m *module) exportFunction(index uint32) {
	if i := int(index) - len(m.imported); i >= 0 && i < len(m.functions) {
		m.functions[i].exported = true
	}
}

func (m *module) exportGlobal(r *reader, name string) {
	start := r.off
	index := r.u32()
	if r.err == nil && int(index) >= len(m.globals) {
		r.malformed(start, "global %d doesn't exist", index)
	}
	m.exported[index] = name
}
