package host

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// hostFunction is one function offered to guests. Arguments come in args and the result goes to args[0].
type hostFunction struct {
	name string
	sig  signature
	call func(g *instance, args args)
}

type hostModule struct {
	name      string
	functions []hostFunction
}

// args is wazero's stack. The upper half of an i32 is garbage: u32 is the only way to read one.
type args []uint64

func (a args) u32(i int) uint32    { return uint32(a[i]) }
func (a args) i32(i int) int32     { return int32(uint32(a[i])) }
func (a args) ok(v int)            { a[0] = uint64(uint32(v)) }
func (a args) err(e hostabi.Errno) { a[0] = uint64(uint32(-int32(e))) }

var hostModules []hostModule

func init() {
	hostModules = []hostModule{
		{hostabi.Module, []hostFunction{
			{hostabi.ImportAtom, "ii:i", (*instance).atom},
			{hostabi.ImportAttr, "iiii:i", (*instance).attr},
			{hostabi.ImportBytes, "iiiii:i", (*instance).bytes},
			{hostabi.ImportText, "iiiiii:i", (*instance).text},
			{hostabi.ImportParse, "iiii:i", (*instance).parse},
			{hostabi.ImportNodes, "iiii:i", (*instance).nodes},
			{hostabi.ImportEmit, "iiiiii:i", (*instance).emit},
			{hostabi.ImportSet, "iiiiii:i", (*instance).set},
			{hostabi.ImportFail, "iiiii:i", (*instance).fail},
			{hostabi.ImportUsage, "iii:i", (*instance).usage},
			{hostabi.ImportNow, ":I", (*instance).now},
			{hostabi.ImportRand, "ii:i", (*instance).rand},
			{hostabi.ImportLog, "iii:i", (*instance).logLine},
		}},
		{"wasi_snapshot_preview1", wasiFunctions},
	}
}

func instantiateHostModule(ctx context.Context, r wazero.Runtime, m hostModule) error {
	b := r.NewHostModuleBuilder(m.name)
	for _, f := range m.functions {
		call := f.call
		params, results := f.sig.types()
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, _ api.Module, stack []uint64) {
			call(ctx.(*callContext).guest, stack)
		}), params, results).Export(f.name)
	}
	if _, err := b.Instantiate(ctx); err != nil {
		return fmt.Errorf("offer host module %s: %w", m.name, err)
	}
	return nil
}

// view is guest memory, nil when the range is outside it. An empty range is an empty, non-nil view. The memory is
// looked up through the module: while it initialises, the instance's own field is not set yet.
func (g *instance) view(ptr, n uint32) []byte {
	m := g.memory
	if m == nil {
		return nil
	}
	b, ok := m.Read(ptr, n)
	if !ok {
		return nil
	}
	return b
}

func (g *instance) atom(a args) {
	name := g.view(a.u32(0), a.u32(1))
	if name == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	if !g.configuring {
		a.err(hostabi.ErrnoState)
		return
	}
	atom, err := tape.Intern(string(name))
	switch err {
	case nil:
		a.ok(int(atom))
	case tape.ErrVocabularyFull:
		a.err(hostabi.ErrnoLimit)
	default:
		a.err(hostabi.ErrnoInvalid)
	}
}

func (g *instance) attr(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	if c.Attr == nil {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	v, ok := c.Attr(tape.Atom(a.u32(1)))
	if !ok {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	if len(v) <= int(a.u32(3)) {
		dst := g.view(a.u32(2), uint32(len(v)))
		if dst == nil {
			a.err(hostabi.ErrnoRange)
			return
		}
		copy(dst, v)
	}
	a.ok(len(v))
}

// piece finds a range of a document, nil when there is no such range.
func (g *instance) piece(ctx, doc, off, n uint32) (*Context, []byte, hostabi.Errno) {
	c := g.context(ctx)
	if c == nil {
		return nil, nil, hostabi.ErrnoContext
	}
	d := c.document(uint16(min(doc, 1<<16-1)))
	if d == nil {
		return nil, nil, hostabi.ErrnoDoc
	}
	if uint64(off)+uint64(n) > uint64(len(d.Src)) {
		return nil, nil, hostabi.ErrnoRange
	}
	return c, d.Src[off : off+n], 0
}

func (g *instance) bytes(a args) {
	_, src, e := g.piece(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
	if e != 0 {
		a.err(e)
		return
	}
	dst := g.view(a.u32(4), uint32(len(src)))
	if dst == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	a.ok(copy(dst, src))
}

func (g *instance) text(a args) {
	_, src, e := g.piece(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
	if e != 0 {
		a.err(e)
		return
	}
	decoded := tape.AppendUnquoted(nil, src)
	if len(decoded) <= int(a.u32(5)) {
		dst := g.view(a.u32(4), uint32(len(decoded)))
		if dst == nil {
			a.err(hostabi.ErrnoRange)
			return
		}
		copy(dst, decoded)
	}
	a.ok(len(decoded))
}

func (g *instance) parse(a args) {
	c, src, e := g.piece(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
	if e != 0 {
		a.err(e)
		return
	}
	if c.used == maxDocuments {
		a.err(hostabi.ErrnoLimit)
		return
	}
	if c.used == len(c.parsed) {
		c.parsed = append(c.parsed, new(tape.Doc))
	}
	d := c.parsed[c.used]
	if d.Scan(tape.AppendUnquoted(nil, src)) != nil {
		a.err(hostabi.ErrnoSyntax)
		return
	}
	c.used++
	c.docs = append(c.docs, d)
	a.ok(len(c.docs))
}

func (g *instance) nodes(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	d := c.document(uint16(min(a.u32(1), 1<<16-1)))
	if d == nil {
		a.err(hostabi.ErrnoDoc)
		return
	}
	size := len(d.Nodes) * tape.NodeSize
	if size > 0 && size <= int(a.u32(3)) {
		dst := g.view(a.u32(2), uint32(size))
		if dst == nil {
			a.err(hostabi.ErrnoRange)
			return
		}
		copy(dst, unsafe.Slice((*byte)(unsafe.Pointer(&d.Nodes[0])), size))
	}
	a.ok(len(d.Nodes))
}

func (g *instance) set(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	name, value := g.view(a.u32(2), a.u32(3)), g.view(a.u32(4), a.u32(5))
	if name == nil || value == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	if c.Set == nil {
		a.err(hostabi.ErrnoState)
		return
	}
	if c.Set(hostabi.Setting(a.i32(1)), name, value) != nil {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	a.ok(0)
}

func (g *instance) fail(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	message := g.view(a.u32(3), min(a.u32(4), maxMessage))
	if message == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	class, status := hostabi.Class(a.i32(1)), int(a.i32(2))
	if class < 0 || class > hostabi.APIError || (status != 0 && (status < 400 || status > 599)) {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	c.failed = Failure{class, status, string(message)}
	c.Failure = &c.failed
	a.ok(0)
}

func (g *instance) usage(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	n := min(a.u32(2), hostabi.UsageCounters)
	src := g.view(a.u32(1), n*4)
	if src == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	for i := range n {
		c.Usage[i] = uint32(src[i*4]) | uint32(src[i*4+1])<<8 | uint32(src[i*4+2])<<16 | uint32(src[i*4+3])<<24
	}
	c.Counted = true
	a.ok(0)
}

func (g *instance) now(a args) { a[0] = uint64(time.Now().UnixNano()) }

func (g *instance) rand(a args) {
	dst := g.view(a.u32(0), a.u32(1))
	if dst == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	rand.Read(dst)
	a.ok(len(dst))
}
