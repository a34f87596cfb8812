package guard

import (
	"errors"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// stage is a guard that a stream runs through.
type stage struct {
	*slot
	index   int
	event   hostabi.Event
	hold    bool // all text until the end: its plugin has no window hook
	records bool // logging_only: it is asked when everything was sent
	dead    bool // it could not run, and may be gone without
	verdict core.Verdict
}

// maxHeld is how much text of a stream a guard may hold back.
const maxHeld = 16 << 20

var errHeld = errors.New("it holds back too much text of a stream")

// newStage puts a guard in a stream's way.
func newStage(s *slot, index int, m Mode) (stage, error) {
	event, err := s.outputEvent()
	hooks := s.Guard.Plugin.Hooks
	st := stage{slot: s, index: index, event: event, records: m == LoggingOnly, hold: !hooks[hookWindow]}
	if !st.records && !st.hold {
		st.event = hostabi.EventWindow
	}
	st.verdict = core.Verdict{Guard: s.Guard.Name, Mode: m.String(), Why: whyNoText}
	return st, err
}

// run shows the guard what it was not asked about yet and lets pass what it is done with. At the end that is everything.
func (s *Stream) run(st *stage, end bool) *core.Error {
	if st.records {
		return nil
	}
	if s.held(st) > maxHeld {
		return s.broken(st, errHeld)
	}
	if st.hold && !end {
		return nil
	}
	if !s.show(st, end) {
		return nil
	}
	a, err := st.askSafely(st.event, &s.text)
	st.noteFlags(a.flags)
	if err == nil && a.block != nil {
		st.verdict.Outcome, st.verdict.Why = core.Blocked, a.block.Message
		return refused(a.block)
	}
	if err == nil {
		s.edits, err = appendEdits(s.edits[:0], a.edits, &s.text)
	}
	if err != nil {
		return s.broken(st, err)
	}
	if st.verdict.Outcome == core.NotRun {
		st.verdict.Outcome, st.verdict.Why = core.Passed, ""
	}
	s.release(st, end)
	return nil
}

// held is how many bytes of text the guard keeps from going on.
func (s *Stream) held(st *stage) int {
	n := 0
	for i := range s.channels {
		n += s.channels[i].lanes[st.index].window.Held()
	}
	return n
}

// show collects in s.text what the guard is to see next, and in s.lanes whose text each segment is. It reports whether
// there is any.
func (s *Stream) show(st *stage, end bool) bool {
	s.text.Src, s.text.Segments, s.lanes = s.text.Src[:0], s.text.Segments[:0], s.lanes[:0]
	for i := range s.channels {
		c := &s.channels[i]
		l := &c.lanes[st.index]
		l.final = l.final || end
		text, seen := l.window.Text(l.final)
		if !l.wants(len(text), seen) {
			s.endLane(c, st.index)
			continue
		}
		s.segment(c, i, text, seen, l.final)
		s.lanes = append(s.lanes, i)
	}
	return len(s.lanes) > 0
}

// wants reports whether the guard is to be asked about a text of which it saw some: it learns of new text, and once that
// nothing follows, since words may end there.
func (l *lane) wants(bytes, seen int) bool {
	if l.final {
		return bytes > 0 && !l.told
	}
	return bytes > seen && l.dirty
}

// segment appends a channel's text to s.text.
func (s *Stream) segment(c *channel, id int, text []byte, seen int, final bool) {
	g := hostabi.Segment{Off: uint32(len(s.text.Src)), Len: uint32(len(text)), ID: uint32(id), Seen: uint32(seen), Choice: c.choice,
		Role: hostabi.RoleAssistant, Part: c.part}
	s.text.Src = append(s.text.Src, text...)
	if len(c.tool) > 0 {
		g.NameOff, g.NameLen = uint32(len(s.text.Src)), uint16(len(c.tool))
		s.text.Src = append(s.text.Src, c.tool...)
	}
	if final {
		g.Flags = hostabi.SegmentFinal
	}
	s.text.Segments = append(s.text.Segments, g)
}

// release lets pass what the guard is done with, edited by s.edits.
func (s *Stream) release(st *stage, end bool) {
	ahead := st.Guard.Plugin.Lookahead
	for segment, i := range s.lanes {
		c := &s.channels[i]
		l := &c.lanes[st.index]
		text, seen := l.window.Text(l.final)
		to := window.Point(text, seen, uint32(segment), s.edits, ahead, l.final)
		p := passage{s: s, c: c, stage: st.index, from: seen, to: to, whole: to == len(text)}
		p.out = l.window.Release(s.passed[:0], uint32(segment), s.edits, ahead, l.final)
		s.passed = p.out
		st.noteEdits(p.run(uint32(segment), s.edits))
		l.dirty, l.told = false, l.final
		s.endLane(c, st.index)
	}
}

// endLane tells the next guard that nothing follows, once this one is told and holds nothing.
func (s *Stream) endLane(c *channel, i int) {
	l := &c.lanes[i]
	if !l.final || l.window.Held() > 0 {
		return
	}
	l.final = false
	for i++; i < len(c.lanes); i++ {
		if st := &s.stages[i]; !st.records && !st.dead {
			c.lanes[i].final = true
			return
		}
	}
}

// broken is what becomes of a stream when a guard could not run. When it goes on without, the guard's text is let pass.
func (s *Stream) broken(st *stage, err error) *core.Error {
	st.verdict.Outcome, st.verdict.Why, st.verdict.Err = core.NotRun, whyFailed, err
	if e := s.in.failed(st.slot, PostCall, err); e != nil {
		return e
	}
	st.dead = true
	for i := range s.channels {
		c := &s.channels[i]
		l := &c.lanes[st.index]
		text, seen := l.window.Text(true)
		p := passage{s: s, c: c, stage: st.index, from: seen, to: len(text), whole: true, out: text[seen:]}
		p.run(0, nil)
		l.window.Reset()
		s.endLane(c, st.index)
	}
	return nil
}

func (st *stage) noteEdits(n int) {
	if n > 0 {
		st.verdict.Outcome, st.verdict.Edits = core.Edited, st.verdict.Edits+n
	}
}

// noteFlags adds the labels that are new: the same text is shown several times.
func (st *stage) noteFlags(flags []string) {
	for _, f := range flags {
		if !slices.Contains(st.verdict.Flags, f) {
			st.verdict.Flags = append(st.verdict.Flags, f)
		}
	}
}
