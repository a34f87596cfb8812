package host

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"time"
)

// Error numbers of WASI preview 1 that the host answers with.
const (
	wasiBadf  = 8
	wasiFault = 21
	wasiInval = 28
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
		b := g.view(a.u32(i), 4)
		if b == nil {
			a.ok(wasiFault)
			return
		}
		binary.LittleEndian.PutUint32(b, 0)
	}
	a.ok(0)
}

func wasiClockRes(g *instance, a args) {
	b := g.view(a.u32(1), 8)
	if b == nil {
		a.ok(wasiFault)
		return
	}
	binary.LittleEndian.PutUint64(b, 1)
	a.ok(0)
}

var processStart = time.Now()

func wasiClockTime(g *instance, a args) {
	b := g.view(a.u32(2), 8)
	if b == nil {
		a.ok(wasiFault)
		return
	}
	t := uint64(time.Now().UnixNano())
	if a.u32(0) != 0 {
		t = uint64(time.Since(processStart))
	}
	binary.LittleEndian.PutUint64(b, t)
	a.ok(0)
}

func wasiRandom(g *instance, a args) {
	b := g.view(a.u32(0), a.u32(1))
	if b == nil {
		a.ok(wasiFault)
		return
	}
	rand.Read(b)
	a.ok(0)
}

// wasiWrite sends what a guest prints to its log: a panic's stack comes this way.
func wasiWrite(g *instance, a args) {
	fd, list, n := a.u32(0), a.u32(1), a.u32(2)
	if fd != 1 && fd != 2 {
		a.ok(wasiBadf)
		return
	}
	if n > 64 {
		a.ok(wasiInval)
		return
	}
	var total uint32
	for i := range n {
		entry := g.view(list+i*8, 8)
		if entry == nil {
			a.ok(wasiFault)
			return
		}
		size := binary.LittleEndian.Uint32(entry[4:])
		text := g.view(binary.LittleEndian.Uint32(entry), size)
		if text == nil {
			a.ok(wasiFault)
			return
		}
		total += size
		g.print(int(slog.LevelWarn), text[:min(len(text), maxLogLine)])
	}
	if b := g.view(a.u32(3), 4); b != nil {
		binary.LittleEndian.PutUint32(b, total)
	}
	a.ok(0)
}

// wasiPoll never sleeps: a guest that waits holds up every exchange of its instance.
func wasiPoll(g *instance, a args) {
	subs, events, n := a.u32(0), a.u32(1), a.u32(2)
	if n == 0 || n > 64 {
		a.ok(wasiInval)
		return
	}
	for i := range n {
		in, out := g.view(subs+i*48, 48), g.view(events+i*32, 32)
		if in == nil || out == nil {
			a.ok(wasiFault)
			return
		}
		clear(out)
		copy(out[:8], in[:8])
		out[10] = in[8]
	}
	if b := g.view(a.u32(3), 4); b != nil {
		binary.LittleEndian.PutUint32(b, n)
	}
	a.ok(0)
}

func wasiExit(_ *instance, a args) { panic(fmt.Errorf("guest exited with code %d", a.u32(0))) }
