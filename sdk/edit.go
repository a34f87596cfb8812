package sdk

import (
	"cmp"
	"slices"
)

// edit replaces the place of a hit.
type edit struct {
	Hit
	with string
}

// Edit replaces the place of a hit, or any other that has segment, from and to. Edits may be made in any order; of those
// that overlap the one stays that begins first, and of those the longest. What was given out already can't be changed:
// the part of an edit that lies there is left out. An edit that cuts a character, or reaches beyond its segment, is an
// error of Check.
func (t *Text) Edit(h Hit, with string) {
	t.answered = true
	if int(h.Segment) < len(t.segments) {
		seen := t.segments[h.Segment].Seen
		if h.To < seen || h.From < seen && h.To == seen {
			return
		}
		h.From = max(h.From, seen)
	}
	t.edits = append(t.edits, edit{h, with})
}

// finish hands the edits to the host, unless there is nothing left to edit.
func (t *Text) finish() error {
	if t.wrong == nil && !t.blocked {
		t.send()
	}
	t.dropEdits()
	return t.wrong
}

func (t *Text) send() {
	if !slices.IsSortedFunc(t.edits, compare) {
		slices.SortStableFunc(t.edits, compare)
	}
	var last *edit
	for i := range t.edits {
		e := &t.edits[i]
		if last != nil && e.Segment == last.Segment && e.From < last.To {
			continue
		}
		t.check(hostEdit(t.ctx, e.Hit, e.with))
		last = e
	}
}

// compare puts the edit first that begins first, and of those the longest.
func compare(a, b edit) int {
	return cmp.Or(cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To))
}

// dropEdits forgets the edits and what they hold on to.
func (t *Text) dropEdits() {
	clear(t.edits)
	t.edits = t.edits[:0]
}
