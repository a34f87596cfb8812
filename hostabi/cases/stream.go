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
	if err := c.streamed(r, bytewise); err != nil {
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
		if err := c.streamed(r, cut); err != nil {
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

func (c *Case) streamed(r Runner, cut func(string) []string) error {
	v, err := c.AskStream(r, cut)
	if err != nil {
		return err
	}
	return c.judge(v)
}

// AskStream sends the case's segments one after the other as a stream, each in the pieces that cut makes of its text, and
// holds back what the manifest says. How often a guard calls then depends on the pieces: each of the calls may be made any
// number of times, with any body.
func (c *Case) AskStream(r Runner, cut func(text string) []string) (*Verdict, error) {
	v := &Verdict{}
	err := c.with(r, c.lenient(), func(s Session) error {
		for i, segment := range c.segments() {
			w := flow{session: s, segment: segment, id: uint32(i), lookahead: r.Manifest().Lookahead}
			if err := w.run(v, cut(segment.Text)); err != nil || v.over() {
				return err
			}
		}
		return nil
	})
	return v, err
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

func (f *flow) run(v *Verdict, pieces []string) error {
	for _, piece := range pieces {
		f.window.Add([]byte(piece))
		if err := f.ask(v, false); err != nil || v.over() {
			return err
		}
	}
	err := f.ask(v, true)
	v.Texts = append(v.Texts, string(f.out))
	return err
}

// ask shows the guard what there is and gives out what may be.
func (f *flow) ask(v *Verdict, final bool) error {
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
