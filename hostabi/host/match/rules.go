package match

import (
	"cmp"
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi"
)

// rulesMemory is what the states of all automata of a set may take, and machineMemory what those of one may, at least and
// at most.
const (
	rulesMemory      = 32 << 20
	minMachineMemory = 16 << 10
	maxMachineMemory = 256 << 10
)

// rules finds all matches of several patterns.
type rules struct {
	patterns []*pattern
	keywords *keywords // nil when no rule has any
	always   []uint32  // rules without keywords
	together *machine  // finds out whether any of these is worth trying; nil when there is none for them all
	memory   int
}

func compileRules(list []rule) (*rules, error) {
	limit := min(max(rulesMemory/(2*len(list)), minMachineMemory), maxMachineMemory)
	r := &rules{}
	for i := range list {
		if len(list[i].Keywords) == 0 {
			r.always = append(r.always, uint32(i))
		}
		p, err := compilePattern(list[i].Pattern, list[i].Group, limit)
		if err != nil {
			return nil, fmt.Errorf("rule %d (%s): %w", i, list[i].Name, err)
		}
		r.patterns = append(r.patterns, p)
		r.memory += 2*limit + p.size()
	}
	var err error
	if r.keywords, err = newKeywords(list); err != nil {
		return nil, err
	}
	if r.together, err = union(list); err != nil {
		return nil, err
	}
	return r, nil
}

// union returns a machine for all rules without keywords, nil when there are not several or they are too many.
func union(list []rule) (*machine, error) {
	all := &syntax.Regexp{Op: syntax.OpAlternate}
	for _, r := range list {
		if len(r.Keywords) > 0 {
			continue
		}
		tree, err := syntax.Parse(r.Pattern, syntax.Perl)
		if err != nil {
			return nil, err
		}
		all.Sub = append(all.Sub, tree)
	}
	if len(all.Sub) < 2 {
		return nil, nil
	}
	prog, err := syntax.Compile(all.Simplify())
	if err != nil || len(prog.Inst) > maxInstructions {
		return nil, err
	}
	return newMachine(prog, false, 4*maxMachineMemory), nil
}

func (r *rules) size() int {
	size := r.memory
	if r.keywords != nil {
		size += r.keywords.size()
	}
	if r.together != nil {
		size += 4 * maxMachineMemory
	}
	return size
}

func (r *rules) search(hits []hostabi.Hit, text []byte, segment uint32, fuel *int64) []hostabi.Hit {
	var room [maxRules/64 + 1]uint64
	wanted := bitset(room[:])
	if !r.mark(wanted, text, fuel) {
		return hits
	}
	first, ruled := len(hits), 0
	for i, p := range r.patterns {
		if !wanted.has(i) {
			continue
		}
		n := len(hits)
		if hits = p.append(hits, text, hostabi.Hit{Segment: segment, Rule: uint32(i)}, fuel); len(hits) > n {
			ruled++
		}
	}
	if ruled > 1 {
		slices.SortFunc(hits[first:], byPlace)
	}
	return hits
}

// mark finds the rules that are worth trying. It fails when fuel runs out.
func (r *rules) mark(wanted bitset, text []byte, fuel *int64) bool {
	if r.keywords != nil {
		if !burn(fuel, len(text), wordCost) {
			return false
		}
		r.keywords.mark(wanted, text)
	}
	if r.together != nil {
		if end, ok := r.together.endOf(text, 0, fuel); ok && end < 0 {
			return true
		}
	}
	for _, i := range r.always {
		wanted.set(int(i))
	}
	return *fuel >= 0
}

func byPlace(a, b hostabi.Hit) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Rule, b.Rule))
}

// append adds the matches of a pattern that are not empty. Like the standard library it goes on after a match where that
// ends, but for an empty one a character later.
func (p *pattern) append(hits []hostabi.Hit, text []byte, hit hostabi.Hit, fuel *int64) []hostabi.Hit {
	for i := 0; i <= len(text) && len(hits) <= MaxHits && *fuel >= 0; {
		match, group := p.find(text, i, fuel)
		if match == nowhere {
			break
		}
		if group.from >= 0 && group.to > group.from {
			hit.From, hit.To = uint32(group.from), uint32(group.to)
			hits = append(hits, hit)
		}
		if i = match.to; match.from == match.to {
			_, n := utf8.DecodeRune(text[i:])
			i += max(n, 1)
		}
	}
	return hits
}
