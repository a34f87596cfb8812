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

// verdict is what a guard said in one exchange.
type verdict struct {
	texts   []string
	block   *Block
	flags   []string
	failure *Failure
}

func (v *verdict) add(a *Answer) {
	v.failure = a.Failure
	if a.Block != nil {
		v.block = &Block{a.Block.Status, a.Block.Message}
	}
	for _, f := range a.Flags {
		if !slices.Contains(v.flags, f) {
			v.flags = append(v.flags, f)
		}
	}
}

func (v *verdict) over() bool { return v.block != nil || v.failure != nil }

// judge compares a verdict with the one that is wanted.
func (c *Case) judge(v *verdict) error {
	if v.failure != nil || c.Fail != nil {
		return c.failed(v.failure)
	}
	if err := c.judgeBlock(v.block); err != nil {
		return err
	}
	slices.Sort(v.flags)
	if want := slices.Sorted(slices.Values(c.Flags)); !slices.Equal(want, v.flags) {
		return fmt.Errorf("want the flags %q, got %q", want, v.flags)
	}
	if v.block != nil {
		return nil
	}
	want, err := c.wanted()
	if err != nil {
		return err
	}
	for i := range want {
		if err := sameText(want[i], v.texts[i]); err != nil && len(want) > 1 {
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
	event, hooks := hostabi.EventInput, r.Manifest().Hooks
	if c.stage() == "output" {
		event = hostabi.EventOutput
	}
	if slices.Contains(hooks, c.stage()) {
		err := c.exchange(r, func(s Session) error {
			v, err := c.whole(s, event)
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

// whole asks about the whole text at once.
func (c *Case) whole(s Session, event hostabi.Event) (*verdict, error) {
	text, records := layout(c.segments())
	a, err := s.SendText(event, hostabi.Header{Endpoint: uint32(hostabi.Chat)}, text, records)
	if err != nil {
		return nil, err
	}
	v := &verdict{}
	v.add(a)
	for i, r := range records {
		whole := text[r.Off : r.Off+r.Len]
		v.texts = append(v.texts, string(window.Apply(nil, whole, 0, len(whole), uint32(i), a.Edits)))
	}
	return v, nil
}
