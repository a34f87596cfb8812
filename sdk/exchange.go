package sdk

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Exchange is what guards, observers, routers and auth plugins know of the exchange that they are asked about, and what
// the gateway does for them. It is valid during the hook.
type Exchange struct {
	ctx      uint32
	event    hostabi.Event
	header   hostabi.Header
	doc      Document
	segments []hostabi.Segment
	out      Out
	answered bool
	task     *task // what can wait; nil without Calls

	// What keep copies to, used again.
	keptNodes    []tape.Node
	keptSegments []hostabi.Segment
}

// arrival is an event as the host brings it. Its nodes and segments lie in a buffer that the next event overwrites.
type arrival struct {
	ctx      uint32
	event    hostabi.Event
	header   hostabi.Header
	nodes    []tape.Node
	segments []hostabi.Segment
	src      []byte // set only where the text lies on this side
}

// arrived is the event at hand: a guest handles one at a time.
var arrived arrival

func (e *Exchange) exchange() *Exchange { return e }

func (e *Exchange) begin(a *arrival) {
	e.ctx, e.event, e.header, e.segments, e.answered, e.task = a.ctx, a.event, a.header, a.segments, false, nil
	e.doc = Document{id: a.header.Doc, ctx: a.ctx, doc: tape.Doc{Src: a.src, Nodes: a.nodes}}
}

// keep takes copies of what lies in the event buffer, before another event comes.
func (e *Exchange) keep() {
	e.keptNodes, e.keptSegments = append(e.keptNodes[:0], e.doc.doc.Nodes...), append(e.keptSegments[:0], e.segments...)
	e.doc.doc.Nodes, e.segments = e.keptNodes, e.keptSegments
}

// lightBytes is how much memory a subject may keep for the next hook.
const lightBytes = 4 << 10

// light reports whether what the subject keeps is little.
func (e *Exchange) light() bool {
	return cap(e.out.lit)+cap(e.out.ops)*tape.OpSize+cap(e.keptNodes)*tape.NodeSize+cap(e.keptSegments)*hostabi.SegmentSize <= lightBytes
}

// conclude is the result of an event whose hook returned err.
func (e *Exchange) conclude(err error) hostabi.Result {
	if err != nil {
		fail(e.ctx, err)
		return hostabi.Done
	}
	if e.answered {
		return hostabi.Done
	}
	return hostabi.Pass
}

// body answers with a document.
func (e *Exchange) body(o *Out) {
	o.emit(e.ctx, hostabi.OutBody)
	e.answered = true
}

// Attr returns an attribute of the exchange, "" when there is none: "call_id", "requested_model", "endpoint", "stream",
// "key_hash", "key_alias", "user_id", "team_id", "end_user"; for guards "guardrail_extra", what the request says beside the
// guard's name, JSON.
func (e *Exchange) Attr(name Atom) string { return hostAttr(e.ctx, name) }

// Header returns a header of the client's request by its name in lower case, "" when there is none. The manifest must
// name it in needs.headers.
func (e *Exchange) Header(name string) string { return hostHeader(e.ctx, name) }

// Endpoint returns the API that the client called.
func (e *Exchange) Endpoint() hostabi.Endpoint { return hostabi.Endpoint(e.header.Endpoint) }

// Stream reports whether the client asked for a stream.
func (e *Exchange) Stream() bool { return e.header.Flags&hostabi.FlagStream != 0 }

// Out returns an empty Out whose memory is reused; an exchange has one. Make others with new.
func (e *Exchange) Out() *Out {
	e.out.Reset()
	return &e.out
}

// subject is what a hook is called with: a struct that embeds Exchange.
type subject[T any] interface {
	*T
	exchange() *Exchange
	light() bool
}

// serve registers a plugin whose hook is called with the events from first to last.
func serve[T any, S subject[T]](configure func(Value) error, calls bool, first, last hostabi.Event, hook func(S) error) {
	one, c := S(new(T)), &crew{hire: func() *task {
		s := S(new(T))
		return &task{exchange: s.exchange(), light: s.light, hook: func() error { return hook(s) }}
	}}
	if configure != nil {
		registered.configure = func(config Value) error { return configure(config.Named("settings")) }
	}
	registered.serve = func(a *arrival) hostabi.Result {
		switch {
		case a.event == hostabi.EventCall || a.event == hostabi.EventTimer:
			return c.wake(a)
		case a.event == hostabi.EventCancel:
			c.drop(a.ctx)
			return hostabi.Done
		case a.event < first || a.event > last:
			return hostabi.Pass
		case calls:
			return c.serve(a)
		}
		e := one.exchange()
		e.begin(a)
		return e.conclude(hook(one))
	}
}
