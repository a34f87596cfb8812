package host

import (
	"errors"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// TestPerRequest checks that nothing of an exchange is there in the next.
func TestPerRequest(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := loadAs(t, r, parking(nil), Grants{PerRequest: true, Contexts: 2})
	if s := p.Stats(); s.Instances != 0 {
		t.Errorf("at first %+v", s)
	}
	a, b := opened(t, p), opened(t, p)
	for i := range uint32(3) {
		must(t, a, `{}`)
		if n, _ := counted(a); n != i+1 {
			t.Errorf("event %d of an exchange is number %d", i+1, n)
		}
	}
	must(t, b, `{}`)
	if n, _ := counted(b); n != 1 || a.guest == b.guest {
		t.Errorf("the first event of another exchange is number %d", n)
	}
	c := opened(t, p)
	if _, err := do(c, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v, want ErrBusy", err)
	}
	old := a.guest
	if a.Close(); !old.dead {
		t.Error("the instance outlived its exchange")
	}
	must(t, c, `{}`)
	if n, _ := counted(c); n != 1 {
		t.Errorf("the first event of a later exchange is number %d", n)
	}
	if s := p.Stats(); s.Instances != 2 || s.Events != 5 || s.InFlight != 2 {
		t.Errorf("in the end %+v", s)
	}
}

func TestPerRequestTraps(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := loadAs(t, r, parking(map[hostabi.Event][]byte{hostabi.EventRequest: {opUnreachable}}), Grants{PerRequest: true, Contexts: 1})
	neverOpens(p)
	for range 3 {
		c := opened(t, p)
		if _, err := do(c, nil); !errors.Is(err, ErrTrapped) {
			t.Errorf("error %v, want ErrTrapped", err)
		}
		if _, err := do(c, nil); !errors.Is(err, ErrLost) {
			t.Errorf("error %v, want ErrLost", err)
		}
		c.Close()
	}
	if s := p.Stats(); s.Traps != 3 || s.Instances != 0 || s.LastTrap == "" {
		t.Errorf("%+v", s)
	}
}

func TestPerRequestIsClosed(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := loadAs(t, r, parking(nil), Grants{PerRequest: true})
	a, b := opened(t, p), opened(t, p)
	must(t, a, `{}`)
	must(t, b, `{}`)
	b.Close()
	if err := p.Close(t.Context()); err != nil || !a.guest.dead {
		t.Errorf("an instance outlived the plugin, %v", err)
	}
	for name, c := range map[string]*Context{"bound": a, "reused": b, "fresh": {}} {
		if c != a {
			c.Open(p)
		}
		if _, err := do(c, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
		c.Close()
	}
}

// TestPerRequestFailsToStart checks that an instance that does not start leaves its place to the next.
func TestPerRequestFailsToStart(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := loadAs(t, r, parking(nil), Grants{PerRequest: true, Contexts: 1})
	if err := p.discard(); err != nil {
		t.Fatal(err)
	}
	config := p.config
	p.config = make([]byte, 70_000) // more than the guest's memory
	if _, err := do(opened(t, p), nil); err == nil {
		t.Error("an instance that can't be configured serves")
	}
	p.config = config
	must(t, opened(t, p), `{}`)
}
