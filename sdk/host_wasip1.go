//go:build wasip1

package sdk

import (
	"runtime"
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

//go:wasmimport sluice1 atom
func importAtom(ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 attr
func importAttr(ctx, atom uint32, ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 bytes
func importBytes(ctx, doc, off, n uint32, ptr unsafe.Pointer) int32

//go:wasmimport sluice1 text
func importText(ctx, doc, off, n uint32, ptr unsafe.Pointer, limit uint32) int32

//go:wasmimport sluice1 parse
func importParse(ctx, doc, off, n uint32) int32

//go:wasmimport sluice1 nodes
func importNodes(ctx, doc uint32, ptr unsafe.Pointer, limit uint32) int32

//go:wasmimport sluice1 emit
func importEmit(ctx uint32, kind int32, ops unsafe.Pointer, n uint32, lit unsafe.Pointer, size uint32) int32

//go:wasmimport sluice1 set
func importSet(ctx uint32, what int32, name unsafe.Pointer, nlen uint32, value unsafe.Pointer, vlen uint32) int32

//go:wasmimport sluice1 repeat
func importRepeat(ctx, off, n uint32) int32

//go:wasmimport sluice1 fail
func importFail(ctx uint32, class, status int32, ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 usage
func importUsage(ctx uint32, ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 now
func hostNow() int64

//go:wasmimport sluice1 rand
func importRand(ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 log
func importLog(level int32, ptr unsafe.Pointer, n uint32) int32

func ptr(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

func hostAtom(name string) int32 { return importAtom(ptr(name), uint32(len(name))) }

func hostAttr(ctx uint32, name Atom) string {
	n := importAttr(ctx, uint32(name), unsafe.Pointer(&scratch), maxShort)
	if n <= 0 {
		return ""
	}
	if n <= maxShort {
		return string(scratch[:n])
	}
	b := make([]byte, n)
	importAttr(ctx, uint32(name), unsafe.Pointer(&b[0]), uint32(n))
	return string(b)
}

func hostEmit(ctx uint32, kind hostabi.Output, ops []tape.Op, lit []byte) int32 {
	return importEmit(ctx, int32(kind), unsafe.Pointer(unsafe.SliceData(ops)), uint32(len(ops)), unsafe.Pointer(unsafe.SliceData(lit)), uint32(len(lit)))
}

func hostSet(ctx uint32, what hostabi.Setting, name, value string) {
	if importSet(ctx, int32(what), ptr(name), uint32(len(name)), ptr(value), uint32(len(value))) != 0 {
		panic("sdk: the host refused the setting " + name)
	}
}

func hostRepeat(ctx, off, n uint32) { importRepeat(ctx, off, n) }

func hostFail(ctx uint32, class hostabi.Class, status int, message string) {
	importFail(ctx, int32(class), int32(status), ptr(message), uint32(len(message)))
}

func hostUsage(ctx uint32, counters *[hostabi.UsageCounters]uint32) {
	importUsage(ctx, unsafe.Pointer(counters), hostabi.UsageCounters)
}

func hostLog(level int, message string) { importLog(int32(level), ptr(message), uint32(len(message))) }

// hostRandom fills b with random bytes.
func hostRandom(b []byte) { importRand(unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))) }

func (d *Document) bytes(off, n uint32) []byte {
	if d.doc.Src != nil {
		return d.doc.Src[off : off+n]
	}
	b := make([]byte, n)
	if importBytes(d.ctx, d.id, off, n, unsafe.Pointer(unsafe.SliceData(b))) < 0 {
		return nil
	}
	return b
}

func (d *Document) text(off, n uint32) []byte {
	if d.doc.Src != nil {
		return tape.AppendUnquoted(nil, d.doc.Src[off:off+n])
	}
	// Decoding never makes a string longer.
	b := make([]byte, n)
	size := importText(d.ctx, d.id, off, n, unsafe.Pointer(unsafe.SliceData(b)), n)
	if size < 0 {
		return nil
	}
	return b[:size]
}

func (d *Document) parse(off, n uint32) *Document {
	id := importParse(d.ctx, d.id, off, n)
	if id < 0 {
		return nil
	}
	count := importNodes(d.ctx, uint32(id), nil, 0)
	if count <= 0 {
		return nil
	}
	nodes := make([]tape.Node, count)
	importNodes(d.ctx, uint32(id), unsafe.Pointer(&nodes[0]), uint32(count)*tape.NodeSize)
	return &Document{id: uint32(id), ctx: d.ctx, doc: tape.Doc{Nodes: nodes}}
}

// buffer is what the host fills before it calls. uint64 keeps it aligned for the header and the nodes.
var buffer = make([]uint64, 512)

//go:wasmexport sluice_abi
func exportABI() int32 { return hostabi.Version }

//go:wasmexport sluice_buf
func exportBuf(n int32) unsafe.Pointer {
	if int(n) > len(buffer)*8 {
		buffer = make([]uint64, (int(n)+int(n)/4+7)/8)
	}
	return unsafe.Pointer(&buffer[0])
}

//go:wasmexport sluice_configure
func exportConfigure(n int32) int32 {
	return configure(unsafe.Slice((*byte)(unsafe.Pointer(&buffer[0])), n))
}

// yieldEvery is how many events pass between two yields to the Go scheduler. Without any, a collection that began
// never ends, since its workers get no turn; at each event they would cost more than the event.
const yieldEvery = 32

var events uint32

//go:wasmexport sluice_event
func exportEvent(ctx, event, n, flags int32) int32 {
	a := &arrived
	a.ctx, a.event = uint32(ctx), hostabi.Event(event)
	a.header = *(*hostabi.Header)(unsafe.Pointer(&buffer[0]))
	a.nodes, a.segments = nil, nil
	records := unsafe.Pointer(&buffer[hostabi.HeaderSize/8])
	if a.event >= hostabi.EventInput && a.event <= hostabi.EventWindow {
		a.segments = unsafe.Slice((*hostabi.Segment)(records), a.header.Nodes)
	} else {
		a.nodes = unsafe.Slice((*tape.Node)(records), a.header.Nodes)
	}
	result := dispatch(a)
	if events++; events%yieldEvery == 0 {
		runtime.Gosched()
	}
	return int32(result)
}
