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
	if near := s.nearest(name); near != "" {
		text += "; did you mean " + strconv.Quote(near) + "?"
	}
	return &core.Error{Class: core.BadRequest, Param: "guardrails", Message: text}
}

// nearest is the configured name that takes the fewest changes; "" when the set is empty.
func (s *Set) nearest(name string) string {
	best, least := "", -1
	for _, g := range s.All() {
		if d := distance(name, g.Name); least < 0 || d < least {
			best, least = g.Name, d
		}
	}
	return best
}

// distance is how many bytes must be added, removed or replaced to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
