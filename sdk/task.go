package sdk

import (
	"iter"
	"runtime"

	"github.com/sluice-gateway/sluice/hostabi"
)

// task runs hooks that may wait, one after the other: a coroutine, so that waiting returns to the host instead of
// blocking the instance. It has its own subject to call the hook with.
type task struct {
	crew     *crew
	exchange *Exchange // of the subject
	light    func() bool
	hook     func() error
	next     func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	waits    []wait
	reply    FetchReply  // of the hook's first call
	latest   *FetchReply // whose nodes still lie in the event buffer
	result   hostabi.Result
	called   bool // reply is in use
	kept     bool // the event's records are copies
	ended    bool // the hook returned
	dropped  bool // the exchange is over; the hook must not go on
}

// wait is a call or a timer whose event has not come yet.
type wait struct {
	id    uint32
	reply *FetchReply // nil for a timer
}

func (t *task) create() {
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer t.unwind()
		t.yield = yield
		grow()
		for again := true; again; again = t.rest() && yield(struct{}{}) {
			t.result = t.exchange.conclude(t.hook())
			t.ended = true
		}
	})
}

// hookStack is about what a hook that makes a call needs of its stack, in bytes.
const hookStack = 1536

// grow makes the stack grow at once, while it is shallow: deep in a call, that would take longer than the call.
//
//go:noinline
func grow() {
	var room [hookStack]byte
	touch(&room)
}

//go:noinline
func touch(*[hookStack]byte) {}

// rest reports whether the coroutine is to be kept for another hook. It forgets what the last one was about, which may be
// large: the event buffer for one.
func (t *task) rest() bool {
	t.exchange.doc, t.exchange.segments, t.reply, t.latest = Document{}, nil, FetchReply{}, nil
	return !t.dropped && t.light() && t.crew.keep(t)
}

// unwind ends a coroutine whose hook did not return. A panic goes on to the one who resumed it and loses its stack there,
// so the stack is logged here.
func (t *task) unwind() {
	switch {
	case t.ended:
	case t.dropped:
		recover()
	default:
		stack := make([]byte, 4096)
		hostLog(8, "panic in a hook that makes calls:\n"+string(stack[:runtime.Stack(stack, false)]))
	}
}

// begin runs the hook for an event until it ends or waits.
func (t *task) begin(a *arrival) hostabi.Result {
	t.exchange.begin(a)
	t.exchange.task = t
	t.called, t.kept, t.ended = false, false, false
	return t.run()
}

func (t *task) run() hostabi.Result {
	t.next()
	if t.ended {
		t.crew.leave(t)
		return t.result
	}
	t.keep()
	t.crew.park(t)
	return hostabi.Pending
}

// keep takes copies of what lies in the event buffer, before another event comes.
func (t *task) keep() {
	if !t.kept {
		t.exchange.keep()
		t.kept = true
	}
	if t.latest != nil {
		t.latest.keep()
		t.latest = nil
	}
}

// park waits until everything in waits has come. When the exchange is over before that, the hook ends here.
func (t *task) park() {
	for len(t.waits) > 0 {
		if !t.yield(struct{}{}) {
			panic("the exchange is over")
		}
	}
}

// wake brings the event of a call or timer.
func (t *task) wake(a *arrival) hostabi.Result {
	t.arrive(a)
	if len(t.waits) > 0 {
		t.keep()
		return hostabi.Pending
	}
	return t.run()
}

func (t *task) arrive(a *arrival) {
	for i, w := range t.waits {
		if w.id != a.header.Vendor {
			continue
		}
		if w.reply != nil {
			w.reply.receive(a)
			t.latest = w.reply
		}
		t.waits = append(t.waits[:i], t.waits[i+1:]...)
		return
	}
}

// answer returns where a call's reply is to be put.
func (t *task) answer() *FetchReply {
	if t.called {
		return new(FetchReply)
	}
	t.called = true
	return &t.reply
}
