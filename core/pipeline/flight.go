package pipeline

import (
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/guard"
	"github.com/sluice-gateway/sluice/core/limit"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Flight is one exchange under way. It belongs to one goroutine and is used again after End.
type Flight struct {
	core.Exchange
	State *State
	Doc   tape.Doc // the client's request; its bytes are the server's and live as long as the exchange
	// PromptTokens is about how many tokens the request has, noted before it is released.
	PromptTokens int
	// Kept is what the spend log is to keep of a stream, JSON.
	Kept struct{ Request, Response []byte }
	// URLModel is the model that the path named, "" when it named none.
	URLModel string
	// ClientIP is where the request came from; "" = unknown.
	ClientIP string
	// To is the API that was called.
	To *auth.Route
	// Route is the path without prefixes, as messages name it: /chat/completions.
	Route string
	// Header reads the client's request headers for guards, also from several goroutines; nil = there are none.
	Header func(name []byte) (string, bool)

	pipeline *Pipeline
	call     *provider.Call
	cancel   *upstream.Canceller
	key      string // a credential of the caller's own
	tried    []*core.Deployment
	order    []*core.Deployment // in which they are to be tried; nil = as the default strategy chooses
	load     *route.Load        // of the deployment that answers, where a router asks for it

	guards  *guard.Inspection
	body    []byte        // the response as guards left it; nil = the call's
	stream  *guard.Stream // what a stream's events go through; nil = nothing
	ended   bool          // … and has ended
	own     *upstream.Canceller
	release func() // of own from the client's

	customer  *auth.Customer // whom the request is made for, if the store knows
	userNamed bool           // … by a header
	lease     limit.Lease
	settled   bool
}

// Begin starts an exchange. cancel ends its upstream calls when the client leaves; it may be nil.
func (p *Pipeline) Begin(endpoint core.Endpoint, cancel *upstream.Canceller) *Flight {
	return p.begin(p.Hold(), endpoint, cancel)
}

// BeginIn starts an exchange with a state that the caller holds.
func (p *Pipeline) BeginIn(s *State, endpoint core.Endpoint, cancel *upstream.Canceller) *Flight {
	s.uses.Add(1)
	return p.begin(s, endpoint, cancel)
}

// begin takes over one hold of the state.
func (p *Pipeline) begin(s *State, endpoint core.Endpoint, cancel *upstream.Canceller) *Flight {
	f := p.flights.Get().(*Flight)
	f.State, f.cancel = s, cancel
	f.Endpoint, f.Start, f.Exchange.Retries = endpoint, time.Now(), -1
	return f
}

// End frees what the exchange held. It may be called twice, if no other exchange has begun between.
func (f *Flight) End() {
	if f.State == nil {
		return
	}
	f.call.End()
	f.lease.Cancel() // unless it was settled
	f.leave()
	f.guards.End()
	if f.release != nil {
		f.release()
		f.own.Reset()
	}
	doc := tape.Doc{Nodes: f.Doc.Nodes[:0]}
	if cap(doc.Nodes) > keepNodes {
		doc.Nodes = nil
	}
	clear(f.tried) // they lead to the whole state of before
	p, s := f.pipeline, f.State
	*f = Flight{pipeline: p, call: f.call, Doc: doc, tried: f.tried[:0], guards: f.guards, own: f.own, lease: f.lease}
	p.flights.Put(f)
	s.Release()
}

// keepNodes bounds the tape that is kept for the next exchange.
const keepNodes = 4096

// Fork starts another exchange for the same request, as a batch over several models needs.
func (f *Flight) Fork(model string, cancel *upstream.Canceller) *Flight {
	g := f.pipeline.BeginIn(f.State, f.Endpoint, cancel)
	g.Start, g.CallID, g.Route, g.Principal = f.Start, f.CallID, f.Route, f.Principal
	g.Doc.Src = f.Doc.Src
	g.Doc.Nodes = append(g.Doc.Nodes[:0], f.Doc.Nodes...)
	g.Timeout, g.Exchange.Retries, g.key = f.Timeout, f.Exchange.Retries, f.key
	g.Model, g.EndUser, g.Header, g.ClientIP = model, f.EndUser, f.Header, f.ClientIP
	g.Tags, g.SpendMetadata = f.Tags, f.SpendMetadata
	return g
}

// ReleaseRequest lets go of the request of a stream that has begun: nothing can be tried again, and a long prompt need not
// stay in memory for as long as its answer takes. The server may then reuse the request's bytes.
func (f *Flight) ReleaseRequest() {
	f.Doc = tape.Doc{}
	f.call.ReleaseRequest()
	f.guards.ReleaseRequest()
}

// Body returns the response, valid until End.
func (f *Flight) Body() []byte {
	if f.body != nil {
		return f.body
	}
	return f.call.Body()
}

// Call returns the call whose output is to be written on as it comes.
func (f *Flight) Call() *provider.Call { return f.call }
