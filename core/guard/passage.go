package guard

import "github.com/sluice-gateway/sluice/hostabi/window"

// passage moves text from one guard to the next, or out, and knows which piece of the stream each byte of it belongs to.
// What an edit puts in belongs to the piece in which the edit begins.
type passage struct {
	s        *Stream
	c        *channel
	stage    int
	from, to int    // of the guard's window: what it is done with
	whole    bool   // to is the end of the text
	out      []byte // what became of it
	last     int    // the piece at hand
}

// run moves the text, edited by those edits of the segment that window.Apply applies, and returns how many there were.
func (p *passage) run(segment uint32, edits []window.Edit) (applied int) {
	at := p.from
	for i := range edits {
		e := &edits[i]
		if e.Segment != segment || int(e.From) < at || int(e.To) > p.to || int(e.From) == p.to && !p.whole {
			continue
		}
		p.keep(int(e.From) - at)
		p.replace(int(e.To-e.From), len(e.With))
		at = int(e.To)
		applied++
	}
	p.keep(p.to - at)
	return applied
}

// keep moves n bytes as they are.
func (p *passage) keep(n int) {
	for n > 0 {
		m := p.consume(n)
		p.give(m)
		n -= m
	}
}

// replace moves n bytes of the edit in the place of old ones.
func (p *passage) replace(old, n int) {
	if q := &p.c.lanes[p.stage].shares; !q.empty() {
		p.last = q.front().piece
	}
	p.give(n)
	for old > 0 {
		old -= p.consume(old)
	}
}

// consume takes at most n bytes of one piece out of the guard's lane and returns how many it were.
func (p *passage) consume(n int) int {
	q := &p.c.lanes[p.stage].shares
	f := q.front()
	p.last, n = f.piece, min(n, f.bytes)
	if f.bytes -= n; f.bytes == 0 {
		q.drop(1)
	}
	return n
}

// give hands on the next n bytes as part of the piece at hand.
func (p *passage) give(n int) {
	p.s.push(p.c, p.stage+1, p.last, p.out[:n])
	p.out = p.out[n:]
}
