package guard

import (
	"errors"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// judge turns a guard's answer about a text into a verdict. It returns the edits to apply, in order, and the error that
// ends the exchange. The edits are valid until the next answer.
func (in *Inspection) judge(s *slot, m Mode, t *texts, a answer, err error) ([]window.Edit, *core.Error) {
	v := core.Verdict{Guard: s.Guard.Name, Mode: m.String(), Outcome: core.Passed, Flags: slices.Clone(a.flags)}
	var edits []window.Edit
	if err == nil && a.block == nil {
		if in.edits, err = appendEdits(in.edits[:0], a.edits, &t.Text); err == nil {
			edits = in.edits
		}
	}
	var e *core.Error
	switch {
	case err != nil:
		v.Outcome, v.Why, v.Err = core.NotRun, whyFailed, err
		e = in.failed(s, m, err)
	case a.block != nil:
		v.Outcome, v.Why = core.Blocked, a.block.Message
		e = refused(a.block)
	case m&(PreCall|PostCall) == 0:
		v.Refused, edits = len(edits), nil
	case len(edits) > 0:
		v.Outcome, v.Edits = core.Edited, len(edits)
	}
	in.note(s.Guard, v)
	if m == LoggingOnly {
		e = nil
	}
	return edits, e
}

// Why a guard did not run.
const (
	whyFailed    = "it could not run"
	whyNoText    = "there is no text of the roles that it may see"
	whyAbandoned = "the exchange ended before it answered"
)

// failed is what becomes of an exchange when a guard could not run.
func (in *Inspection) failed(s *slot, m Mode, err error) *core.Error {
	switch cause := in.stop.Err(); {
	case cause != nil && !errors.Is(cause, errAbandoned):
		return left(cause)
	case s.Guard.Plugin.FailOpen || m == LoggingOnly:
		return nil
	}
	return unguarded(s.Guard.Name, err)
}

func (in *Inspection) skipped(s *slot, m Mode, why string) {
	in.note(s.Guard, core.Verdict{Guard: s.Guard.Name, Mode: m.String(), Why: why})
}
