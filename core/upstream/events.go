package upstream

import "io"

const maxEvent = 16 << 20

// Events cuts a streamed reply into events.
type Events struct {
	r     *Reply
	split splitter
	held  int // bytes of the buffer that the event in use lies in
	err   error

	hasAhead  bool // Ready found an event; it is in split
	aheadHeld int
}

// Events reads the body as a stream of events. It must be called once, before anything of the body was read.
func (r *Reply) Events(f Framing) *Events {
	r.events = Events{r: r, split: splitter{framing: f}}
	if r.encoding() != nil && !r.empty() {
		r.events.err = r.foreign()
	}
	return &r.events
}

// Next waits for the next event. io.EOF ends the stream; an *Error with io.ErrUnexpectedEOF says that the connection
// ended before the body did, ErrTooLarge that an event passed 16 MB.
func (e *Events) Next() (Event, error) {
	if e.err != nil {
		return Event{}, e.err
	}
	if e.hasAhead {
		e.drop()
		e.hasAhead, e.held = false, e.aheadHeld
		return e.split.ev, nil
	}
	e.drop()
	for {
		used, ok := e.scan()
		e.held += used
		if ok {
			return e.split.ev, nil
		}
		e.drop()
		if e.err = e.more(); e.err != nil {
			return Event{}, e.err
		}
	}
}

// Ready reports whether Next would return at once, be it with an event or with the end of the stream; what was written
// on can wait for that before it is flushed.
func (e *Events) Ready() bool {
	if e.err != nil || e.hasAhead {
		return true
	}
	var used int
	if used, e.hasAhead = e.scan(); e.hasAhead {
		e.aheadHeld = used
		return true
	}
	e.held += used
	return e.r.body.done || e.r.stopped() != nil
}

func (e *Events) scan() (used int, ok bool) {
	buf := e.r.buffered()[e.held:]
	if len(buf) == 0 {
		return 0, false
	}
	return e.split.next(buf, e.r.body.done)
}

// drop frees the bytes of the event before.
func (e *Events) drop() {
	if e.r.cn != nil {
		e.r.cn.r += e.held
	}
	e.held = 0
}

func (e *Events) more() error {
	switch {
	case e.r.body.done:
		return io.EOF
	case len(e.r.buffered()) >= maxEvent:
		return e.r.tooLarge()
	}
	return e.r.fill()
}
