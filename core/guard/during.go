package guard

import (
	"errors"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var errAbandoned = errors.New(whyAbandoned)

// Start has the during-call guards look at the request, each on a goroutine of its own. d must stay as it is until Wait.
// interrupt is called, at most once by each, when one of them refuses: the upstream call is in vain.
func (in *Inspection) Start(d *tape.Doc, interrupt func(cause error)) {
	for _, s := range in.active() {
		if s.beside() == 0 {
			continue
		}
		s.shown = in.text(d, false, s.Guard.Plugin.Roles)
		in.beside.Go(func() {
			s.answer, s.err = s.askInput(s.shown)
			s.late = s.err != nil && in.stop.Err() != nil
			if s.is(DuringCall) && !s.late && (s.answer.block != nil || s.err != nil && !s.Guard.Plugin.FailOpen) {
				interrupt(errAbandoned)
				in.stop.Cancel(errAbandoned)
			}
		})
	}
}

// Beside reports whether there is anything for Start to do.
func (in *Inspection) Beside() bool { return in.has(DuringCall | LoggingOnly) }

// beside is the mode in which the guard runs beside the call; 0 = in none.
func (s *slot) beside() Mode {
	switch {
	case s.is(DuringCall):
		return DuringCall
	case s.is(LoggingOnly) && !s.is(PreCall) && s.Guard.Plugin.Hooks[hookInput]:
		return LoggingOnly
	}
	return 0
}

// Wait waits for what Start began, and returns the first refusal in the order of the guards. When the call failed, which
// is its error, verdicts that are not there yet are not waited for; the result is then that error or a refusal.
func (in *Inspection) Wait(call *core.Error) *core.Error {
	if call != nil {
		in.abandon()
	}
	in.beside.Wait()
	var first *core.Error
	for _, s := range in.active() {
		if s.shown == nil {
			continue
		}
		if e := in.conclude(s); e != nil && (first == nil || first.Class == core.Cancelled) {
			first = e
		}
		s.shown = nil
	}
	if first == nil || first.Class == core.Cancelled && call != nil {
		return call
	}
	return first
}

// conclude makes a verdict of what a guard said beside the call.
func (in *Inspection) conclude(s *slot) *core.Error {
	m := s.beside()
	if s.late && errors.Is(in.stop.Err(), errAbandoned) {
		in.skipped(s, m, whyAbandoned)
		return nil
	}
	_, e := in.judge(s, m, s.shown, s.answer, s.err)
	return e
}

// abandon ends what guards still wait for.
func (in *Inspection) abandon() {
	in.stop.Cancel(errAbandoned)
	in.beside.Wait()
}
