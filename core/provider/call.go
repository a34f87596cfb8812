package provider

import (
	"time"
	"unsafe"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Limits bound one attempt.
type Limits struct {
	Timeout  time.Duration  // of the whole answer, or of each wait for a part of a stream
	Response core.SizeLimit // of a reply
}

// Call carries one exchange through one target. It is made with NewCall, used for any number of exchanges one after the
// other, and belongs to one goroutine.
type Call struct {
	client *upstream.Client
	target *Target
	x      *core.Exchange

	limit       time.Duration
	maxResponse core.SizeLimit
	flags       uint32 // of every event

	guest    host.Context
	attr     func(tape.Atom) (string, bool)
	set      func(hostabi.Setting, []byte, []byte) error
	request  tape.Doc // what the guest and the upstream get
	answer   tape.Doc
	raw      []byte // the reply as it came
	path     []byte
	header   []byte
	wire     upstream.Call
	reply    upstream.Reply
	events   *upstream.Events
	open     bool // the reply has to be closed
	begun    bool // of a stream: an event has come
	finished bool // of a stream: the upstream said that it is done
	body     []byte
}

// NewCall returns a Call that sends through client.
func NewCall(client *upstream.Client) *Call {
	c := &Call{client: client}
	c.attr, c.set = c.attribute, c.setting
	return c
}

// Do sends the request doc to the target's upstream and waits for the answer: the whole of it, or for streams the first
// part that concerns the client. key replaces the deployment's credential when it is not empty. After an error the
// call can be tried again, with this target or another; after success End must follow.
func (c *Call) Do(t *Target, x *core.Exchange, doc *tape.Doc, key string, limits Limits, cancel *upstream.Canceller) *core.Error {
	c.target, c.x, c.limit, c.maxResponse = t, x, limits.Timeout, limits.Response
	e := c.attempt(doc, key, cancel)
	if e != nil {
		c.End()
	}
	return e
}

func (c *Call) attempt(doc *tape.Doc, key string, cancel *upstream.Canceller) *core.Error {
	t := c.target
	if t.missing != nil && key == "" {
		return t.missing
	}
	if t.paths[c.x.Endpoint] == "" {
		return &core.Error{Class: core.BadRequest, Message: message(core.BadRequest, t.Vendor,
			"this provider has no "+c.x.Endpoint.String()+" endpoint")}
	}
	c.guest.Open(t.plugin)
	c.guest.Attr, c.guest.Set, c.guest.Cancels = c.attr, c.set, t.Vendor.hooks[hostabi.EventCancel]
	if e := c.translate(doc); e != nil {
		return e
	}
	if t.Vendor.Answers {
		c.finished, c.body = true, c.guest.Body
		return nil
	}
	if e := c.credential(key); e != nil {
		return e
	}
	return c.exchange(cancel)
}

// translate lets the guest turn the request into the upstream's.
func (c *Call) translate(doc *tape.Doc) *core.Error {
	t := c.target
	drop := t.spec.DropParams || doc.IsTrue(doc.Get(0, keyDropParams))
	patch := &t.keep
	if drop {
		patch = &t.drop
	} else if name := t.unsupported(doc); name != "" {
		return &core.Error{Class: core.UnsupportedParams, Message: "litellm.UnsupportedParamsError: " + t.Vendor.Name +
			" does not support parameters: ['" + name + "'], for model=" + t.Model +
			". To drop these, set `litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n drop_params: true`\n"}
	}
	patch.Apply(&c.request, doc)
	c.path = append(c.path[:0], t.paths[c.x.Endpoint]...)
	c.header = append(c.header[:0], t.bare...)
	c.flags = t.flags(c.x, drop)
	result, e := c.send(hostabi.EventRequest, 0, 0, &c.request)
	if e != nil {
		return e
	}
	if c.guest.Failure != nil {
		return c.refused(c.guest.Failure, 0)
	}
	c.wire.Body = c.guest.Body
	if result == hostabi.Pass {
		c.wire.Body = c.request.Src
	}
	return nil
}

// credential adds what the guest must not see, after it returned.
func (c *Call) credential(key string) *core.Error {
	t := c.target
	if key == "" {
		c.header = append(c.header, t.header[len(t.bare):]...)
		return nil
	}
	var err error
	if c.header, err = appendCredential(c.header, t.Vendor.Auth, key); err != nil {
		return &core.Error{Class: core.BadRequest, Message: "litellm.BadRequestError: api_key in the request can't be sent as a header"}
	}
	return nil
}

// exchange sends the request and takes the reply in.
func (c *Call) exchange(cancel *upstream.Canceller) *core.Error {
	w := &c.wire
	w.Host, w.Method, w.Path, w.Header, w.Cancel = c.target.host, "POST", c.path, c.header, cancel
	w.Deadline, w.Idle = time.Time{}, 0
	began := time.Now()
	c.x.Attempt.Began = began
	switch {
	case c.limit <= 0:
	case c.x.Stream:
		w.Idle = c.limit
	default:
		w.Deadline = began.Add(c.limit)
	}
	if err := c.client.Do(w, &c.reply); err != nil {
		return c.broken(err)
	}
	c.open = true
	c.x.Attempt.Upstream = time.Since(began)
	switch {
	case c.reply.Status >= 400:
		return c.upstreamError()
	case c.reply.Status < 200 || c.reply.Status > 299:
		return &core.Error{Class: core.APIConnection, Upstream: true, Message: message(core.APIConnection, c.target.Vendor,
			"the upstream answered with a redirect; check api_base")}
	case c.x.Stream && !isJSON(c.reply.ContentType()):
		return c.firstEvents()
	}
	return c.whole()
}

// tell sends an event of the reply to the guest, if it wants to hear of it.
func (c *Call) tell(event hostabi.Event, name uint32, doc *tape.Doc) (hostabi.Result, *core.Error) {
	if !c.target.Vendor.hooks[event] {
		return hostabi.Pass, nil
	}
	result, e := c.send(event, c.reply.Status, name, doc)
	if e == nil && c.guest.Failure != nil {
		e = c.refused(c.guest.Failure, 0)
	}
	return result, e
}

// send brings an event to the guest. The request is always sent, for it begins the exchange.
func (c *Call) send(event hostabi.Event, status int, name uint32, doc *tape.Doc) (hostabi.Result, *core.Error) {
	h := hostabi.Header{
		Endpoint: uint32(c.x.Endpoint), Status: uint32(status), Flags: c.flags, Vendor: uint32(c.target.Vendor.Index), Name: name,
	}
	result, err := c.guest.Send(event, &h, doc)
	if err != nil {
		return 0, c.trapped(err)
	}
	return result, nil
}

// Body returns the client's response, valid until End.
func (c *Call) Body() []byte { return c.body }

// Usage returns the tokens that the vendor reported.
func (c *Call) Usage() core.Usage {
	u := &c.guest.Usage
	return core.Usage{
		Prompt: int(u[hostabi.UsagePrompt]), Completion: int(u[hostabi.UsageCompletion]),
		CacheRead: int(u[hostabi.UsageCacheRead]), CacheWrite: int(u[hostabi.UsageCacheWrite]),
		Reasoning: int(u[hostabi.UsageReasoning]), Counted: c.guest.Counted,
	}
}

// Headers yields the upstream's response headers, valid until End.
func (c *Call) Headers(yield func(name, value []byte) bool) {
	if c.open {
		c.reply.Headers(yield)
	}
}

// ReleaseRequest lets go of the request's memory once the answer has begun.
func (c *Call) ReleaseRequest() {
	c.request, c.guest.Body, c.wire.Body = tape.Doc{}, nil, nil
}

// End frees what the attempt held. It may be called twice.
func (c *Call) End() {
	if c.open {
		if c.finished {
			c.reply.Finish()
		} else {
			c.reply.Close()
		}
		c.open = false
	}
	c.guest.Close()
	c.target, c.x = nil, nil // a target leads to its plugin, which may have been replaced
	c.events, c.begun, c.finished, c.body, c.wire = nil, false, false, nil, upstream.Call{}
	c.raw, c.request.Src, c.answer.Src = keep(c.raw), keep(c.request.Src), nil
	c.request.Nodes, c.answer.Nodes = keep(c.request.Nodes), keep(c.answer.Nodes)
}

// keepBytes is the largest buffer kept for the next exchange.
const keepBytes = 256 << 10

func keep[T byte | tape.Node](buffer []T) []T {
	var item T
	if cap(buffer)*int(unsafe.Sizeof(item)) > keepBytes {
		return nil
	}
	return buffer[:0]
}

func (c *Call) attribute(name tape.Atom) (string, bool) {
	switch name {
	case attrRequestedModel:
		return c.x.Model, true
	case attrCallID:
		return c.x.CallID, true
	}
	v, ok := c.target.attrs[name]
	return v, ok
}
