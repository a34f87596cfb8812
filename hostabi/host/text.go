package host

import (
	"fmt"
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Text is what a guard is asked about: pieces of Src, each with where it came from.
type Text struct {
	Src      []byte
	Segments []hostabi.Segment
}

// segment returns the text of one of the segments.
func (t *Text) segment(i uint32) []byte {
	s := &t.Segments[i]
	return t.Src[s.Off : s.Off+s.Len]
}

// check refuses segments that don't lie in the text.
func (t *Text) check() error {
	for i := range t.Segments {
		s := &t.Segments[i]
		text, name := uint64(s.Off)+uint64(s.Len), uint64(s.NameOff)+uint64(s.NameLen)
		if max(text, name) > uint64(len(t.Src)) || s.Seen > s.Len {
			return fmt.Errorf("segment %d of %d lies outside the text of %d bytes", i, len(t.Segments), len(t.Src))
		}
	}
	return nil
}

// records are the segments as they cross to a guest.
func (t *Text) records() []byte {
	if len(t.Segments) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&t.Segments[0])), len(t.Segments)*hostabi.SegmentSize)
}

// SendText is Send for the events of a guard: document 1 is the text's, and the verdict is in Edits, Block and Flags. t
// must stay as it is until SendText returns.
func (c *Context) SendText(event hostabi.Event, h *hostabi.Header, t *Text) (hostabi.Result, error) {
	if err := t.check(); err != nil {
		return 0, err
	}
	result, err := c.sendText(event, h, t)
	if result == hostabi.Pending {
		result, err = c.wait(h)
	}
	c.text, c.whole.Src = nil, nil
	return result, err
}

func (c *Context) sendText(event hostabi.Event, h *hostabi.Header, t *Text) (hostabi.Result, error) {
	if err := c.enter(); err != nil {
		return 0, err
	}
	defer c.seat.Unlock()
	c.begin(event)
	c.text, c.whole.Src = t, t.Src
	c.docs = append(c.docs, &c.whole)
	h.Doc, h.Nodes, h.Bytes = 1, uint32(len(t.Segments)), uint32(len(t.Src))
	return c.deliver(event, h, t.records())
}
