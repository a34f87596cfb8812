package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// text is what the guests that wait are asked about.
var text = &Text{Src: []byte("one two"), Segments: []hostabi.Segment{{Len: 7, Role: hostabi.RoleUser}}}

// waitingPlugin loads a guest that does what it is told in each event.
func waitingPlugin(t testing.TB, o Options, events map[hostabi.Event][]byte) *Plugin {
	t.Helper()
	r, _ := newRuntime(t, o)
	p, err := r.Load(t.Context(), "test", parking(events).wasm(), []byte(`{}`), Grants{Upstreams: []string{"up"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// input asks a guard about the text.
func input(c *Context) (hostabi.Result, error) {
	h := hostabi.Header{Endpoint: 3, Flags: 5}
	return c.SendText(hostabi.EventInput, &h, text)
}

// counted returns how many events the context's guest had and the last one.
func counted(c *Context) (events uint32, last hostabi.Event) {
	events, _ = c.guest.memory.ReadUint32Le(countAt)
	event, _ := c.guest.memory.ReadUint32Le(lastAt)
	return events, hostabi.Event(event)
}

// received returns the header that the guest has.
func received(c *Context) (h [8]uint32) {
	for i := range h {
		h[i], _ = c.guest.memory.ReadUint32Le(bufferAt + uint32(i)*4)
	}
	return h
}

var park = answer(hostabi.Pending)

func TestOneCall(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), park),
		hostabi.EventCall:  join(blockNow(403), answer(hostabi.Done)),
	})
	for _, e := range []struct {
		name   string
		fetch  func(*Fetch)
		header [8]uint32
	}{
		{"JSON", func(f *Fetch) { f.Status, f.Reply = 200, []byte(`{"a":[1]}`) }, [8]uint32{2, 2, 9, 200, 3, 5, 1, 0}},
		{"not JSON", func(f *Fetch) { f.Status, f.Reply = 503, []byte(`{"a":`) }, [8]uint32{2, 0, 5, 503, 3, 5, 1, 0}},
		{"an empty reply", func(f *Fetch) { f.Status = 204 }, [8]uint32{2, 0, 0, 204, 3, 5, 1, 0}},
		{"a timeout", func(f *Fetch) { f.Error = hostabi.CallTimeout }, [8]uint32{0, 0, 0, 0, 3, 5, 1, 2}},
		{"nothing at all", func(f *Fetch) {}, [8]uint32{0, 0, 0, 0, 3, 5, 1, 1}},
		{"a panic", func(f *Fetch) { f.Status = 200; panic("no") }, [8]uint32{0, 0, 0, 0, 3, 5, 1, 1}},
		{"nobody who calls", nil, [8]uint32{0, 0, 0, 0, 3, 5, 1, 4}},
	} {
		c := opened(t, p)
		if c.Fetch = e.fetch; e.fetch != nil {
			c.Fetch = func(f *Fetch) {
				if f.Upstream != "up" || f.Method != "POST" || f.Path != "/check?x=1" || string(f.Body) != "up" || f.Header[0] != [2]string{"x-test", "1"} {
					t.Errorf("%s: called %s %s %s %q", e.name, f.Method, f.Upstream, f.Path, f.Body)
				}
				e.fetch(f)
			}
		}
		result, err := input(c)
		if result != hostabi.Done || err != nil || c.Block == nil || c.Block.Status != 403 {
			t.Errorf("%s: %d, %v, %+v", e.name, result, err, c.Block)
		}
		if got := received(c); got != e.header {
			t.Errorf("%s: the guest got %v, want %v", e.name, got, e.header)
		}
		c.Close()
	}
}

// TestDocumentsStay checks that a guest that waits still has what it was asked about, beside the replies.
func TestDocumentsStay(t *testing.T) {
	emitAll := join(local(0), constant(int32(hostabi.OutBody)), constant(600), constant(2), constant(0), constant(0), call(doEmit), []byte{opDrop})
	op := func(at, doc, n int32) []byte {
		return join(constant(at), constant(1|doc<<16), store(), constant(at+4), constant(0), store(), constant(at+8), constant(n), store())
	}
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventRequest: join(startCall(), park),
		hostabi.EventCall:    join(unless(3, startCall(), park), op(600, 1, 4), op(612, 3, 6), emitAll, answer(hostabi.Done)),
	})
	c := opened(t, p)
	calls := 0
	c.Fetch = func(f *Fetch) { calls++; f.Status, f.Reply = 200, fmt.Appendf(nil, "reply%d", calls) }
	if result, err := do(c, document(t, `[12]`)); result != hostabi.Done || err != nil {
		t.Fatal(result, err)
	}
	if string(c.Body) != "[12]reply2" || calls != 2 {
		t.Errorf("%s after %d calls", c.Body, calls)
	}
}

// TestThreeCalls checks that calls run at once, and are told of in the order in which they end.
func TestThreeCalls(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), startCall(), startCall(), park),
		hostabi.EventCall:  join(unless(4, park), answer(hostabi.Pass)),
	})
	c := opened(t, p)
	var at sync.WaitGroup
	at.Add(3)
	var order []uint32
	c.Fetch = func(f *Fetch) {
		at.Done()
		at.Wait()
		f.Status = 200
	}
	c.Gone = func() bool { order = append(order, received(c)[6]); return false }
	if result, err := input(c); result != hostabi.Pass || err != nil {
		t.Fatal(result, err)
	}
	order = append(order, received(c)[6])
	slices.Sort(order)
	if order = slices.Compact(order); !slices.Equal(order, []uint32{0, 1, 2, 3}) {
		t.Errorf("the guest was told of %v", order)
	}
	if n, last := counted(c); n != 4 || last != hostabi.EventCall {
		t.Errorf("%d events, %d at last", n, last)
	}
}

func TestTimers(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startTimer(30), startTimer(1), park),
		hostabi.EventTimer: join(unless(3, park), answer(hostabi.Done)),
	})
	c := opened(t, p)
	began := time.Now()
	if result, err := input(c); result != hostabi.Done || err != nil {
		t.Fatal(result, err)
	}
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("timers of 30 ms took %s", took)
	}
	if h := received(c); h != [8]uint32{0, 0, 0, 0, 3, 5, 1, 0} {
		t.Errorf("the last timer brought %v", h)
	}
}

// TestDeadline plays a guest that gives a call only so long: a timer ends, the guest answers without the reply, and the
// call is told that nobody wants it any more.
func TestDeadline(t *testing.T) {
	for name, after := range map[string][]byte{
		"answered":  answer(hostabi.Done),
		"cancelled": join(cancelWait(1), answer(hostabi.Done)),
		"failed":    answer(-5),
		"trapped":   {opUnreachable},
	} {
		p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
			hostabi.EventInput: join(startCall(), startTimer(1), park),
			hostabi.EventTimer: after,
		})
		c := opened(t, p)
		aborted, ended := make(chan bool), atomic.Bool{}
		c.Fetch = func(f *Fetch) {
			f.OnAbort(func() { close(aborted) })
			<-aborted
			ended.Store(true)
		}
		result, err := input(c)
		if failed := name == "failed" || name == "trapped"; (err != nil) != failed || !failed && result != hostabi.Done {
			t.Errorf("%s: %d, %v", name, result, err)
		}
		if c.Close(); !ended.Load() {
			t.Errorf("%s: the exchange was closed while a call was on its way", name)
		}
	}
}

// TestCancelledCallsAreNotDelivered cancels one of three calls before it begins, and one while it is on its way or back.
func TestCancelledCallsAreNotDelivered(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), startCall(), startCall(), cancelWait(1), park),
		hostabi.EventCall:  join(cancelWait(2), cancelWait(3), startTimer(1), park),
		hostabi.EventTimer: answer(hostabi.Done),
	})
	c := opened(t, p)
	var calls atomic.Int32
	c.Fetch = func(f *Fetch) { calls.Add(1); f.Status = 200 }
	if _, err := input(c); err != nil {
		t.Fatal(err)
	}
	if n, last := counted(c); last != hostabi.EventTimer || n != 3 {
		t.Errorf("%d events, %d at last", n, last)
	}
	if c.Close(); calls.Load() != 2 {
		t.Errorf("%d calls were made", calls.Load())
	}
}

func TestAbortAfterTheCall(t *testing.T) {
	var f Fetch
	aborted := false
	f.run(nil, func(f *Fetch) { f.OnAbort(func() { aborted = true }) })
	if f.abort(); aborted {
		t.Error("a call that is over was aborted")
	}
	var late Fetch
	late.abort()
	if late.OnAbort(func() { aborted = true }); !aborted {
		t.Error("a call that nobody wants was not aborted")
	}
}

// TestPendingForNothing checks that a guest that waits for nothing is treated like one that crashed.
func TestPendingForNothing(t *testing.T) {
	for name, events := range map[string]map[hostabi.Event][]byte{
		"at once":    {hostabi.EventInput: park},
		"cancelled":  {hostabi.EventInput: join(startCall(), cancelWait(1), park)},
		"after that": {hostabi.EventInput: join(startTimer(1), park), hostabi.EventTimer: park},
	} {
		c := opened(t, waitingPlugin(t, Options{Instances: 1}, events))
		if _, err := input(c); !errors.Is(err, ErrTrapped) || !strings.Contains(err.Error(), "left pending without") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLostWhileWaiting checks that a crash takes the exchanges that wait with it, and only tells them so.
func TestLostWhileWaiting(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput:  join(startCall(), park),
		hostabi.EventOutput: {opUnreachable},
	})
	c := opened(t, p)
	c.Fetch = func(f *Fetch) {
		var h hostabi.Header
		if _, err := opened(t, p).SendText(hostabi.EventOutput, &h, text); !errors.Is(err, ErrTrapped) {
			t.Error(err)
		}
	}
	if _, err := input(c); !errors.Is(err, ErrLost) {
		t.Errorf("error %v, want ErrLost", err)
	}
}

func TestClosedWhileWaiting(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{hostabi.EventInput: join(startCall(), park)})
	c := opened(t, p)
	c.Fetch = func(f *Fetch) { p.Close(t.Context()) }
	if _, err := input(c); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

// TestClientLeaves checks that waiting ends when the client leaves, and that the guest hears of it.
func TestClientLeaves(t *testing.T) {
	for name, start := range map[string][]byte{
		"one call":        startCall(),
		"two calls":       join(startCall(), startCall()),
		"a timer":         startTimer(maxTimer),
		"a call, a timer": join(startCall(), startTimer(maxTimer)),
	} {
		p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
			hostabi.EventInput:  join(start, park),
			hostabi.EventCancel: join(startCall(), startTimer(1), answer(hostabi.Pass)), // both are refused
		})
		c := opened(t, p)
		c.Cancels = true
		var gone atomic.Bool
		asked := 0
		c.Fetch = func(f *Fetch) {
			gone.Store(true)
			if left := make(chan bool); name != "one call" {
				f.OnAbort(func() { close(left) })
				<-left
			}
		}
		c.Gone = func() bool {
			asked++
			return gone.Load() || name == "a timer" && asked == 2
		}
		if _, err := input(c); !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v, want ErrGone", name, err)
		}
		if n, last := counted(c); n != 2 || last != hostabi.EventCancel {
			t.Errorf("%s: %d events, %d at last", name, n, last)
		}
		g := c.guest
		c.Close()
		if n, _ := g.memory.ReadUint32Le(countAt); n != 2 || g.dead || !g.places.empty() {
			t.Errorf("%s: %d events after the end", name, n)
		}
	}
}

// TestInstanceIsFreeMeanwhile checks that an exchange that waits keeps nobody from the instance.
func TestInstanceIsFreeMeanwhile(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), park),
		hostabi.EventCall:  answer(hostabi.Done),
	})
	c := opened(t, p)
	c.Fetch = func(*Fetch) { must(t, opened(t, p), `{}`) }
	if _, err := input(c); err != nil {
		t.Fatal(err)
	}
}

// TestCallsOfAnExchange checks that the limit holds over all its events, and that contexts can be used again.
func TestCallsOfAnExchange(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), park),
		hostabi.EventCall:  answer(hostabi.Done),
	})
	var c Context
	calls := 0
	for range 2 {
		c.Open(p)
		c.Fetch = func(*Fetch) { calls++ }
		for range maxCalls {
			if _, err := input(&c); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := input(&c); !errors.Is(err, ErrTrapped) {
			t.Errorf("after %d calls: %v", maxCalls, err)
		}
		c.Close()
	}
	if calls != 2*maxCalls {
		t.Errorf("%d calls", calls)
	}
}

// TestAllocationsOfAWait holds the host's part of a call to what the guest's own words take.
func TestAllocationsOfAWait(t *testing.T) {
	p := waitingPlugin(t, Options{Instances: 1}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), park),
		hostabi.EventCall:  answer(hostabi.Done),
	})
	var c Context
	body := []byte(`{"ok":true}`)
	fetch := func(f *Fetch) { f.Status, f.Reply = 200, body }
	var err error
	one := func() {
		c.Open(p)
		c.Fetch = fetch
		if _, e := input(&c); e != nil {
			err = e
		}
		c.Close()
	}
	one()
	if n := testing.AllocsPerRun(100, one); n > 2 || err != nil {
		t.Errorf("%g allocations, %v: want the path and the headers only", n, err)
	}
}

const crowd = 1000

// TestCrowdWaits lets a thousand exchanges wait at once on as many instances as there are processors.
func TestCrowdWaits(t *testing.T) {
	p := waitingPlugin(t, Options{}, map[hostabi.Event][]byte{
		hostabi.EventInput: join(startCall(), park),
		hostabi.EventCall:  join(blockNow(418), answer(hostabi.Done)),
	})
	var there, all sync.WaitGroup
	there.Add(crowd)
	for range crowd {
		all.Go(func() {
			var c Context
			c.Open(p)
			defer c.Close()
			c.Fetch = func(f *Fetch) {
				there.Done()
				there.Wait()
				f.Status = 200
			}
			if _, err := input(&c); err != nil || c.Block.Status != 418 {
				t.Error(err)
			}
		})
	}
	there.Wait()
	if s := p.Stats(); s.InFlight == 0 || s.Instances > len(p.seats) {
		t.Errorf("%d exchanges on %d instances, %d are allowed", s.InFlight, s.Instances, len(p.seats))
	}
	all.Wait()
	if s := p.Stats(); s.InFlight != 0 || s.Traps != 0 || s.Events != 2*crowd {
		t.Errorf("in the end %+v", s)
	}
}
