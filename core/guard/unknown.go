package guard

import (
	"strconv"

	"github.com/sluice-gateway/sluice/core"
)

// unknown is the error for a guard that is not configured. It names the one that was probably meant.
func (s *Set) unknown(name string) *core.Error {
	const longest = 128 // of what a client gets back of its own
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	text := "litellm.BadRequestError: guardrails: no guardrail is called " + strconv.Quote(name)
	var known []string
	for _, g := range s.All() {
		known = append(known, g.Name)
	}
	if near := core.Nearest(name, known); near != "" {
		text += "; did you mean " + strconv.Quote(near) + "?"
	}
	return &core.Error{Class: core.BadRequest, Param: "guardrails", Message: text}
}
