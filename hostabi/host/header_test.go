package host

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestRequestHeader(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handlingAs(t, r, Grants{Headers: []string{"x-a", "x-b"}})
	id, asked := uint64(c.id), ""
	c.Header = func(name []byte) (string, bool) {
		asked = string(name)
		return "value", asked == "x-a"
	}
	at, n := put(t, g, 100, "x-a")
	want(t, g, 5, hostabi.ImportHeader, id, at, n, 200, 5)
	if got, _ := g.memory.Read(200, 5); string(got) != "value" {
		t.Errorf("got %q", got)
	}
	want(t, g, 5, hostabi.ImportHeader, id, at, n, end, 4)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportHeader, id, at, n, end, 5)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportHeader, id, end, 1, 200, 5)
	want(t, g, hostabi.ErrnoContext, hostabi.ImportHeader, id+1<<16, at, n, 200, 5)
	at, n = put(t, g, 100, "x-b")
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportHeader, id, at, n, 200, 5)
	for _, name := range []string{"authorization", "X-A", "", "x-"} {
		asked = ""
		at, n = put(t, g, 100, name)
		if want(t, g, hostabi.ErrnoDenied, hostabi.ImportHeader, id, at, n, 200, 5); asked != "" {
			t.Errorf("the gateway was asked for %q", asked)
		}
	}
	c.Header = nil
	at, n = put(t, g, 100, "x-a")
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportHeader, id, at, n, 200, 5)
}
