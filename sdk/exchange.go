package sdk

import (
	"slices"

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

// keep takes a copy of what lies in the event buffer, before another event comes.
func (e *Exchange) keep() {
	e.doc.doc.Nodes, e.segments = slices.Clone(e.doc.doc.Nodes), slices.Clone(e.segments)
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
}

// serve registers a plugin whose hook is called with the events from first to last.
func serve[T any, S subject[T]](configure func(Value) error, calls bool, first, last hostabi.Event, hook func(S) error) {
	one := S(new(T))
	if configure != nil {
		registered.configure = func(config Value) error { return configure(config.Named("settings")) }
	}
	registered.serve = func(a *arrival) hostabi.Result {
		switch {
		case a.event == hostabi.EventCall || a.event == hostabi.EventTimer:
			return wake(a)
		case a.event == hostabi.EventCancel:
			drop(a.ctx)
			return hostabi.Done
		case a.event < first || a.event > last:
			return hostabi.Pass
		case calls:
			s := S(new(T))
			return start(s.exchange(), a, func() error { return hook(s) })
		}
		e := one.exchange()
		e.begin(a)
		return e.conclude(hook(one))
	}
}
