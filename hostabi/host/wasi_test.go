package host

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestWasiListIsTheContracts(t *testing.T) {
	var names []string
	for _, f := range wasiFunctions {
		names = append(names, f.name)
	}
	slices.Sort(names)
	if !slices.Equal(names, hostabi.Wasi) {
		t.Errorf("offered %v, the contract says %v", names, hostabi.Wasi)
	}
}

func TestWasi(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	for _, c := range []struct {
		name string
		args []uint64
		want uint32
		mem  string // at 400
	}{
		{"args_get", []uint64{400, 404}, 0, "xxxxxxxx"},
		{"args_sizes_get", []uint64{400, 404}, 0, "\x00\x00\x00\x00\x00\x00\x00\x00x"},
		{"args_sizes_get", []uint64{400, end - 3}, wasiFault, ""},
		{"environ_get", []uint64{400, 404}, 0, "xxxxxxxx"},
		{"environ_sizes_get", []uint64{404, 400}, 0, "\x00\x00\x00\x00\x00\x00\x00\x00x"},
		{"clock_res_get", []uint64{0, 400}, 0, "\x01\x00\x00\x00\x00\x00\x00\x00x"},
		{"clock_res_get", []uint64{0, end}, wasiFault, ""},
		{"clock_time_get", []uint64{0, 0, end - 7}, wasiFault, ""},
		{"clock_time_get", []uint64{2, 0, 400}, wasiInval, "xxxxxxxx"},
		{"fd_close", []uint64{1}, wasiBadf, ""},
		{"fd_read", []uint64{0, 400, 1, 400}, wasiBadf, "xxxxxxxx"},
		{"fd_seek", []uint64{1, 0, 0, 400}, wasiBadf, "xxxxxxxx"},
		{"fd_prestat_get", []uint64{3, 400}, wasiBadf, "xxxxxxxx"},
		{"fd_prestat_dir_name", []uint64{3, 400, 8}, wasiBadf, "xxxxxxxx"},
		{"fd_fdstat_get", []uint64{1, 400}, wasiBadf, "xxxxxxxx"},
		{"fd_fdstat_set_flags", []uint64{1, 0}, wasiBadf, ""},
		{"random_get", []uint64{400, 0}, 0, "xxxxxxxx"},
		{"random_get", []uint64{400, end}, wasiFault, ""},
		{"sched_yield", nil, 0, ""},
		{"fd_write", []uint64{3, 100, 1, 400}, wasiBadf, "xxxx"},
		{"fd_write", []uint64{1, 100, 65, 400}, wasiInval, "xxxx"},
		{"fd_write", []uint64{1, 100, 2, 400}, 0, "\x0a\x00\x00\x00x"},
		{"fd_write", []uint64{1, 100, 1, end - 3}, wasiFault, ""},
		{"fd_write", []uint64{1, end - 8, 2, 400}, wasiFault, ""},
		{"fd_write", []uint64{2, 116, 1, 400}, wasiFault, "xxxx"},
		{"poll_oneoff", []uint64{200, 400, 0, 100}, wasiInval, "xxxx"},
		{"poll_oneoff", []uint64{200, 400, 65, 100}, wasiInval, "xxxx"},
		{"poll_oneoff", []uint64{200, 400, 1, 100}, 0, "userdata\x00\x00\x07\x00"},
		{"poll_oneoff", []uint64{200, end - 31, 1, 100}, wasiFault, ""},
		{"poll_oneoff", []uint64{end - 47, 400, 1, 100}, wasiFault, ""},
		{"poll_oneoff", []uint64{200, 400, 1, end - 3}, wasiFault, ""},
	} {
		var vectors []byte
		for _, w := range []uint32{textAt, 5, textAt, 5, end - 1, 2} {
			vectors = binary.LittleEndian.AppendUint32(vectors, w)
		}
		g.memory.Write(100, vectors)
		g.memory.WriteString(200, "userdata\x07")
		g.memory.WriteString(400, strings.Repeat("x", 64))
		stack := make(args, 6)
		copy(stack, c.args)
		function(c.name).call(g, stack)
		what := fmt.Sprintf("%s%d", c.name, c.args)
		if stack[0] != uint64(c.want) {
			t.Errorf("%s = %d, want %d", what, stack[0], c.want)
		}
		if got, _ := g.memory.Read(400, uint32(len(c.mem))); string(got) != c.mem {
			t.Errorf("%s left %q, want %q", what, got, c.mem)
		}
	}
}

func TestWasiClocks(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	read := func(clock uint64) time.Duration {
		stack := args{clock, 0, 400}
		if wasiClockTime(g, stack); stack[0] != 0 {
			t.Fatal(stack[0])
		}
		v, _ := g.memory.ReadUint64Le(400)
		return time.Duration(v)
	}
	if d := time.Since(time.Unix(0, int64(read(wasiRealtime)))); d < 0 || d > time.Minute {
		t.Errorf("the clock is off by %s", d)
	}
	if a, b := read(wasiMonotonic), read(wasiMonotonic); b < a {
		t.Errorf("monotonic time went from %s to %s", a, b)
	}
}

func TestWasiExit(t *testing.T) {
	defer func() {
		if e, ok := recover().(*sys.ExitError); !ok || e.ExitCode() != 3 {
			t.Errorf("got %v", e)
		}
	}()
	wasiExit(nil, args{3})
}

func TestRandomness(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	for name, call := range map[string]func(*instance, args){"rand": (*instance).rand, "random_get": wasiRandom} {
		call(g, args{400, 32})
		a, _ := g.memory.Read(400, 32)
		first := string(a)
		call(g, args{400, 32})
		if string(a) == first || first == strings.Repeat("\x00", 32) {
			t.Errorf("%s gave %q", name, a)
		}
	}
}
