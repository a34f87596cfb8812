package rewrite

// Limits keep a small module from making its compiler or an instance allocate without measure. Toolchains stay far
// below them.
const (
	maxModule        = 64 << 20 // bytes
	maxItems         = 1 << 20  // types, imports, functions, globals, exports, segments: of each
	maxCustoms       = 1000     // custom sections
	maxValues        = 255      // parameters or results of a function type
	maxBody          = 2 << 20  // bytes of a function
	maxLocals        = 50_000   // of a function
	maxModuleLocals  = 8 << 20  // of all functions together
	maxTables        = 16
	maxTableElements = 1 << 17 // of each table, also when it grows
	maxPages         = 1 << 16 // of the memory
)
