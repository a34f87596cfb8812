package cases

import (
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// maxCuts is how many places a text is cut at. All, but in a text that is longer.
const maxCuts = 512

// streams sends the text as streams: byte by byte, then in two pieces for every place that it can be cut at.
func (c *Case) streams(r Runner) error {
	if err := c.stream(r, func(text string) []string { return bytewise(text) }); err != nil {
		return fmt.Errorf("as a stream, byte by byte: %w", err)
	}
	longest := 0
	for _, s := range c.segments() {
		longest = max(longest, len(s.Text))
	}
	for at := 0; at < longest; at += 1 + longest/maxCuts {
		cut := func(text string) []string {
			at := min(at, len(text))
			return []string{text[:at], text[at:]}
		}
		if err := c.stream(r, cut); err != nil {
			return fmt.Errorf("as a stream, cut at byte %d: %w", at, err)
		}
	}
	return nil
}

func bytewise(text string) []string {
	pieces := make([]string, len(text))
	for i := range pieces {
		pieces[i] = text[i : i+1]
	}
	return pieces
}

// stream sends each segment in pieces. How often a guard calls then depends on the pieces.
func (c *Case) stream(r Runner, cut func(string) []string) error {
	calls := NewCalls(c.Calls)
	calls.again = true
	return c.with(r, calls, func(s Session) error {
		v := &verdict{}
		for i, segment := range c.segments() {
			w := flow{session: s, segment: segment, id: uint32(i), lookahead: r.Manifest().Lookahead}
			if err := w.run(v, cut(segment.Text)); err != nil {
				return err
			}
			if v.over() {
				break
			}
		}
		return c.judge(v)
	})
}

// flow is one segment on its way.
type flow struct {
	session   Session
	segment   Segment
	id        uint32
	lookahead int
	window    window.Window
	out       []byte
}

func (f *flow) run(v *verdict, pieces []string) error {
	for _, piece := range pieces {
		f.window.Add([]byte(piece))
		if err := f.ask(v, false); err != nil || v.over() {
			return err
		}
	}
	err := f.ask(v, true)
	v.texts = append(v.texts, string(f.out))
	return err
}

// ask shows the guard what there is and gives out what may be.
func (f *flow) ask(v *verdict, final bool) error {
	text, seen := f.window.Text(final)
	if f.window.Held() == 0 && !final {
		return nil
	}
	part := f.segment
	part.Text = string(text)
	src, records := layout([]Segment{part})
	records[0].ID, records[0].Seen = f.id, uint32(seen)
	if !final {
		records[0].Flags = 0
	}
	a, err := f.session.SendText(hostabi.EventWindow, hostabi.Header{Endpoint: uint32(hostabi.Chat), Flags: hostabi.FlagStream}, src, records)
	if err != nil {
		return err
	}
	v.add(a)
	f.out = f.window.Release(f.out, 0, a.Edits, f.lookahead, final)
	return nil
}
