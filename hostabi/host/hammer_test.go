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
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; yield() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
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
