package sdk

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Provider translates between OpenAI's wire format and a vendor's. S is what the hooks keep for one exchange; it is
// zero when Request is called. A hook that is nil passes its event on unchanged.
//
// A hook answers through the Call. One that neither calls Pass nor gives anything out answers with nothing: an empty
// body, or a stream event that the client does not see.
type Provider[S any] struct {
	// Configure reads the plugin's configuration once: {"vendors":[…],"settings":{…}}, the manifest's vendors and what
	// the operator set.
	Configure func(config Value) error
	// Request turns the client's request into the upstream's.
	Request func(c *Call, s *S) error
	// Response turns a complete reply into the client's response.
	Response func(c *Call, s *S) error
	// Chunk turns one event of a streamed reply into any number of the client's.
	Chunk func(c *Call, s *S) error
	// End may emit what is still owed when a stream has ended.
	End func(c *Call, s *S) error
	// Error turns a reply with status >= 400 into an Error, which it returns.
	Error func(c *Call, s *S) error
	// Cancel hears that the exchange is over without Response, End or Error. It can only report usage.
	Cancel func(c *Call, s *S) error
}

// Provide registers the plugin's provider. Call it once, from init.
func Provide[S any](p Provider[S]) {
	var states []*S
	hooks := map[hostabi.Event]func(*Call, *S) error{
		hostabi.EventRequest:  p.Request,
		hostabi.EventResponse: p.Response,
		hostabi.EventChunk:    p.Chunk,
		hostabi.EventEnd:      p.End,
		hostabi.EventError:    p.Error,
		hostabi.EventCancel:   p.Cancel,
	}
	var table [hostabi.EventCancel + 1]func(*Call, *S) error
	for event, hook := range hooks {
		table[event] = hook
	}
	registered.configure = p.Configure
	registered.handle = func(c *Call, event hostabi.Event) error {
		if int(event) >= len(table) || table[event] == nil {
			c.Pass()
			return nil
		}
		slot := int(c.ctx & 0xffff)
		for slot >= len(states) {
			states = append(states, new(S))
		}
		if event == hostabi.EventRequest {
			var zero S
			*states[slot] = zero
		}
		return table[event](c, states[slot])
	}
}

// registered is what the plugin's init functions told the SDK.
var registered struct {
	configure func(Value) error
	handle    func(*Call, hostabi.Event) error
	serve     func(*arrival) hostabi.Result // of other plugins than providers
}

// call is reused: a guest handles one event at a time.
var call Call

func configure(config []byte) int32 {
	if registered.configure == nil {
		return 0
	}
	d := Document{}
	if err := d.doc.Scan(config); err != nil {
		hostLog(8, "configuration is not JSON: "+err.Error())
		return 1
	}
	if err := try(registered.configure, d.Root()); err != nil {
		hostLog(8, err.Error())
		return 2
	}
	return 0
}

// try configures the plugin. What the host refuses to set up becomes an error.
func try(configure func(Value) error, config Value) (err error) {
	defer func() {
		e := recover()
		if setup, ok := e.(setupError); ok {
			err = setup
		} else if e != nil {
			panic(e)
		}
	}()
	return configure(config)
}

func dispatch(a *arrival) hostabi.Result {
	if registered.serve != nil {
		return registered.serve(a)
	}
	if registered.handle == nil {
		return hostabi.Pass
	}
	c := &call
	c.ctx, c.header, c.result = a.ctx, a.header, hostabi.Done
	c.doc = Document{id: a.header.Doc, ctx: a.ctx, doc: tape.Doc{Src: a.src, Nodes: a.nodes}}
	if err := registered.handle(c, a.event); err != nil {
		fail(c.ctx, err)
		return hostabi.Done
	}
	return c.result
}
