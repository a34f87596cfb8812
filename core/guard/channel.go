package guard

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// channel is one text that a stream writes piece by piece: the content of a choice, its reasoning, the arguments of one
// of its tool calls. It runs through a lane for each guard.
type channel struct {
	channelKey
	tool      []byte // name of the tool that is called
	event     int    // the last that had text for it
	elsewhere int    // bytes that its choice wrote elsewhere since
	flush     bool   // it is complete for now, and the guards were not told yet
	next      int    // number of its next piece
	lanes     []lane
	out       fifo[byte] // what the guards have let pass
	shares    fifo[share]
}

type channelKey struct {
	choice, call uint16
	field        tape.Atom
	part         hostabi.Part
}

// share is how much of a text belongs to one of its pieces.
type share struct{ piece, bytes int }

// lane is a channel's text on its way through one guard.
type lane struct {
	window window.Window
	shares fifo[share] // of what it holds
	dirty  bool        // there is text that the guard was not asked about
	final  bool        // nothing follows
	told   bool        // … and the guard knows
	most   int         // bytes that the window held at once
}

func (c *channel) reset(key channelKey, stages int) {
	c.channelKey, c.tool, c.event, c.elsewhere, c.flush, c.next = key, c.tool[:0], 0, 0, false, 0
	c.out.reset()
	c.shares.reset()
	for len(c.lanes) < stages {
		c.lanes = append(c.lanes, lane{})
	}
	c.lanes = c.lanes[:stages]
	for i := range c.lanes {
		l := &c.lanes[i]
		l.window.Reset()
		l.shares.reset()
		l.dirty, l.final, l.told = false, false, false
	}
}

// forget lets go of what is too large to keep.
func (c *channel) forget() {
	c.out.reset()
	c.shares.reset()
	for i := range c.lanes {
		l := &c.lanes[i]
		if l.shares.reset(); l.most > keepBytes {
			*l = lane{}
		}
	}
}

// add takes in text that the guard was not asked about.
func (l *lane) add(text []byte) {
	l.window.Add(text)
	l.dirty, l.final, l.told = true, false, false
	l.most = max(l.most, l.window.Held())
}

// addShare notes that the next bytes of the text belong to a piece.
func addShare(q *fifo[share], piece, bytes int) {
	if n := len(q.list); !q.empty() && q.list[n-1].piece == piece {
		q.list[n-1].bytes += bytes
		return
	}
	q.push(share{piece, bytes})
}

// done reports whether every guard is done with a piece of the channel.
func (c *channel) done(piece int) bool {
	for i := range c.lanes {
		if q := &c.lanes[i].shares; !q.empty() && q.front().piece <= piece {
			return false
		}
	}
	return true
}

// take returns what the guards left of a piece, valid until more text is let pass. Pieces are taken in order.
func (c *channel) take(piece int) []byte {
	n := 0
	if !c.shares.empty() && c.shares.front().piece == piece {
		n = c.shares.front().bytes
		c.shares.drop(1)
	}
	text := c.out.waiting()[:n]
	c.out.drop(n)
	return text
}
