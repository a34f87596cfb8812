package guard

import (
	"fmt"

	"github.com/sluice-gateway/sluice/core"
)

// Output has the post-call guards look at a complete response, one after the other, and returns it as they leave it: body
// itself when nothing was edited, else bytes that are valid until End.
func (in *Inspection) Output(body []byte) ([]byte, *core.Error) {
	if !in.has(PostCall | LoggingOnly) {
		return body, nil
	}
	in.used = 0
	err := in.doc.Scan(body)
	if err != nil {
		err = fmt.Errorf("the response: %w", err)
	}
	for _, m := range [...]Mode{PostCall, LoggingOnly} {
		for _, s := range in.active() {
			if s.after() != m {
				continue
			}
			if e := in.output(s, m, err); e != nil {
				return nil, e
			}
		}
	}
	return in.doc.Src, nil
}

// after is the mode in which the guard looks at responses; 0 = in none.
func (s *slot) after() Mode {
	switch hooks := s.Guard.Plugin.Hooks; {
	case s.is(PostCall):
		return PostCall
	case s.is(LoggingOnly) && (hooks[hookOutput] || hooks[hookWindow]):
		return LoggingOnly
	}
	return 0
}

// output asks one guard about the response; unreadable is why that can't be done.
func (in *Inspection) output(s *slot, m Mode, unreadable error) *core.Error {
	t := in.text(&in.doc, true, s.Guard.Plugin.Roles)
	if len(t.Segments) == 0 && unreadable == nil {
		in.skipped(s, m, whyNoText)
		return nil
	}
	a, err := s.askOutput(t, unreadable)
	edits, e := in.judge(s, m, t, a, err)
	if e == nil && len(edits) > 0 {
		e = in.rewrite(&in.doc, &in.reply, t, edits)
	}
	return e
}

func (s *slot) askOutput(t *texts, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	event, err := s.outputEvent()
	if err != nil {
		return answer{}, err
	}
	return s.askSafely(event, &t.Text)
}
