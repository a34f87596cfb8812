//go:build !wasip1

package sdk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// guarding registers a guard with that check.
func guarding(t testing.TB, check func(t *Text) error) *full {
	return registering(t, func() { Protect(Guard{Check: check}) })
}

func (f *full) want(t *testing.T, what string, calls ...string) {
	t.Helper()
	if !slices.Equal(f.calls, calls) {
		t.Errorf("%s:\n got %q\nwant %q", what, f.calls, calls)
	}
}

func TestEdits(t *testing.T) {
	hit := func(segment, from, to uint32) Hit { return Hit{Segment: segment, From: from, To: to} }
	for _, c := range []struct {
		name string
		hits []Hit
		want []string
	}{
		{"none", nil, nil},
		{"in order", []Hit{hit(0, 1, 2), hit(0, 2, 3), hit(1, 0, 1)}, []string{"edit 0 1-2 a", "edit 0 2-3 b", "edit 1 0-1 c"}},
		{"out of order", []Hit{hit(1, 0, 1), hit(0, 4, 5), hit(0, 1, 2)}, []string{"edit 0 1-2 c", "edit 0 4-5 b", "edit 1 0-1 a"}},
		{"overlapping: the first", []Hit{hit(0, 2, 5), hit(0, 1, 3), hit(0, 3, 4)}, []string{"edit 0 1-3 b", "edit 0 3-4 c"}},
		{"overlapping: the longest", []Hit{hit(0, 1, 2), hit(0, 1, 4), hit(0, 1, 3)}, []string{"edit 0 1-4 b"}},
		{"twice: the one made first", []Hit{hit(0, 1, 2), hit(0, 1, 2)}, []string{"edit 0 1-2 a"}},
		{"two insertions", []Hit{hit(0, 1, 1), hit(0, 1, 1)}, []string{"edit 0 1-1 a", "edit 0 1-1 b"}},
		{"what was seen", []Hit{hit(2, 0, 2), hit(2, 1, 3), hit(2, 1, 5), hit(2, 1, 1)}, []string{"edit 2 3-5 c"}},
		{"an insertion after what was seen", []Hit{hit(2, 3, 3)}, []string{"edit 2 3-3 a"}},
		{"a segment that is not there", []Hit{hit(9, 0, 1)}, []string{"edit 9 0-1 a"}},
	} {
		f := guarding(t, func(t *Text) error {
			for i, h := range c.hits {
				t.Edit(h, string(rune('a'+i)))
			}
			return nil
		})
		result := f.text(1, hostabi.EventWindow, []string{"012345", "012", "0123456"}, hostabi.Segment{}, hostabi.Segment{}, hostabi.Segment{Seen: 3})
		f.want(t, c.name, c.want...)
		if (result == hostabi.Done) != (len(c.hits) > 0) {
			t.Errorf("%s: result %d", c.name, result)
		}
	}
}

func TestRefusedEditsAreErrors(t *testing.T) {
	f := guarding(t, func(t *Text) error {
		t.Segments()[0].Edit(0, 1, "x")
		return nil
	})
	f.refuse["edit"] = hostabi.ErrnoRange
	f.text(1, hostabi.EventInput, []string{"ü"})
	f.want(t, "refused", "edit 0 0-1 x", "fail 11 0 refused by the host, error 3")
}

func TestBlockMakesEditsMoot(t *testing.T) {
	f := guarding(t, func(t *Text) error {
		t.Edit(Hit{To: 1}, "x")
		t.Block("no")
		return nil
	})
	if result := f.text(1, hostabi.EventOutput, []string{"text"}); result != hostabi.Done {
		t.Errorf("result %d", result)
	}
	f.want(t, "block", "block 400 no")
	f = guarding(t, func(t *Text) error {
		t.BlockStatus(700, "no")
		return nil
	})
	f.refuse["block"] = hostabi.ErrnoInvalid
	f.text(1, hostabi.EventInput, []string{"text"})
	f.want(t, "an odd status", "block 700 no", "fail 11 0 not allowed")
}

func TestFlags(t *testing.T) {
	f := guarding(t, func(t *Text) error {
		t.Flag("a")
		return nil
	})
	f.text(1, hostabi.EventInput, []string{"text"})
	f.want(t, "flag", "flag a")
	f.refuse["flag"] = hostabi.ErrnoLimit
	f.text(1, hostabi.EventInput, []string{"text"})
	f.want(t, "too many are not an error", "flag a")
	f.refuse["flag"] = hostabi.ErrnoInvalid
	f.text(1, hostabi.EventInput, []string{"text"})
	f.want(t, "a bad label is", "flag a", "fail 11 0 not allowed")
}

func TestErrorsMeanThatTheGuardCouldNotJudge(t *testing.T) {
	f := guarding(t, func(t *Text) error {
		t.Edit(Hit{To: 1}, "x")
		return errors.New("away")
	})
	if result := f.text(1, hostabi.EventInput, []string{"text"}); result != hostabi.Done {
		t.Errorf("result %d", result)
	}
	f.want(t, "error", "fail 11 0 away")
}

func TestMatch(t *testing.T) {
	set := Set{}
	var found []string
	f := guarding(t, func(t *Text) error {
		for _, h := range t.Match(set) {
			found = append(found, t.Found(h)+" "+string(rune('0'+h.Segment)))
		}
		return nil
	})
	f.word = "ab"
	set = Words(WordSet{Words: []string{"ab"}})
	final := hostabi.Segment{Flags: hostabi.SegmentFinal}
	for _, c := range []struct {
		name     string
		text     string
		segments []hostabi.Segment
		want     int
	}{
		{"all", "ab ab ab", []hostabi.Segment{final}, 3},
		{"more than there was room for", strings.Repeat("ab ", 100), []hostabi.Segment{final}, 100},
		{"not what reaches the end of what goes on", "ab ab ab", []hostabi.Segment{{}}, 2},
		{"not what was seen", "ab ab ab ", []hostabi.Segment{{Seen: 2}}, 2},
		{"what reaches beyond that", "ab ab ab ", []hostabi.Segment{{Seen: 4}}, 2},
	} {
		found = nil
		f.text(1, hostabi.EventWindow, []string{"ab", c.text}, final, c.segments[0])
		if len(found) != c.want+1 || found[0] != "ab 0" || found[1] != "ab 1" {
			t.Errorf("%s: %q", c.name, found)
		}
	}
	set = Set{} // made by nobody
	f.text(1, hostabi.EventInput, []string{"ab"})
	f.want(t, "a set that is none", "fail 11 0 there is none")
}

func TestSegments(t *testing.T) {
	var got Segment
	var stage Stage
	var tool, text string
	f := guarding(t, func(t *Text) error {
		got, stage = t.Segments()[1], t.Stage()
		tool, text = got.Tool(), got.Text()
		if again := t.Segments(); len(again) != 2 || again[0].Text() != "first" || again[0].Tool() != "" || !again[0].Final() {
			return errors.New("segments differ when they are asked for again")
		}
		t.KV(ScopeKey).Set("language", t.Header("x-language")+t.Header("x-none"), 5)
		return nil
	})
	second := hostabi.Segment{ID: 7, Seen: 2, NameOff: 1, NameLen: 3, Choice: 4, Role: RoleTool, Part: PartResult}
	f.text(1, hostabi.EventWindow, []string{"first", "second"}, hostabi.Segment{Flags: hostabi.SegmentFinal}, second)
	f.want(t, "header", "set 1 language=of x-language for 5")
	if stage != StageWindow || tool != "irs" || text != "second" || got.Role != RoleTool || got.Part != PartResult || got.Choice != 4 {
		t.Errorf("got %+v, stage %d, tool %q, text %q", got, stage, tool, text)
	}
	if got.ID() != 7 || got.Seen() != 2 || got.Len() != 6 || got.Final() {
		t.Errorf("id %d, seen %d, length %d, final %t", got.ID(), got.Seen(), got.Len(), got.Final())
	}
}

func TestGuardIgnoresOtherEvents(t *testing.T) {
	f := guarding(t, func(*Text) error { return errors.New("asked") })
	for _, event := range []hostabi.Event{0, hostabi.EventRequest, hostabi.EventWindow + 1, hostabi.EventRecord, hostabi.EventCall, hostabi.EventTimer, 99} {
		if result := f.text(1, event, []string{"text"}); result != hostabi.Pass || f.calls != nil {
			t.Errorf("event %d: %d, %q", event, result, f.calls)
		}
	}
}

func TestGuardAllocatesNothing(t *testing.T) {
	set := Set{}
	f := guarding(t, func(t *Text) error {
		for _, h := range t.Match(set) {
			t.Edit(h, "x")
		}
		return nil
	})
	f.word = "ab"
	set = Words(WordSet{Words: []string{"ab"}})
	src, segments := []byte("nothing of that"), []hostabi.Segment{{Len: 15, Flags: hostabi.SegmentFinal}}
	if n := testing.AllocsPerRun(100, func() { DispatchText(1, hostabi.EventInput, hostabi.Header{Nodes: 1}, src, segments) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
