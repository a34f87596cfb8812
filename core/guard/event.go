package guard

import (
	"bytes"
	"fmt"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// event is one of the stream's that waits for its text to be decided.
type event struct{ bytes, pieces int }

// piece is a string of an event, or a value that must go when the text of its choice changes.
type piece struct {
	channel int // index; -1 = none: the tokens of a choice
	choice  uint16
	number  int // in its channel
	off     int // of the string's inside, or the value, in the event
	len     int
	escaped bool
}

// leftover is what the guards left of a piece.
type leftover struct {
	text    []byte
	changed bool
}

var eventBegin = []byte("data: ")

const assistant = hostabi.RoleAssistant

// take reads one event. One without text leaves at once when nothing waits before it.
func (s *Stream) take(raw []byte) *core.Error {
	data := bytes.TrimPrefix(raw, eventBegin)
	shift := len(raw) - len(data)
	if err := s.doc.Scan(bytes.TrimSuffix(data, eventEnd)); err != nil {
		return s.unreadable(raw, fmt.Errorf("an event of the stream: %w", err))
	}
	s.found.read(&s.doc, s.in.x.Endpoint, true, everyRole)
	s.count++
	waiting := event{bytes: len(raw)}
	for i := range s.found.places {
		switch p := &s.found.places[i]; p.kind {
		case placeText:
			waiting.pieces++
			if e := s.takeText(p, shift); e != nil {
				return e
			}
		case placeLogprobs:
			waiting.pieces++
			from, to := s.doc.Nodes[p.node].Span()
			s.pieces.push(piece{channel: -1, choice: p.choice, off: shift + int(from), len: int(to - from)})
		}
	}
	s.complete()
	s.wait(waiting, raw)
	return nil
}

// wait puts an event in the queue, or lets it leave at once when nothing waits, and it waits for nothing.
func (s *Stream) wait(e event, raw []byte) {
	if s.events.empty() && e.pieces == 0 {
		s.out = append(s.out, raw...)
		return
	}
	s.events.push(e)
	s.raw.push(raw...)
}

// unreadable is an event that nobody can look at: it leaves only when every guard may be gone without.
func (s *Stream) unreadable(raw []byte, err error) *core.Error {
	for i := range s.stages {
		st := &s.stages[i]
		if st.records || st.dead {
			continue
		}
		if e := s.broken(st, err); e != nil {
			return e
		}
	}
	s.wait(event{bytes: len(raw)}, raw)
	return nil
}

// takeText hands a string of the event to the first guard. shift is where the event's JSON begins.
func (s *Stream) takeText(p *place, shift int) *core.Error {
	g := &s.found.Segments[p.segment]
	key := channelKey{choice: p.choice, call: p.call, field: p.field, part: g.Part}
	i, e := s.channel(key)
	if e != nil {
		return e
	}
	c := &s.channels[i]
	if g.NameLen > 0 {
		c.tool = append(c.tool[:0], s.found.Src[g.NameOff:g.NameOff+uint32(g.NameLen)]...)
	}
	n := &s.doc.Nodes[p.node]
	s.pieces.push(piece{channel: i, choice: p.choice, number: c.next, off: shift + int(n.Off), len: int(n.Len), escaped: n.Flags&tape.Escaped != 0})
	s.push(c, 0, c.next, s.found.Src[g.Off:g.Off+g.Len])
	c.next, c.event, c.elsewhere = c.next+1, s.count, 0
	return nil
}

// channel finds the text that a choice goes on with, or begins it.
func (s *Stream) channel(key channelKey) (int, *core.Error) {
	for i := range s.channels {
		c := &s.channels[i]
		switch {
		case c.channelKey != key:
		case c.flush:
			return i, s.round(false) // the guards must hear that it was complete before they see more
		default:
			return i, nil
		}
	}
	return s.begin(key), nil
}

// begin adds a channel, in the memory of an earlier one where there is some.
func (s *Stream) begin(key channelKey) int {
	n := len(s.channels)
	if n < cap(s.channels) {
		s.channels = s.channels[:n+1]
	} else {
		s.channels = append(s.channels, channel{})
	}
	s.channels[n].reset(key, len(s.stages))
	return n
}

// complete notes which texts the event at hand has ended.
func (s *Stream) complete() {
	for i := range s.found.places {
		p := &s.found.places[i]
		for k := range s.channels {
			c := &s.channels[k]
			switch {
			case c.choice != p.choice:
			case p.kind == placeFinish:
				s.end(c)
			case p.kind == placeText && c.event != s.count:
				if c.elsewhere += int(s.found.Segments[p.segment].Len); c.elsewhere >= s.ahead {
					s.end(c)
				}
			}
		}
	}
}

// end has the guards decide about all that a channel has brought.
func (s *Stream) end(c *channel) {
	for i := range s.stages {
		if st := &s.stages[i]; !st.records && !st.dead {
			c.flush, c.lanes[i].final = true, true
			return
		}
	}
}

// emit lets the events leave that nothing is to be decided about.
func (s *Stream) emit() {
	for !s.events.empty() {
		e := *s.events.front()
		pieces := s.pieces.waiting()[:e.pieces]
		for i := range pieces {
			if p := &pieces[i]; p.channel >= 0 && !s.channels[p.channel].done(p.number) {
				return
			}
		}
		s.write(s.raw.waiting()[:e.bytes], pieces)
		s.events.drop(1)
		s.pieces.drop(e.pieces)
		s.raw.drop(e.bytes)
	}
}

// write gives out an event with what the guards left of its text. Strings that they left alone stay as they were written.
func (s *Stream) write(raw []byte, pieces []piece) {
	s.left = s.left[:0]
	for i := range pieces {
		s.left = append(s.left, s.leftover(raw, &pieces[i]))
	}
	kept := 0
	for i := range pieces {
		p, l := &pieces[i], &s.left[i]
		switch {
		case p.channel < 0 && s.changed(p.choice, pieces):
			s.out = append(append(s.out, raw[kept:p.off]...), "null"...)
		case l.changed:
			s.out = tape.AppendQuoted(append(s.out, raw[kept:p.off]...), l.text)
		default:
			continue
		}
		kept = p.off + p.len
	}
	s.out = append(s.out, raw[kept:]...)
}

func (s *Stream) leftover(raw []byte, p *piece) leftover {
	if p.channel < 0 {
		return leftover{}
	}
	text, before := s.channels[p.channel].take(p.number), raw[p.off:p.off+p.len]
	if p.escaped {
		s.decoded = tape.AppendUnquoted(s.decoded[:0], before)
		before = s.decoded
	}
	return leftover{text, !bytes.Equal(text, before)}
}

// changed reports whether the guards changed text of a choice in the event at hand.
func (s *Stream) changed(choice uint16, pieces []piece) bool {
	for i := range pieces {
		if pieces[i].choice == choice && s.left[i].changed {
			return true
		}
	}
	return false
}
