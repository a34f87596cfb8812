package guard

import (
	"sync/atomic"

	"github.com/sluice-gateway/sluice/core"
)

// Stats counts what a guard decided.
type Stats struct {
	Passed, Edited, Blocked, NotRun uint64
}

// counts are verdicts by outcome.
type counts [core.Blocked + 1]atomic.Uint64

// Stats counts the guard's verdicts since it became part of a Set.
func (g *Guard) Stats() Stats {
	c := g.counts
	if c == nil {
		return Stats{}
	}
	return Stats{Passed: c[core.Passed].Load(), Edited: c[core.Edited].Load(), Blocked: c[core.Blocked].Load(), NotRun: c[core.NotRun].Load()}
}

// note leaves a verdict with the exchange.
func (in *Inspection) note(g *Guard, v core.Verdict) {
	in.x.Verdicts = append(in.x.Verdicts, v)
	g.counts[v.Outcome].Add(1)
}
