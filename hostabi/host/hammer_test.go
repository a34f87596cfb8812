package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

func yield() { runtime.Gosched() }

func TestHammer(t *testing.T) { hammer(t) }

// hammer lets 64 goroutines use one plugin whose guest crashes or takes too much memory now and then, and closes it in
// the end while they do.
func hammer(t *testing.T) {
	before := runtime.NumGoroutine()
	r, err := New(t.Context(), Options{CacheDir: compilationCache(), Instances: 3, RecyclePages: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := mustLoad(t, r, goGuest(t), `{}`)
	neverOpens(p)
	var served, trapped, lost atomic.Int32
	var all sync.WaitGroup
	for g := range 64 {
		all.Go(func() {
			var c Context
			for i := 0; ; i++ {
				c.Open(p)
				trouble := ""
				if i%40 == 20 {
					trouble = troubles[g%8]
				}
				err := exchange(&c, fmt.Sprintf("%d.%d", g, i), trouble)
				c.Close()
				switch {
				case err == nil:
					if served.Add(1) == 3000 {
						all.Go(func() {
							if err := p.Close(context.Background()); err != nil {
								t.Error(err)
							}
						})
					}
				case errors.Is(err, ErrTrapped):
					trapped.Add(1)
				case errors.Is(err, ErrLost):
					lost.Add(1)
				case errors.Is(err, ErrClosed):
					return
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d served, %d trapped, %d lost", served.Load(), trapped.Load(), lost.Load())
	awaitGoroutines(t, before)
}

// troubles are what some of the goroutines do to the guest.
var troubles = [8]string{`{"do":"panic"}`, `{"do":"grow","size":8000000}`}

// exchange sends a few events, one of them trouble if there is any, and checks that each answer is the exchange's own.
func exchange(c *Context, id, trouble string) error {
	var h hostabi.Header
	kept := ""
	for i, event := range []hostabi.Event{hostabi.EventRequest, hostabi.EventChunk, hostabi.EventChunk, hostabi.EventEnd} {
		src := fmt.Sprintf(`{"do":"keep","keep":%q}`, id)
		if trouble != "" && i == 2 {
			src = trouble
		}
		d, err := scan(src)
		if err != nil {
			return err
		}
		if _, err := c.Send(event, &h, d); err != nil {
			return err
		}
		if src == trouble {
			continue
		}
		kept += id
		if want := fmt.Sprintf("%q", fmt.Sprint(kept, i+1)); string(c.Body) != want {
			return fmt.Errorf("got %s, want %s", c.Body, want)
		}
	}
	return nil
}

// TestHammerWaits lets many goroutines wait for calls and timers of one plugin whose guest crashes now and then, whose
// clients leave, and which is closed in the end while they do.
func TestHammerWaits(t *testing.T) {
	before := runtime.NumGoroutine()
	r, err := New(t.Context(), Options{Instances: 3})
	if err != nil {
		t.Fatal(err)
	}
	guest := parking(map[hostabi.Event][]byte{
		hostabi.EventInput:   join(startCall(), park),
		hostabi.EventOutput:  join(startCall(), startCall(), startCall(), park),
		hostabi.EventWindow:  join(startCall(), startTimer(1), park),
		hostabi.EventRequest: {opUnreachable},
		hostabi.EventCall:    answer(hostabi.Done),
		hostabi.EventTimer:   answer(hostabi.Done),
	})
	p := loadAs(t, r, guest, Grants{Upstreams: []string{"up"}})
	neverOpens(p)
	var served, gone, lost atomic.Int32
	var all sync.WaitGroup
	for g := range 32 {
		all.Go(func() {
			var c Context
			for i := g; ; i++ {
				c.Open(p)
				c.Fetch = meanwhile
				c.Gone = func() bool { return i%16 == 3 }
				err := oneOf(&c, i)
				c.Close()
				switch {
				case err == nil:
					if served.Add(1) == 3000 {
						all.Go(func() { p.Close(context.Background()) })
					}
				case errors.Is(err, ErrGone):
					gone.Add(1)
				case errors.Is(err, ErrTrapped) || errors.Is(err, ErrLost):
					lost.Add(1)
				case errors.Is(err, ErrClosed):
					return
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d served, %d gone, %d lost", served.Load(), gone.Load(), lost.Load())
	awaitGoroutines(t, before)
}

// meanwhile carries out a call that takes a while, or until nobody wants it.
func meanwhile(f *Fetch) {
	aborted := make(chan bool)
	f.OnAbort(func() { close(aborted) })
	select {
	case <-aborted:
		f.Error = hostabi.CallFailed
	case <-time.After(100 * time.Microsecond):
		f.Status, f.Reply = 200, []byte(`{"ok":true}`)
	}
}

// oneOf sends one of the events that the guest knows.
func oneOf(c *Context, i int) error {
	var h hostabi.Header
	if i%32 == 7 {
		_, err := c.Send(hostabi.EventRequest, &h, nil)
		return err
	}
	event := [...]hostabi.Event{hostabi.EventInput, hostabi.EventOutput, hostabi.EventWindow}[i%3]
	result, err := c.SendText(event, &h, text)
	if err == nil && result != hostabi.Done {
		return fmt.Errorf("result %d of event %d", result, event)
	}
	return err
}

// awaitGoroutines waits until no more run than did before.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; yield() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}
