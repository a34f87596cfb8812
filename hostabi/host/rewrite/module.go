package rewrite

// Section ids.
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
	sectionCount     = 13
)

// sectionOrder is the order of sections in a module; custom ones go between any two.
var sectionOrder = []byte{sectionType, sectionImport, sectionFunction, sectionTable, sectionMemory, sectionGlobal,
	sectionExport, sectionStart, sectionElement, sectionDataCount, sectionCode, sectionData}

// section is where a section's content lies in the module.
type section struct {
	present    bool
	start, end int
	entries    int // where the first entry of its vector starts
	count      uint32
	functions  []uint32 // where function indexes stand in it
}

type custom struct {
	after   byte // the section it follows; 0 when it comes first
	name    string
	start   int // of the content after the name
	end     int
	section int // where its id stands
}

type funcType struct {
	params, results uint16
	dispatch        bool // (i32) -> i32, as Go's functions have
}

type tableType struct {
	ref      byte
	min, max uint32
}

type globalType struct {
	value   byte
	mutable bool
}

// dataSegment is a data segment. Its offset is known when constant is set.
type dataSegment struct {
	passive  bool
	constant bool
	offset   uint32
	bytes    []byte
	at       int
}

type function struct {
	typ        uint32
	start, end int // of its locals and code
	exported   bool
}

// module is a decoded module. Indexes in it are those of the original.
type module struct {
	wasm     []byte
	sections [sectionCount]section
	customs  []custom

	types     []funcType
	tickType  int      // index of the type without parameters and results, or -1
	imported  []uint32 // types of imported functions
	functions []function
	tables    []tableType // defined here
	globals   []globalType
	exported  map[uint32]string // names of exported globals
	data      []dataSegment
	start     uint32

	importedTables, importedMemories, importedGlobals int

	memory    bool   // has one
	pages     uint32 // its size at the start
	dataCount uint32 // what the data count section says
	locals    uint64 // of all functions

	bulkData   bool // has memory.init or data.drop
	tableWrite bool // changes a table or an element segment at run time
}

func (m *module) functionCount() uint32 { return uint32(len(m.imported) + len(m.functions)) }
