package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

var errLeft = errors.New("the client left")

func cancelled(t *testing.T, err error) {
	t.Helper()
	wantError(t, err, ErrCancelled)
	wantError(t, err, errLeft)
}

func TestCancelBefore(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Cancel = new(Canceller)
	call.Cancel.Cancel(errLeft)
	call.Cancel.Cancel(io.EOF)
	_, _, err := fetch(c, call)
	cancelled(t, err)
	if s.conns.Load() != 0 {
		t.Error("it dialled")
	}
	call.Cancel.Reset()
	mustFetch(t, c, call, "hello")
	call.Cancel.Cancel(errLeft)
	_, _, err = fetch(c, call)
	cancelled(t, err)
	if len(call.Host.pool.idle) != 1 {
		t.Error("it cost a connection")
	}
}

func TestCancelWhileDialling(t *testing.T) {
	dialing := make(chan struct{})
	c := client(t, Options{Dial: blackHole(dialing)})
	call := post(host(t, c, "http://a.example"), "")
	call.Cancel = new(Canceller)
	go func() {
		<-dialing
		call.Cancel.Cancel(errLeft)
	}()
	_, _, err := fetch(c, call)
	cancelled(t, err)
}

// TestCancelAsTheDialEnds: the connection came too late and must not leak.
func TestCancelAsTheDialEnds(t *testing.T) {
	ours, theirs := net.Pipe()
	call := post(nil, "")
	call.Cancel = new(Canceller)
	c := client(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		call.Cancel.Cancel(errLeft)
		return ours, nil
	}})
	call.Host = host(t, c, "http://a.example")
	_, _, err := fetch(c, call)
	cancelled(t, err)
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other end reads %v", err)
	}
}

func TestCancelBeforeTheHead(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	s := serve(t, func(p *peer) {
		p.request()
		close(asked)
		io.Copy(io.Discard, p.r)
		close(left)
	})
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Cancel = new(Canceller)
	go func() {
		<-asked
		call.Cancel.Cancel(errLeft)
	}()
	_, _, err := fetch(c, call)
	cancelled(t, err)
	<-left
}

func TestCancelMidStream(t *testing.T) {
	left := make(chan struct{})
	s := serve(t, func(p *peer) {
		stall(oneEvent)(p)
		close(left)
	})
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Cancel = new(Canceller)
	var r Reply
	if err := c.Do(call, &r); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	events := r.Events(SSE)
	if ev, err := events.Next(); string(ev.Data) != "a" || err != nil {
		t.Fatalf("%q, %v", ev.Data, err)
	}
	go call.Cancel.Cancel(errLeft)
	_, err := events.Next()
	cancelled(t, err)
	<-left
}

// TestLateCancel: the connection is back in the pool and belongs to someone else.
func TestLateCancel(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Cancel = new(Canceller)
	mustFetch(t, c, call, "hello")
	call.Cancel.Cancel(errLeft)
	mustFetch(t, c, post(call.Host, ""), "hello")
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestCancelledConnectionIsNotKept: the reply was complete, but Cancel had closed its connection already.
func TestCancelledConnectionIsNotKept(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Cancel = new(Canceller)
	var r Reply
	if err := c.Do(call, &r); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAll(nil, 0); err != nil {
		t.Fatal(err)
	}
	call.Cancel.Cancel(errLeft)
	r.Close()
	if n := len(call.Host.pool.idle); n != 0 {
		t.Errorf("%d idle connections", n)
	}
}

// TestCancelRaces lets Cancel meet calls at every moment of their lives, while others share the pool undisturbed.
func TestCancelRaces(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	h := host(t, c, s.url)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var cancel Canceller
			for range 200 {
				call := post(h, "")
				call.Cancel = &cancel
				var stop sync.WaitGroup
				stop.Go(func() { cancel.Cancel(errLeft) })
				_, body, err := fetch(c, call)
				if err == nil && body != "hello" || err != nil && !errors.Is(err, errLeft) {
					t.Errorf("cancelled: %q, %v", body, err)
				}
				stop.Wait()
				cancel.Reset()
				if _, body, err := fetch(c, post(h, "")); body != "hello" || err != nil {
					t.Errorf("undisturbed: %q, %v", body, err)
				}
			}
		})
	}
	all.Wait()
}

func TestAttachedAreCancelledTogether(t *testing.T) {
	var parent, first, second, released, late Canceller
	parent.Attach(&first)
	parent.Attach(&second)
	parent.Attach(&released)()
	cause := errors.New("left")
	parent.Cancel(cause)
	for _, c := range []*Canceller{&first, &second} {
		if c.Err() != cause {
			t.Errorf("attached: %v", c.Err())
		}
	}
	if released.Err() != nil {
		t.Error("a released one was cancelled")
	}
	if parent.Attach(&late)(); late.Err() != cause {
		t.Errorf("attached after the end: %v", late.Err())
	}
	var nobody *Canceller
	var own Canceller
	if nobody.Attach(&own)(); own.Err() != nil {
		t.Error("a nil Canceller cancelled")
	}
}

func TestAttachWhileCancelling(t *testing.T) {
	for range 200 {
		var parent Canceller
		var children [8]Canceller
		var wait sync.WaitGroup
		for i := range children {
			wait.Go(func() { defer parent.Attach(&children[i])() })
		}
		wait.Go(func() { parent.Cancel(nil) })
		wait.Wait()
	}
}
