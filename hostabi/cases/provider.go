package cases

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// provide sends the request, then the upstream's reply.
func (c *Case) provide(s Session, m *hostabi.Manifest) error {
	p := provision{c, s, m, hostabi.Header{Endpoint: uint32(max(slices.Index(apis, c.Endpoint), int(hostabi.Chat)))}, nil}
	p.header.Vendor = uint32(max(slices.IndexFunc(m.Vendors, func(v hostabi.Vendor) bool { return v.Name == c.Vendor }), 0))
	if c.Stream || c.Chunks != nil {
		p.header.Flags |= hostabi.FlagStream
	}
	for _, step := range []func() (*Failure, error){p.request, p.reply} {
		f, err := step()
		if err != nil {
			return err
		}
		if f != nil {
			return c.failed(f)
		}
	}
	if c.Events != nil {
		if err := p.compareEvents(); err != nil {
			return err
		}
	}
	return c.failed(nil)
}

// provision is the exchange of a provider's case.
type provision struct {
	*Case
	session  Session
	manifest *hostabi.Manifest
	header   hostabi.Header
	events   []string
}

// send brings an event to the plugin unless it lacks the hook.
func (p *provision) send(hook string, status int, name string, document []byte) (*Answer, error) {
	if !slices.Contains(p.manifest.Hooks, hook) {
		return &Answer{Passed: true}, nil
	}
	h := p.header
	h.Status, h.Name = uint32(status), uint32(tape.Lookup([]byte(name)))
	if hook == "end" {
		h.Flags |= hostabi.FlagComplete
	}
	a, err := p.session.Send(hostabi.Hooks["provider"][hook], h, document)
	if err == nil {
		p.events = append(p.events, a.Events...)
	}
	return a, err
}

// minimal is the request of a case that has none: replies are read with what the request left.
var minimal = []byte(`{"model":"m","messages":[{"role":"user","content":"hi"}]}`)

func (p *provision) request() (*Failure, error) {
	document := p.Request.Source()
	if p.Request == nil {
		document = minimal
	}
	a, err := p.send("request", 0, "", document)
	if err != nil || a.Failure != nil || p.Body == nil {
		return a.failure(), err
	}
	if err := sameJSON(p.Body.Source(), a.body(document)); err != nil {
		return nil, fmt.Errorf("the body of the upstream request: %w", err)
	}
	return nil, nil
}

func (p *provision) reply() (*Failure, error) {
	switch {
	case p.Response != nil:
		a, err := p.send("response", 200, "", p.Response.Source())
		if err != nil || a.Failure != nil || p.Want == nil {
			return a.failure(), err
		}
		return nil, sameJSON(p.Want.Source(), a.body(p.Response.Source()))
	case p.Error != nil:
		status := p.Error.Status
		if status == 0 {
			status = 400
		}
		a, err := p.send("error", status, "", p.Error.body())
		return a.failure(), err
	case p.Chunks != nil:
		return p.stream()
	}
	return nil, nil
}

func (p *provision) stream() (*Failure, error) {
	for _, chunk := range p.Chunks {
		name, data := chunk.named()
		a, err := p.send("chunk", 200, name, data)
		if err != nil || a.Failure != nil {
			return a.failure(), err
		}
		if a.Passed {
			p.events = append(p.events, string(data))
		}
	}
	a, err := p.send("end", 200, "", nil)
	return a.failure(), err
}

func (p *provision) compareEvents() error {
	for i := range min(len(p.Events), len(p.events)) {
		if err := sameJSON(p.Events[i].Source(), []byte(p.events[i])); err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
	}
	if len(p.Events) != len(p.events) {
		return fmt.Errorf("want %d events, got %d: %s", len(p.Events), len(p.events), shorten(fmt.Sprint(p.events)))
	}
	return nil
}

// named splits a chunk that is {"event":…,"data":…}.
func (j JSON) named() (name string, data []byte) {
	var members map[string]JSON
	if json.Unmarshal(j, &members) != nil || len(members) != 2 || members["event"] == nil || members["data"] == nil {
		return "", j.Source()
	}
	name, _ = members["event"].text()
	return name, members["data"].Source()
}

func (a *Answer) failure() *Failure {
	if a == nil {
		return nil
	}
	return a.Failure
}

// body is what was given out, or the document that was passed on.
func (a *Answer) body(document []byte) []byte {
	if a.Passed {
		return document
	}
	return a.Body
}
