package host

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/sys"
)

// Error numbers of WASI preview 1 that the host answers with.
const (
	wasiBadf  = 8
	wasiFault = 21
	wasiInval = 28
)

// WASI's clocks that the host has.
const (
	wasiRealtime  = 0
	wasiMonotonic = 1
)

// wasiFunctions are what language runtimes need to start: clock, randomness and a place to print to. Files, sockets,
// arguments and environment do not exist.
var wasiFunctions = []hostFunction{
	{"args_get", "ii:i", wasiNothing},
	{"args_sizes_get", "ii:i", wasiZeroSizes},
	{"clock_res_get", "ii:i", wasiClockRes},
	{"clock_time_get", "iIi:i", wasiClockTime},
	{"environ_get", "ii:i", wasiNothing},
	{"environ_sizes_get", "ii:i", wasiZeroSizes},
	{"fd_close", "i:i", wasiBadFile},
	{"fd_fdstat_get", "ii:i", wasiBadFile},
	{"fd_fdstat_set_flags", "ii:i", wasiBadFile},
	{"fd_prestat_dir_name", "iii:i", wasiBadFile},
	{"fd_prestat_get", "ii:i", wasiBadFile},
	{"fd_read", "iiii:i", wasiBadFile},
	{"fd_seek", "iIii:i", wasiBadFile},
	{"fd_write", "iiii:i", wasiWrite},
	{"poll_oneoff", "iiii:i", wasiPoll},
	{"proc_exit", "i:", wasiExit},
	{"random_get", "ii:i", wasiRandom},
	{"sched_yield", ":i", wasiYield},
}

func wasiNothing(_ *instance, a args) { a.ok(0) }
func wasiYield(_ *instance, a args)   { a.ok(0) }
func wasiBadFile(_ *instance, a args) { a.ok(wasiBadf) }

func wasiZeroSizes(g *instance, a args) {
	for i := range 2 {
		b, ok := g.view(a.u32(i), 4)
		if !ok {
			a.ok(wasiFault)
			return
		}
		binary.LittleEndian.PutUint32(b, 0)
	}
	a.ok(0)
}

func wasiClockRes(g *instance, a args) {
	b, ok := g.view(a.u32(1), 8)
	if !ok {
		a.ok(wasiFault)
		return
	}
	binary.LittleEndian.PutUint64(b, 1)
	a.ok(0)
}

var processStart = time.Now()

func wasiClockTime(g *instance, a args) {
	b, ok := g.view(a.u32(2), 8)
	if !ok {
		a.ok(wasiFault)
		return
	}
	switch a.u32(0) {
	case wasiRealtime:
		binary.LittleEndian.PutUint64(b, uint64(time.Now().UnixNano()))
	case wasiMonotonic:
		binary.LittleEndian.PutUint64(b, uint64(time.Since(processStart)))
	default:
		a.ok(wasiInval)
		return
	}
	a.ok(0)
}

func wasiRandom(g *instance, a args) {
	b, ok := g.view(a.u32(0), a.u32(1))
	if !ok {
		a.ok(wasiFault)
		return
	}
	g.burn(int64(len(b)) * scanFuel)
	rand.Read(b)
	a.ok(0)
}

// wasiWrite sends what a guest prints to its log: a panic's stack comes this way.
func wasiWrite(g *instance, a args) {
	fd, n := a.u32(0), a.u32(2)
	if fd != 1 && fd != 2 {
		a.ok(wasiBadf)
		return
	}
	if n > maxVectors {
		a.ok(wasiInval)
		return
	}
	list, ok := g.view(a.u32(1), n*8)
	written, ok2 := g.view(a.u32(3), 4)
	if !ok || !ok2 {
		a.ok(wasiFault)
		return
	}
	var total uint32
	for ; len(list) > 0; list = list[8:] {
		size := binary.LittleEndian.Uint32(list[4:])
		text, ok := g.view(binary.LittleEndian.Uint32(list), size)
		if !ok {
			a.ok(wasiFault)
			return
		}
		total += size
		g.burn(int64(len(text)) * printFuel)
		g.log.print(g, text)
	}
	binary.LittleEndian.PutUint32(written, total)
	a.ok(0)
}

// Sizes of WASI's subscription and event, and how many of such things are taken at once.
const (
	subscriptionSize = 48
	eventSize        = 32
	maxVectors       = 64
)

// wasiPoll never sleeps: a guest that waits holds up every exchange of its instance.
func wasiPoll(g *instance, a args) {
	n := a.u32(2)
	if n == 0 || n > maxVectors {
		a.ok(wasiInval)
		return
	}
	in, ok := g.view(a.u32(0), n*subscriptionSize)
	out, ok2 := g.view(a.u32(1), n*eventSize)
	count, ok3 := g.view(a.u32(3), 4)
	if !ok || !ok2 || !ok3 {
		a.ok(wasiFault)
		return
	}
	for i := range n {
		sub, event := in[i*subscriptionSize:], out[i*eventSize:][:eventSize]
		userdata, kind := [8]byte(sub), sub[8]
		clear(event)
		copy(event, userdata[:])
		event[10] = kind
	}
	binary.LittleEndian.PutUint32(count, n)
	a.ok(0)
}

// wasiExit ends the guest: the call in progress fails, and the instance is replaced.
func wasiExit(_ *instance, a args) { panic(sys.NewExitError(a.u32(0))) }
