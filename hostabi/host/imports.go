package host

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/rewrite"
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
			{hostabi.ImportRepeat, "iii:i", (*instance).repeat},
			{hostabi.ImportSet, "iiiiii:i", (*instance).set},
			{hostabi.ImportFail, "iiiii:i", (*instance).fail},
			{hostabi.ImportUsage, "iii:i", (*instance).usage},
			{hostabi.ImportNow, ":I", (*instance).now},
			{hostabi.ImportRand, "ii:i", (*instance).rand},
			{hostabi.ImportLog, "iii:i", (*instance).logLine},
			{hostabi.ImportHeader, "iiiii:i", (*instance).header},
			{hostabi.ImportEdit, "iiiiiii:i", (*instance).edit},
			{hostabi.ImportBlock, "iiii:i", (*instance).block},
			{hostabi.ImportFlag, "iii:i", (*instance).flag},
			{hostabi.ImportMatchSet, "ii:i", (*instance).matchSet},
			{hostabi.ImportMatch, "iiiii:i", (*instance).match},
			{hostabi.ImportMatchText, "iiiii:i", (*instance).matchText},
			{hostabi.ImportCall, "iii:i", (*instance).httpCall},
			{hostabi.ImportTimer, "ii:i", (*instance).timer},
			{hostabi.ImportCancel, "ii:i", (*instance).cancel},
			{hostabi.ImportKVGet, "iiiiii:i", (*instance).kvGet},
			{hostabi.ImportKVSet, "iiiiiii:i", (*instance).kvSet},
			{hostabi.ImportKVDelete, "iiii:i", (*instance).kvDelete},
			{hostabi.ImportKVAdd, "iiiiIii:i", (*instance).kvAdd},
			{hostabi.ImportMetric, "iii:i", (*instance).metric},
			{hostabi.ImportMeasure, "iI:i", (*instance).measure},
		}},
		{"wasi_snapshot_preview1", wasiFunctions},
	}
}

func instantiateHostModule(ctx context.Context, r wazero.Runtime, m hostModule) error {
	b := r.NewHostModuleBuilder(m.name)
	functions := m.functions
	if m.name == rewrite.TickModule {
		functions = append(slices.Clone(functions), tickFunction)
	}
	for _, f := range functions {
		call, cost := f.call, int64(importFuel)
		if f.name == tickFunction.name {
			cost = 0
		}
		params, results := f.sig.types()
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
			g := ctx.(*callContext).guest
			if g.memory == nil { // a start section runs before the instance is known
				g.module, g.memory = m, m.Memory()
			}
			g.burn(cost)
			call(g, stack)
		}), params, results).Export(f.name)
	}
	if _, err := b.Instantiate(ctx); err != nil {
		return fmt.Errorf("offer host module %s: %w", m.name, err)
	}
	return nil
}

// view is a range of guest memory, which the host is about to read or to fill: the guest pays for that. It is valid until
// the guest runs.
func (g *instance) view(ptr, n uint32) ([]byte, bool) {
	view, ok := g.memory.Read(ptr, n)
	g.burn(int64(len(view)) * copyFuel)
	return view, ok
}

// answering returns the exchange that a guest names, as long as it may still be answered.
func (g *instance) answering(id uint32) (*Context, hostabi.Errno) {
	c := g.context(id)
	if c == nil {
		return nil, hostabi.ErrnoContext
	}
	if g.final {
		return nil, hostabi.ErrnoState
	}
	return c, 0
}

func (g *instance) atom(a args) {
	name, ok := g.view(a.u32(0), a.u32(1))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if !g.configuring {
		a.err(hostabi.ErrnoState)
		return
	}
	atom := tape.Lookup(name)
	if atom == 0 {
		var e hostabi.Errno
		if atom, e = g.intern(name); e != 0 {
			a.err(e)
			return
		}
	}
	a.ok(int(atom))
}

// maxNames is how many names a plugin may add to the vocabulary, which all plugins share and which never shrinks.
const maxNames = 1024

func (g *instance) intern(name []byte) (tape.Atom, hostabi.Errno) {
	if len(name) == 0 || len(name) > tape.MaxAtomLen {
		return 0, hostabi.ErrnoInvalid
	}
	if g.plugin.names.Add(1) > maxNames {
		return 0, hostabi.ErrnoLimit
	}
	atom, err := tape.Intern(string(name))
	if err != nil {
		return 0, hostabi.ErrnoLimit
	}
	return atom, 0
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
	v, ok := c.Attr(tape.Atom(min(a.u32(1), tape.MaxAtoms)))
	if !ok {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	give(g, a, v, a.u32(2), a.u32(3))
}

// give answers an import with the length of a value, which is copied to the guest when it fits.
func give[T string | []byte](g *instance, a args, value T, ptr, room uint32) {
	if len(value) <= int(room) {
		dst, ok := g.view(ptr, uint32(len(value)))
		if !ok {
			a.err(hostabi.ErrnoRange)
			return
		}
		copy(dst, value)
	}
	a.ok(len(value))
}

func (g *instance) set(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	name, ok := g.view(a.u32(2), a.u32(3))
	value, ok2 := g.view(a.u32(4), a.u32(5))
	if !ok || !ok2 {
		a.err(hostabi.ErrnoRange)
		return
	}
	if c.Set == nil {
		a.err(hostabi.ErrnoState)
		return
	}
	g.burn(int64(len(name)+len(value)) * quoteFuel)
	if c.Set(hostabi.Setting(a.i32(1)), name, value) != nil {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	a.ok(0)
}

func (g *instance) fail(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	message, ok := g.view(a.u32(3), min(a.u32(4), maxMessage))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	class, status := hostabi.Class(a.i32(1)), int(a.i32(2))
	if class < 0 || class > hostabi.APIError || (status != 0 && (status < 400 || status > 599)) {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	g.burn(int64(len(message)) * quoteFuel)
	c.failed = Failure{class, status, strings.ToValidUTF8(string(message), "\uFFFD")}
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
	src, ok := g.view(a.u32(1), n*4)
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	for i := range n {
		c.Usage[i] = binary.LittleEndian.Uint32(src[i*4:])
	}
	c.Counted = true
	a.ok(0)
}

func (g *instance) now(a args) { a[0] = uint64(time.Now().UnixNano()) }

func (g *instance) rand(a args) {
	dst, ok := g.view(a.u32(0), a.u32(1))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	g.burn(int64(len(dst)) * scanFuel)
	rand.Read(dst)
	a.ok(len(dst))
}
