package host

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Limits of a verdict.
const (
	maxEdits = 1 << 16
	maxFlags = 16
	maxLabel = 64 // bytes of a flag
)

// Edit replaces a range of a segment's text, given in bytes.
type Edit struct {
	Segment  uint32 // index in Text.Segments
	From, To uint32
	With     []byte // valid until the next Send, SendText or Close
}

// Block refuses an exchange.
type Block struct {
	Status  int // of the response to the client, 400 to 499
	Message string
}

// judging returns the exchange that a guest names, while it is asked about a text.
func (g *instance) judging(id uint32) (*Context, hostabi.Errno) {
	c, e := g.answering(id)
	if e == 0 && c.text == nil {
		return nil, hostabi.ErrnoState
	}
	return c, e
}

func (g *instance) edit(a args) {
	c, e := g.judging(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	with, ok := g.view(a.u32(4), a.u32(5))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if a.u32(6) != 0 {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	g.burn(int64(len(with)) * quoteFuel)
	if e := c.edit(a.u32(1), a.u32(2), a.u32(3), with); e != 0 {
		a.err(e)
		return
	}
	a.ok(0)
}

// edit notes an edit. What it makes must be text still: it is put into JSON strings.
func (c *Context) edit(segment, from, to uint32, with []byte) hostabi.Errno {
	if segment >= uint32(len(c.text.Segments)) {
		return hostabi.ErrnoRange
	}
	text := c.text.segment(segment)
	if from > to || to > uint32(len(text)) {
		return hostabi.ErrnoRange
	}
	if from < c.text.Segments[segment].Seen || !c.follows(segment, from) || splits(text, from) || splits(text, to) || !utf8.Valid(with) {
		return hostabi.ErrnoInvalid
	}
	if len(c.Edits) == maxEdits || len(c.with)+len(with) > maxOutput {
		return hostabi.ErrnoLimit
	}
	start := len(c.with)
	c.with = append(c.with, with...)
	c.Edits = append(c.Edits, Edit{segment, from, to, c.with[start:len(c.with):len(c.with)]})
	return 0
}

// follows reports whether an edit that begins there comes after those before it.
func (c *Context) follows(segment, from uint32) bool {
	if len(c.Edits) == 0 {
		return true
	}
	last := &c.Edits[len(c.Edits)-1]
	return segment > last.Segment || segment == last.Segment && from >= last.To
}

// splits reports whether a place is inside a character.
func splits(text []byte, at uint32) bool {
	if at >= uint32(len(text)) || utf8.RuneStart(text[at]) {
		return false
	}
	for start := int(at) - 1; start >= 0 && int(at)-start < utf8.UTFMax; start-- {
		if utf8.RuneStart(text[start]) {
			_, size := utf8.DecodeRune(text[start:])
			return start+size > int(at)
		}
	}
	return false
}

func (g *instance) block(a args) {
	c, e := g.judging(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	message, ok := g.view(a.u32(2), min(a.u32(3), maxMessage))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	status := int(a.i32(1))
	if status == 0 {
		status = 400
	}
	if status < 400 || status > 499 {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	g.burn(int64(len(message)) * quoteFuel)
	c.blocked = Block{status, strings.ToValidUTF8(string(message), "\uFFFD")}
	c.Block = &c.blocked
	a.ok(0)
}

func (g *instance) flag(a args) {
	c, e := g.judging(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	label, ok := g.view(a.u32(1), a.u32(2))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if e := c.flag(label); e != 0 {
		a.err(e)
		return
	}
	a.ok(0)
}

// flag notes a label once.
func (c *Context) flag(label []byte) hostabi.Errno {
	if !isLabel(label) {
		return hostabi.ErrnoInvalid
	}
	if slices.Contains(c.Flags, string(label)) {
		return 0
	}
	if len(c.Flags) == maxFlags {
		return hostabi.ErrnoLimit
	}
	c.Flags = append(c.Flags, string(label))
	return 0
}

// isLabel reports whether text may stand in a log or a header.
func isLabel(text []byte) bool {
	if len(text) == 0 || len(text) > maxLabel || !utf8.Valid(text) {
		return false
	}
	for _, r := range string(text) {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
