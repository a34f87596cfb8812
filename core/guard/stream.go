package guard

import (
	"bytes"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// Stream has the post-call guards look at what a model streams, before it leaves. Events keep their order, and each
// leaves with what the guards left of its text, once they have seen as much of what follows as they need. So whatever
// else an event says stays where it was between the texts.
//
// A text is complete, and nothing of it held back any longer, when its choice has ended or has gone on elsewhere for as long
// as the guards look ahead: from its reasoning to its content, say, or to the next tool call. Should it go on after all,
// the guards see it with what came before. A plugin without a window hook gets everything at the end, and nothing leaves
// before.
type Stream struct {
	in       *Inspection
	stages   []stage
	channels []channel
	doc      tape.Doc // the event at hand
	found    texts    // in it
	events   fifo[event]
	pieces   fifo[piece]
	raw      fifo[byte] // of the events
	out      []byte
	count    int // of events
	ahead    int // the longest lookahead
	closed   bool

	// Of the question at hand.
	text   host.Text
	lanes  []int
	edits  []window.Edit
	passed []byte

	left    []leftover
	decoded []byte
}

// everyRole is for the extraction of a model's own text.
var everyRole = [5]bool{true, true, true, true, true}

// Stream returns what the events of the exchange must go through, nil when no guard looks at them. The error is a guard
// that can't look at streams.
func (in *Inspection) Stream() (*Stream, *core.Error) {
	s := &in.stream
	s.in = in
	for _, m := range [...]Mode{PostCall, LoggingOnly} {
		for _, slot := range in.active() {
			if slot.after() != m {
				continue
			}
			if e := s.join(slot, m); e != nil {
				return nil, e
			}
		}
	}
	if len(s.stages) == 0 {
		return nil, nil
	}
	return s, nil
}

func (s *Stream) join(g *slot, m Mode) *core.Error {
	st, err := newStage(g, len(s.stages), m)
	if err == nil && !known(s.in.x.Endpoint) {
		err = errUnknownAPI
	}
	switch {
	case err != nil:
		_, e := s.in.judge(g, m, nil, answer{}, err)
		return e
	case !g.Guard.Plugin.Roles[assistant]:
		s.in.skipped(g, m, whyNoText)
		return nil
	}
	s.stages = append(s.stages, st)
	s.ahead = max(s.ahead, g.Guard.Plugin.Lookahead)
	return nil
}

var eventEnd = []byte("\n\n")

// Add takes in framed events, complete ones. What may leave by then is in Output. After an error nothing more does.
func (s *Stream) Add(events []byte) *core.Error {
	for len(events) > 0 {
		n := len(events)
		if i := bytes.Index(events, eventEnd); i >= 0 {
			n = i + len(eventEnd)
		}
		if e := s.take(events[:n]); e != nil {
			return e
		}
		events = events[n:]
	}
	return s.round(false)
}

// End tells that the stream is complete: everything is decided, and leaves.
func (s *Stream) End() *core.Error { return s.round(true) }

// Output returns the framed events that may leave. Taken empties it.
func (s *Stream) Output() []byte { return s.out }

// Taken tells that the output was written.
func (s *Stream) Taken() { s.out = s.out[:0] }

// round asks the guards, in order, about what they have not seen, and lets the events leave that they are done with.
func (s *Stream) round(end bool) *core.Error {
	for i := range s.stages {
		if st := &s.stages[i]; !st.dead {
			if e := s.run(st, end); e != nil {
				return e
			}
		}
	}
	for i := range s.channels {
		s.channels[i].flush = false
	}
	s.emit()
	return nil
}

// push hands text of a piece to a guard, or lets it leave when there is none left.
func (s *Stream) push(c *channel, stage, piece int, text []byte) {
	for ; stage < len(s.stages); stage++ {
		st, l := &s.stages[stage], &c.lanes[stage]
		switch {
		case st.dead:
			continue
		case st.records:
			s.memorize(st, l, text)
			continue
		}
		l.add(text)
		addShare(&l.shares, piece, len(text))
		return
	}
	c.out.push(text...)
	addShare(&c.shares, piece, len(text))
}

// memorize keeps text for a guard that is asked when everything was sent.
func (s *Stream) memorize(st *stage, l *lane, text []byte) {
	if l.window.Held()+len(text) > maxHeld {
		st.dead, st.verdict.Why, st.verdict.Err = true, whyFailed, errHeld
		l.window = window.Window{}
		return
	}
	l.add(text)
}

// Close asks the guards that only record, and leaves everyone's verdict. It may be called twice.
func (s *Stream) Close() {
	if s.closed {
		return
	}
	s.closed = true
	for i := range s.stages {
		st := &s.stages[i]
		if st.records && !st.dead {
			s.record(st)
		}
		if v := &st.verdict; v.Outcome == core.NotRun && v.Err == nil && len(s.channels) > 0 {
			v.Why = whyAbandoned
		}
		s.in.note(st.Guard, st.verdict)
	}
}

func (s *Stream) record(st *stage) {
	if !s.show(st, true) {
		return
	}
	a, err := st.askSafely(st.event, &s.text)
	st.noteFlags(a.flags)
	switch v := &st.verdict; {
	case err != nil:
		v.Why, v.Err = whyFailed, err
	case a.block != nil:
		v.Outcome, v.Why = core.Blocked, a.block.Message
	default:
		v.Outcome, v.Why, v.Refused = core.Passed, "", len(a.edits)
	}
}

func (s *Stream) reset() {
	for i := range s.channels {
		s.channels[i].forget()
	}
	clear(s.stages)
	clear(s.edits[:cap(s.edits)])
	clear(s.left[:cap(s.left)])
	s.found.reset()
	s.events.reset()
	s.pieces.reset()
	s.raw.reset()
	*s = Stream{
		stages: s.stages[:0], channels: s.channels[:0], doc: tape.Doc{Nodes: keep(s.doc.Nodes)}, found: s.found,
		events: s.events, pieces: s.pieces, raw: s.raw, out: keep(s.out),
		text: host.Text{Src: keep(s.text.Src), Segments: keep(s.text.Segments)}, lanes: s.lanes[:0], edits: keep(s.edits),
		passed: keep(s.passed), left: s.left[:0], decoded: keep(s.decoded),
	}
}
