package sdk

import (
	"iter"
	"runtime"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// task is a hook that may wait: a coroutine, so that waiting returns to the host instead of blocking the instance.
type task struct {
	exchange *Exchange
	next     func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	waits    []wait
	result   hostabi.Result
	kept     bool // the event's records are copies
	ended    bool
	dropped  bool // the exchange is over; the hook must not go on
}

// wait is a call or a timer whose event has not come yet.
type wait struct {
	id    uint32
	reply *FetchReply // nil for a timer
}

// tasks holds those that wait, by the place of their context.
var tasks []*task

func place(ctx uint32) int { return int(ctx & 0xffff) }

// start runs a hook until it ends or waits.
func start(e *Exchange, a *arrival, hook func() error) hostabi.Result {
	drop(a.ctx)
	e.begin(a)
	t := &task{exchange: e}
	e.task = t
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer t.unwind()
		t.yield = yield
		t.result = e.conclude(hook())
		t.ended = true
	})
	return t.run()
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

func (t *task) run() hostabi.Result {
	slot := place(t.exchange.ctx)
	if _, waits := t.next(); !waits {
		if slot < len(tasks) && tasks[slot] == t {
			tasks[slot] = nil
		}
		return t.result
	}
	if !t.kept {
		t.exchange.keep()
		t.kept = true
	}
	for slot >= len(tasks) {
		tasks = append(tasks, nil)
	}
	tasks[slot] = t
	return hostabi.Pending
}

// park waits until everything in waits has come. When the exchange is over before that, the hook ends here.
func (t *task) park() {
	for len(t.waits) > 0 {
		if !t.yield(struct{}{}) {
			panic("the exchange is over")
		}
	}
}

// wake brings the event of a call or timer to the task that waits for it.
func wake(a *arrival) hostabi.Result {
	slot := place(a.ctx)
	if slot >= len(tasks) || tasks[slot] == nil || tasks[slot].exchange.ctx != a.ctx {
		return hostabi.Pass
	}
	t := tasks[slot]
	t.arrive(a)
	if len(t.waits) > 0 {
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
		}
		t.waits = append(t.waits[:i], t.waits[i+1:]...)
		return
	}
}

// drop ends the task of a context, if there is one, where it waits.
func drop(ctx uint32) {
	slot := place(ctx)
	if slot >= len(tasks) || tasks[slot] == nil {
		return
	}
	t := tasks[slot]
	tasks[slot], t.dropped = nil, true
	t.stop()
}

// receive fills in what a call brought.
func (r *FetchReply) receive(a *arrival) {
	r.Status = int(a.header.Status)
	if r.Status == 0 {
		r.Err = &FetchError{Upstream: r.upstream, Why: hostabi.CallError(a.header.Name)}
		return
	}
	r.size = a.header.Bytes
	r.doc = &Document{id: a.header.Doc, ctx: a.ctx, doc: tape.Doc{Src: a.src, Nodes: append([]tape.Node(nil), a.nodes...)}}
}
