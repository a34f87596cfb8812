package sdk

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Segment is a piece of text that stands in one place: a message's content, the arguments of a tool call.
type Segment struct {
	Role   Role
	Part   Part
	Choice int // index of the answer, where several were asked for

	text  *Text
	index uint32
}

func (s Segment) record() *hostabi.Segment { return &s.text.segments[s.index] }

// ID returns a number that is the same whenever more of this text comes.
func (s Segment) ID() uint32 { return s.record().ID }

// Len returns the bytes of text.
func (s Segment) Len() int { return int(s.record().Len) }

// Seen returns how many leading bytes were given out already: they can be read, not edited.
func (s Segment) Seen() int { return int(s.record().Seen) }

// Final reports whether nothing more of the text follows. It is always true but in a StageWindow.
func (s Segment) Final() bool { return s.record().Flags&hostabi.SegmentFinal != 0 }

// Tool returns the name of the tool that was called or answered, "" when it is none.
func (s Segment) Tool() string {
	r := s.record()
	if r.NameLen == 0 {
		return ""
	}
	return string(s.text.doc.bytes(r.NameOff, uint32(r.NameLen)))
}

// Text returns the text. It copies from the host at each call: prefer Match.
func (s Segment) Text() string {
	r := s.record()
	if r.Len == 0 {
		return ""
	}
	return string(s.text.doc.bytes(r.Off, r.Len))
}

// Edit replaces bytes from to to of the text.
func (s Segment) Edit(from, to int, with string) {
	s.text.Edit(Hit{Segment: s.index, From: uint32(from), To: uint32(to)}, with)
}

// Segment adds a JSON string with the segment's text, which does not pass through the plugin.
func (o *Out) Segment(s Segment) *Out {
	r := s.record()
	o.Lit(`"`)
	o.ops = append(o.ops, tape.Op{Kind: tape.OpQuote, Doc: uint16(s.text.doc.id), Off: r.Off, Len: r.Len})
	return o.Lit(`"`)
}
