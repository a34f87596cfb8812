package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

func (c *Case) stage() string {
	if c.Stage == "" {
		return "input"
	}
	return c.Stage
}

// segments returns the case's segments with all defaults filled in.
func (c *Case) segments() []Segment {
	list := slices.Clone(c.Segments)
	if c.Text != nil {
		list = []Segment{{Text: *c.Text}}
	}
	for i := range list {
		s := &list[i]
		if s.Role == "" && c.stage() == "input" {
			s.Role = "user"
		} else if s.Role == "" {
			s.Role = "assistant"
		}
		if s.Part == "" {
			s.Part = "text"
		}
	}
	return list
}

// wanted returns the text that each segment must have after the edits.
func (c *Case) wanted() ([]string, error) {
	segments := c.segments()
	if c.Want == nil {
		var same []string
		for _, s := range segments {
			same = append(same, s.Text)
		}
		return same, nil
	}
	var list []string
	if one, ok := c.Want.text(); ok {
		list = []string{one}
	} else if json.Unmarshal(c.Want, &list) != nil {
		return nil, errors.New("want must be a text or a list of texts")
	}
	if len(list) != len(segments) {
		return nil, fmt.Errorf("want has %d texts for %d segments", len(list), len(segments))
	}
	return list, nil
}

// Verdict is what a guard said in one exchange.
type Verdict struct {
	Texts   []string // of the segments, edited; fewer when it was blocked, or failed, in a stream
	Block   *Block   // nil when it passed
	Flags   []string // in order
	Failure *Failure // why the guard could not judge
}

func (v *Verdict) add(a *Answer) {
	v.Failure = a.Failure
	if a.Block != nil {
		v.Block = &Block{a.Block.Status, a.Block.Message}
	}
	v.Flags = append(v.Flags, a.Flags...)
	slices.Sort(v.Flags)
	v.Flags = slices.Compact(v.Flags)
}

func (v *Verdict) over() bool { return v.Block != nil || v.Failure != nil }

// judge compares a verdict with the one that is wanted.
func (c *Case) judge(v *Verdict) error {
	if v.Failure != nil || c.Fail != nil {
		return c.failed(v.Failure)
	}
	if err := c.judgeBlock(v.Block); err != nil {
		return err
	}
	if want := slices.Sorted(slices.Values(c.Flags)); !slices.Equal(want, v.Flags) {
		return fmt.Errorf("want the flags %q, got %q", want, v.Flags)
	}
	if v.Block != nil {
		return nil
	}
	want, err := c.wanted()
	if err != nil {
		return err
	}
	for i := range want {
		if err := sameText(want[i], v.Texts[i]); err != nil && len(want) > 1 {
			return fmt.Errorf("segment %d: %w", i, err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (c *Case) judgeBlock(b *Block) error {
	switch {
	case b == nil && c.Block == nil:
		return nil
	case b == nil:
		return fmt.Errorf("want a block with %q, but it passed", *c.Block)
	case c.Block == nil:
		return fmt.Errorf("blocked with %q", b.Message)
	case !strings.Contains(b.Message, *c.Block):
		return fmt.Errorf("want a block with %q, got %q", *c.Block, b.Message)
	}
	return nil
}

// layout puts segments into one text, as the gateway does.
func layout(list []Segment) ([]byte, []hostabi.Segment) {
	var text []byte
	records := make([]hostabi.Segment, len(list))
	for i := range list {
		s, r := &list[i], &records[i]
		*r = hostabi.Segment{
			Off: uint32(len(text)), Len: uint32(len(s.Text)), ID: uint32(i), Choice: uint16(s.Choice), Flags: hostabi.SegmentFinal,
			Role: hostabi.Role(slices.Index(roles, s.Role)), Part: hostabi.Part(slices.Index(parts, s.Part)),
		}
		text = append(text, s.Text...)
		r.NameOff, r.NameLen = uint32(len(text)), uint16(len(s.Tool))
		text = append(text, s.Tool...)
	}
	return text, records
}

func runGuard(r Runner, c *Case) error {
	hooks := r.Manifest().Hooks
	if slices.Contains(hooks, c.stage()) {
		err := c.exchange(r, func(s Session) error {
			v, err := c.whole(s)
			if err != nil {
				return err
			}
			return c.judge(v)
		})
		if err != nil {
			return err
		}
	}
	if c.stage() == "output" && slices.Contains(hooks, "window") {
		return c.streams(r)
	}
	return nil
}

// Ask asks a guard about the case's text at once, whatever the case wants. Each of the calls may be made any number of
// times, with any body.
func (c *Case) Ask(r Runner) (v *Verdict, err error) {
	err = c.with(r, c.lenient(), func(s Session) error {
		v, err = c.whole(s)
		return err
	})
	return v, err
}

// lenient answers the case's calls as often as they are made.
func (c *Case) lenient() *Calls {
	calls := NewCalls(c.Calls)
	calls.again = true
	return calls
}

func (c *Case) whole(s Session) (*Verdict, error) {
	event := hostabi.EventInput
	if c.stage() == "output" {
		event = hostabi.EventOutput
	}
	text, records := layout(c.segments())
	a, err := s.SendText(event, hostabi.Header{Endpoint: uint32(hostabi.Chat)}, text, records)
	if err != nil {
		return nil, err
	}
	v := &Verdict{}
	v.add(a)
	for i, r := range records {
		whole := text[r.Off : r.Off+r.Len]
		v.Texts = append(v.Texts, string(window.Apply(nil, whole, 0, len(whole), uint32(i), a.Edits)))
	}
	return v, nil
}
