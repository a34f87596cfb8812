package host

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// calling returns an instance whose plugin may call two upstreams.
func calling(t testing.TB, calls int) (*instance, *Context) {
	t.Helper()
	r, _ := newRuntime(t, Options{Instances: 1})
	return handlingAs(t, r, Grants{Upstreams: []string{"down", "up"}, Calls: calls})
}

func TestCallsAreRead(t *testing.T) {
	g, c := calling(t, 0)
	const size = hostabi.HTTPCallSize
	for _, e := range []struct {
		name              string
		method, path      string
		headers           string
		body              uint32
		wantMethod, body2 string
		wantHeader        [][2]string
	}{
		{"nothing but a body", "", "", "", 2, "POST", "up", [][2]string{}},
		{"nothing at all", "", "", "", 0, "GET", "", [][2]string{}},
		{"everything", "PUT", "/a/b?c=%20", "X-A: 1\nx-b:\t two words \n\nx-c:", 1, "PUT", "u", [][2]string{{"X-A", "1"}, {"x-b", "two words"}, {"x-c", ""}}},
	} {
		at, _ := put(t, g, 200, string(callTo(200, "up", e.method, e.path, e.headers, e.body)))
		c.waits = nil
		want(t, g, 1, hostabi.ImportCall, uint64(c.id), at, size)
		f := &c.waits.open[0].fetch
		if f.Upstream != "up" || f.Method != e.wantMethod || f.Path != e.path || string(f.Body) != e.body2 ||
			!reflect.DeepEqual(append([][2]string{}, f.Header...), e.wantHeader) || f.Timeout != 250*time.Millisecond || f.MaxBytes != 4096 {
			t.Errorf("%s: %+v", e.name, fmt.Sprint(f.Upstream, f.Method, f.Path, f.Header, string(f.Body), f.Timeout, f.MaxBytes))
		}
	}
}

func TestCallsAreRefused(t *testing.T) {
	g, c := calling(t, 2)
	id := uint64(c.id)
	const size = hostabi.HTTPCallSize
	good := func() uint64 {
		at, _ := put(t, g, 200, string(callTo(200, "up", "", "/", "", 2)))
		return at
	}
	for _, e := range []struct {
		errno                           hostabi.Errno
		upstream, method, path, headers string
	}{
		{hostabi.ErrnoDenied, "other", "", "", ""}, {hostabi.ErrnoDenied, "", "", "", ""},
		{hostabi.ErrnoInvalid, "up", "CONNECT", "", ""}, {hostabi.ErrnoInvalid, "up", "get", "", ""},
		{hostabi.ErrnoInvalid, "up", "", "a", ""}, {hostabi.ErrnoInvalid, "up", "", "/a b", ""},
		{hostabi.ErrnoInvalid, "up", "", "/a\r\nb", ""}, {hostabi.ErrnoInvalid, "up", "", "/#", ""}, {hostabi.ErrnoInvalid, "up", "", "/é", ""},
		{hostabi.ErrnoInvalid, "up", "", "", "name"}, {hostabi.ErrnoInvalid, "up", "", "", "a b: c"},
		{hostabi.ErrnoInvalid, "up", "", "", ": c"}, {hostabi.ErrnoInvalid, "up", "", "", "a: b\rc"},
		{hostabi.ErrnoLimit, "up", "", "/" + strings.Repeat("a", maxCallPath), ""},
		{hostabi.ErrnoLimit, "up", "", "", strings.Repeat("a", maxCallHeaders+1)},
	} {
		at, _ := put(t, g, 200, string(callTo(200, e.upstream, e.method, e.path, e.headers, 0)))
		want(t, g, e.errno, hostabi.ImportCall, id, at, size)
	}
	for word, value := range map[uint32]uint32{0: end, 9: 1 << 30, 11: 1 << 31, 10: end} {
		at := good()
		g.memory.WriteUint32Le(uint32(at)+4*word, value)
		want(t, g, hostabi.ErrnoRange, hostabi.ImportCall, id, at, size)
	}
	at, _ := put(t, g, 200, string(callTo(200, "up", "", "/", "", 0)))
	g.memory.WriteUint32Le(uint32(at)+size, 9) // no such operation
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportCall, id, at, size)
	at = good()
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportCall, id, at, size-4)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportCall, id, end-4, size)
	want(t, g, hostabi.ErrnoContext, hostabi.ImportCall, id+1<<16, at, size)
	if c.pending() {
		t.Error("a call that was refused is waited for")
	}
	want(t, g, 1, hostabi.ImportCall, id, at, size)
	want(t, g, 2, hostabi.ImportCall, id, at, size)
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportCall, id, at, size)
	g.final = true
	want(t, g, hostabi.ErrnoState, hostabi.ImportCall, id, at, size)
	want(t, g, hostabi.ErrnoState, hostabi.ImportTimer, id, 1)
	want(t, g, hostabi.ErrnoState, hostabi.ImportCancel, id, 1)
	g.final = false
}

func TestTimersAndCancel(t *testing.T) {
	g, c := calling(t, 0)
	id := uint64(c.id)
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportCancel, id, 1)
	for _, ms := range []uint64{0, maxTimer + 1, 1<<32 - 1} {
		want(t, g, hostabi.ErrnoInvalid, hostabi.ImportTimer, id, ms)
	}
	want(t, g, hostabi.ErrnoContext, hostabi.ImportTimer, id+1<<16, 1)
	for i := range maxTimers {
		want(t, g, i+1, hostabi.ImportTimer, id, maxTimer)
	}
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportTimer, id, 1)
	want(t, g, hostabi.ErrnoContext, hostabi.ImportCancel, id+1<<16, 1)
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportCancel, id, 0)
	want(t, g, 0, hostabi.ImportCancel, id, 1)
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportCancel, id, 1)
	if n := len(c.waits.open); n != maxTimers-1 {
		t.Errorf("%d timers are waited for", n)
	}
}
