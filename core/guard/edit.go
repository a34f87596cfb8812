package guard

import (
	"bytes"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

var (
	errEditRange     = errors.New("an edit lies outside the text that may be changed")
	errEditCharacter = errors.New("an edit begins or ends inside a character")
	errEditOverlap   = errors.New("edits overlap")
)

// appendEdits appends to dst the edits that a guard answered with, in order and without those that change nothing.
func appendEdits(dst []window.Edit, edits []host.Edit, t *host.Text) ([]window.Edit, error) {
	for i := range edits {
		e := window.Edit(edits[i])
		if int(e.Segment) >= len(t.Segments) {
			return dst, errEditRange
		}
		s := &t.Segments[e.Segment]
		if e.From < s.Seen || e.From > e.To || e.To > s.Len {
			return dst, errEditRange
		}
		text := t.Src[s.Off : s.Off+s.Len]
		if splits(text, e.From) || splits(text, e.To) {
			return dst, errEditCharacter
		}
		if !utf8.Valid(e.With) {
			e.With = bytes.ToValidUTF8(e.With, []byte("\uFFFD"))
		}
		if !bytes.Equal(text[e.From:e.To], e.With) {
			dst = append(dst, e)
		}
	}
	slices.SortStableFunc(dst, func(a, b window.Edit) int {
		if a.Segment != b.Segment {
			return int(a.Segment) - int(b.Segment)
		}
		return int(a.From) - int(b.From)
	})
	for i := 1; i < len(dst); i++ {
		if dst[i].Segment == dst[i-1].Segment && dst[i].From < dst[i-1].To {
			return dst, errEditOverlap
		}
	}
	return dst, nil
}

// splits reports whether a position is inside a character.
func splits(text []byte, at uint32) bool { return int(at) < len(text) && !utf8.RuneStart(text[at]) }

// splice appends the document that t was read from with the edits, which appendEdits put in order. Only the strings that
// are edited are written anew, and the tokens of a choice go when its text changes: they would tell what it was.
func (t *texts) splice(dst []byte, edits []window.Edit) []byte {
	src, kept, all := t.doc.Src, uint32(0), edits
	for i := range t.places {
		p := &t.places[i]
		n := &t.doc.Nodes[p.node]
		switch p.kind {
		case placeText:
			own := 0
			for own < len(edits) && int(edits[own].Segment) == p.segment {
				own++
			}
			if own == 0 {
				continue
			}
			dst = append(dst, src[kept:n.Off]...)
			dst = t.appendEdited(dst, p.segment, edits[:own])
			kept, edits = n.Off+n.Len, edits[own:]
		case placeLogprobs:
			if t.edited(p.choice, all) {
				from, to := n.Span()
				dst = append(append(dst, src[kept:from]...), "null"...)
				kept = to
			}
		}
	}
	return append(dst, src[kept:]...)
}

// appendEdited appends the text of a segment with its edits as the inside of a JSON string.
func (t *texts) appendEdited(dst []byte, segment int, edits []window.Edit) []byte {
	s := &t.Segments[segment]
	text, from := t.Src[s.Off:s.Off+s.Len], uint32(0)
	for i := range edits {
		dst = tape.AppendQuoted(dst, text[from:edits[i].From])
		dst = tape.AppendQuoted(dst, edits[i].With)
		from = edits[i].To
	}
	return tape.AppendQuoted(dst, text[from:])
}

// edited reports whether one of the edits is of a choice's text.
func (t *texts) edited(choice uint16, edits []window.Edit) bool {
	return slices.ContainsFunc(edits, func(e window.Edit) bool { return t.Segments[e.Segment].Choice == choice })
}
