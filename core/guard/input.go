package guard

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

var errUnknownAPI = errors.New("nobody knows where the text of this endpoint is")

// Input has the pre-call guards look at a request, one after the other. Edits are made in d, whose bytes are then the
// Inspection's until End; without any it stays as it is. The error is a refusal or a guard that could not run.
func (in *Inspection) Input(d *tape.Doc) *core.Error {
	in.used = 0
	for _, s := range in.active() {
		if !s.is(PreCall) {
			continue
		}
		t := in.text(d, false, s.Guard.Plugin.Roles)
		a, err := s.askInput(t)
		edits, e := in.judge(s, PreCall, t, a, err)
		if e == nil && len(edits) > 0 {
			e = in.rewrite(d, &in.request, t, edits)
		}
		if e != nil {
			return e
		}
	}
	return nil
}

// askInput asks about a request, also about one without text: a guard may judge by who makes it.
func (s *slot) askInput(t *texts) (answer, error) {
	event, err := s.inputEvent()
	if err == nil && !known(s.in.x.Endpoint) {
		err = errUnknownAPI
	}
	if err != nil {
		return answer{}, err
	}
	return s.askSafely(event, &t.Text)
}

// versions are the texts of a document that guards edited one after the other: the one before is read while the next is
// written.
type versions struct {
	texts [2][]byte
	turn  int
}

func (v *versions) reset() { *v = versions{texts: [2][]byte{keep(v.texts[0]), keep(v.texts[1])}} }

// rewrite makes d the document with the edits.
func (in *Inspection) rewrite(d *tape.Doc, v *versions, t *texts, edits []window.Edit) *core.Error {
	text := t.splice(v.texts[v.turn][:0], edits)
	v.texts[v.turn] = text
	v.turn ^= 1
	in.used = 0
	if err := d.Scan(text); err != nil {
		return &core.Error{Class: core.InternalServer, Message: "litellm.InternalServerError: a guardrail's edit could not be applied",
			Cause: fmt.Errorf("scan the edited document: %w", err)}
	}
	return nil
}
