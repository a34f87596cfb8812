package rewrite

import "fmt"

// Options choose what Rewrite does.
type Options struct {
	Fuel          bool // meter the module: see the package comment
	JumpThreading bool // turn the jumps of Go's functions into branches; other modules are left as they are
	StripData     bool // take active data segments, and the start function, out of the module
	ExportGlobals bool // export the mutable globals
}

// Module is a rewritten module.
type Module struct {
	Wasm []byte
	// Data is what the host must write to the memory of a new instance. It is empty when the data segments stayed in
	// the module.
	Data []Segment
	// Start is the exported name of the start function, which the host must call once it has written Data. It is empty
	// when the module has none or still runs it by itself.
	Start string
	// Globals are the names under which mutable globals are exported. The fuel isn't among them.
	Globals []string
	// Opaque says why memory and Globals are not all of an instance's state, or is empty when they are: then an
	// instance can be made from a snapshot of another one.
	Opaque string
	Stats  Stats
}

// Stats tells what Rewrite did.
type Stats struct {
	Functions   int // defined in the module
	Checks      int // places that take fuel and call tick when there is none
	Charges     int // places that only take fuel
	Segments    int // data segments that were in the module
	Dispatching int // functions with the dispatch loop of Go
	Jumps       int // jumps through such loops
	Threaded    int // how many of them are branches now
}

// Rewrite decodes a module and writes it anew. What it doesn't know is an *UnsupportedError, what can't be a valid
// module a *MalformedError; the module's types are left to the compiler to check. It uses memory and time in proportion
// to the module's size.
func Rewrite(wasm []byte, o Options) (*Module, error) {
	m, err := decode(wasm)
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	w := newWriter(m, o)
	if err := w.code(); err != nil {
		return nil, fmt.Errorf("read function: %w", err)
	}
	if err := w.plan(); err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	w.result.Wasm = w.module()
	return &w.result, nil
}
