// Package window decides how much of a stream's text may be given out while a guard may still find something that
// began in it.
//
// A guard that looks for things of up to N bytes sees text N bytes before it is given out. It is asked again when more
// text has arrived, and sees the end of what was given out as well: an edit depends on what is around it. So the result
// is the same for every way in which the text is cut.
package window

import "unicode/utf8"

// Edit replaces bytes From to To of a window by With. It has the layout of the host's edits.
type Edit struct {
	Segment, From, To uint32
	With              []byte
}

// Window is the text of one answer on its way through one guard. The zero Window is empty. It is not safe for
// concurrent use.
type Window struct {
	text []byte // what was given out and is still shown, then what was not given out yet
	seen int    // how many bytes of text were given out
}

// Add appends text that arrived. It may end inside a character: the rest of that is waited for.
func (w *Window) Add(text []byte) { w.text = append(w.text, text...) }

// Text returns what the guard is to see, and how many leading bytes of it were given out already. It is valid until the
// next Add, Release or Reset. final says that nothing follows.
func (w *Window) Text(final bool) (text []byte, seen int) { return w.text[:w.whole(final)], w.seen }

// Held returns how many bytes were not given out yet.
func (w *Window) Held() int { return len(w.text) - w.seen }

// Release appends to dst what may be given out now, edited. The edits are those of the segment that the guard was shown as
// Text, which must have been called with the same final since the last Add; others are ignored. They are in order, don't
// overlap, and don't reach into what was given out. Those that were not applied yet come again with the next Text.
// lookahead is the manifest's.
func (w *Window) Release(dst []byte, segment uint32, edits []Edit, lookahead int, final bool) []byte {
	end := w.whole(final)
	to := Point(w.text[:end], w.seen, segment, edits, lookahead, final)
	dst = Apply(dst, w.text, w.seen, to, segment, edits)
	w.forget(to, segment, edits, lookahead)
	return dst
}

// Reset empties the window and keeps its memory.
func (w *Window) Reset() { w.text, w.seen = w.text[:0], 0 }

// whole is where the last complete character ends.
func (w *Window) whole(final bool) int {
	end := len(w.text)
	if final {
		return end
	}
	for back := 1; back < utf8.UTFMax && back <= end-w.seen; back++ {
		if c := w.text[end-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(w.text[end-back:]) {
				return end - back
			}
			return end
		}
	}
	return end
}

// forget drops what the guard need not see any more: all but the last lookahead bytes before the point, and a character,
// which a word may begin after. An edit is dropped or kept as a whole: what was found in it must be found again, and in
// the same place.
func (w *Window) forget(point int, segment uint32, edits []Edit, lookahead int) {
	from := max(point-lookahead-utf8.UTFMax, 0)
	for i := range edits {
		if e := &edits[i]; e.Segment == segment && int(e.From) < from && int(e.To) > from {
			from = int(e.From)
		}
	}
	for from > 0 && from < point && !utf8.RuneStart(w.text[from]) {
		from--
	}
	w.text = w.text[:copy(w.text, w.text[from:])]
	w.seen = point - from
}

// Point returns how many leading bytes of text may be given out: all when final, else all but the last lookahead bytes,
// and nothing of an edit that reaches beyond that. It is never less than seen, what was given out before, and not inside
// a character.
func Point(text []byte, seen int, segment uint32, edits []Edit, lookahead int, final bool) int {
	if final {
		return len(text)
	}
	point := max(len(text)-lookahead, seen)
	for point > seen && point < len(text) && !utf8.RuneStart(text[point]) {
		point--
	}
	for i := len(edits) - 1; i >= 0; i-- {
		if e := &edits[i]; e.Segment == segment && int(e.To) > point && int(e.From) < point {
			point = int(e.From)
		}
	}
	return max(point, seen)
}

// Apply appends bytes from to to of text to dst, with the edits that begin there. One that begins at to is applied only
// where the text ends.
func Apply(dst, text []byte, from, to int, segment uint32, edits []Edit) []byte {
	for i := range edits {
		e := &edits[i]
		if e.Segment != segment || int(e.From) < from || int(e.To) > to || int(e.From) == to && to < len(text) {
			continue
		}
		dst = append(append(dst, text[from:e.From]...), e.With...)
		from = int(e.To)
	}
	return append(dst, text[from:to]...)
}
