package rewrite

import (
	"fmt"
	"slices"
)

// Names of exports that Rewrite adds; a number follows the first.
const (
	globalPrefix = "sluice_global_"
	startExport  = "sluice_start"
)

// writer writes a decoded module.
type writer struct {
	m        *module
	o        Options
	result   Module
	emit     emitter
	meter    meter
	dispatch dispatch
	body     body
	open     []opener
	bodies   []byte // content of the code section after the count
	strip    bool
	added    []export
}

// export is an export that wasn't there.
type export struct {
	name  string
	kind  byte
	index uint32
}

func newWriter(m *module, o Options) *writer {
	w := &writer{m: m, o: o}
	imports := uint32(len(m.imported))
	w.emit = emitter{wasm: m.wasm, fuel: uint32(len(m.globals)), tick: imports}
	if o.Fuel {
		w.emit.shift = 1
	}
	w.meter = meter{wasm: m.wasm, imports: imports}
	w.bodies = make([]byte, 0, m.sections[sectionCode].end-m.sections[sectionCode].start)
	w.result.Stats.Functions, w.result.Stats.Segments = len(m.functions), len(m.data)
	return w
}

// code writes the function bodies.
func (w *writer) code() error {
	for i := range w.m.functions {
		var err error
		if w.open, err = w.m.decodeBody(i, &w.body, w.open); err != nil {
			return err
		}
		out := w.function(w.m.functions[i])
		w.bodies = append(appendU32(w.bodies, uint32(len(out))), out...)
	}
	return nil
}

func (w *writer) function(f function) []byte {
	ins := w.body.instructions
	dispatching := w.m.types[f.typ].dispatch && w.dispatch.recognize(w.m.wasm, ins)
	if dispatching && w.o.JumpThreading {
		w.thread(ins)
	}
	switch {
	case !w.o.Fuel:
		return w.emit.function(&w.body, nil, false)
	case dispatching:
		w.meter.measureDispatch(&w.dispatch, ins)
	default:
		w.meter.measure(ins, f.exported)
	}
	w.count(w.meter.charges)
	return w.emit.function(&w.body, w.meter.charges, w.meter.bulk)
}

func (w *writer) thread(ins []instr) {
	s := &w.result.Stats
	s.Dispatching++
	s.Jumps += w.dispatch.jumps()
	s.Threaded += w.dispatch.thread(ins)
}

func (w *writer) count(charges []charge) {
	for _, c := range charges {
		if c.kind == chargeEntry || c.kind == chargeLoop {
			w.result.Stats.Checks++
		} else {
			w.result.Stats.Charges++
		}
	}
}

// plan decides on data and exports.
func (w *writer) plan() error {
	if w.o.StripData && w.m.strippable() {
		data, err := w.m.mergeData()
		if err != nil {
			return err
		}
		w.strip, w.result.Data = true, data
	}
	if w.o.Fuel {
		w.export(FuelGlobal, kindGlobal, w.emit.fuel)
	}
	if w.strip && w.m.sections[sectionStart].present {
		w.result.Start = startExport
		w.export(startExport, kindFunction, w.emit.moved(w.m.start))
	}
	if w.o.ExportGlobals {
		w.exportGlobals()
	}
	w.result.Opaque = w.opaque()
	return nil
}

const (
	kindFunction = 0
	kindGlobal   = 3
)

func (w *writer) export(name string, kind byte, index uint32) {
	w.added = append(w.added, export{name, kind, index})
}

func (w *writer) exportGlobals() {
	for i := w.m.importedGlobals; i < len(w.m.globals); i++ {
		if !w.m.globals[i].mutable {
			continue
		}
		name, ok := w.m.exported[uint32(i)]
		if !ok {
			name = fmt.Sprint(globalPrefix, i)
			w.export(name, kindGlobal, uint32(i))
		}
		w.result.Globals = append(w.result.Globals, name)
	}
}

// opaque says what state of an instance a snapshot would miss.
func (w *writer) opaque() string {
	m := w.m
	switch {
	case !w.strip:
		return "its data segments can't be taken out"
	case m.tableWrite:
		return "it changes its tables"
	case m.importedTables > 0 || m.importedGlobals > 0:
		return "it imports tables or globals"
	case slices.ContainsFunc(m.globals, func(g globalType) bool { return g.mutable && g.value <= valueV128 }):
		return "it has mutable globals that aren't numbers"
	}
	return ""
}
