package guard

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// slot is a guard at work on an exchange: all its modes share one context, so that what a plugin keeps for the request is
// there when the response comes.
type slot struct {
	Choice
	in      *Inspection
	context guest.Context
	open    bool
	common  func(tape.Atom) (string, bool) // the attributes that every plugin has
	head    hostabi.Header                 // of the event at hand

	// Of a check beside the upstream call.
	shown  *texts
	answer answer
	err    error
	late   bool // it was ended before it could answer
}

// answer is what a guard says to an event. It is valid until it is asked again.
type answer struct {
	edits []host.Edit
	block *host.Block
	flags []string
}

var errHook = errors.New("the plugin has no hook for it")

// attrExtra is what the request gives this guard besides, as JSON.
var attrExtra = tape.MustIntern("guardrail_extra")

func (s *slot) attribute(name tape.Atom) (string, bool) {
	if name == attrExtra {
		return s.Extra, s.Extra != ""
	}
	return s.common(name)
}

// ask puts an event to the guard and waits for the answer.
func (s *slot) ask(event hostabi.Event, t *host.Text) (answer, error) {
	s.head = hostabi.Header{Endpoint: uint32(s.in.x.Endpoint), Flags: s.in.flags}
	if s.Guard.fake != nil {
		return s.Guard.fake(event, &s.head, t)
	}
	c := &s.context
	if !s.open {
		c.Open(s.Guard.Plugin, s.in.x, s.in.header, &s.in.stop)
		s.common, s.open = c.Attr, true
		if s.Extra != "" {
			c.Attr = s.attribute
		}
	}
	result, err := c.SendText(event, &s.head, t)
	switch {
	case err != nil:
		return answer{}, err
	case c.Failure != nil:
		return answer{}, errors.New(c.Failure.Message)
	case result < 0:
		return answer{}, fmt.Errorf("plugin %s failed with code %d", s.Guard.Plugin.Name, result)
	}
	return answer{c.Edits, c.Block, c.Flags}, nil
}

// askSafely is ask where nobody would recover.
func (s *slot) askSafely(event hostabi.Event, t *host.Text) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.ask(event, t)
}

func (s *slot) is(m Mode) bool { return s.Guard.Modes&m != 0 }

// inputEvent is what a guard is asked about a request with.
func (s *slot) inputEvent() (hostabi.Event, error) {
	if s.Guard.Plugin.Hooks[hookInput] {
		return hostabi.EventInput, nil
	}
	return 0, errHook
}

// outputEvent is what a guard is asked about a complete text with. One that looks at streams only sees a window of
// everything.
func (s *slot) outputEvent() (hostabi.Event, error) {
	switch hooks := s.Guard.Plugin.Hooks; {
	case hooks[hookOutput]:
		return hostabi.EventOutput, nil
	case hooks[hookWindow]:
		return hostabi.EventWindow, nil
	}
	return 0, errHook
}

func (s *slot) close() {
	if s.open {
		s.context.Close()
		s.open = false
	}
	s.common, s.shown, s.answer, s.err, s.late = nil, nil, answer{}, nil, false
}
