package guard

import (
	"slices"

	"github.com/sluice-gateway/sluice/core"
)

// Set is the guards that a configuration names, in its order. It is immutable; nil and the zero Set have none.
type Set struct {
	guards []*Guard
}

// New returns the set of the guards, which belong to it from then on. Of two with one name the first counts.
func New(guards []*Guard) *Set {
	s := &Set{}
	for _, g := range guards {
		if s.find(g.Name) == nil {
			g.counts = new(counts)
			s.guards = append(s.guards, g)
		}
	}
	return s
}

// All lists the guards in the order in which they run.
func (s *Set) All() []*Guard {
	if s == nil {
		return nil
	}
	return s.guards
}

func (s *Set) find(name string) *Guard {
	for _, g := range s.All() {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// Request is a guard that a request asks for.
type Request struct {
	Name  string
	Extra string // JSON object of what the guard is given besides; "" = nothing
}

// Choice is a guard that runs on a request.
type Choice struct {
	Guard *Guard
	Extra string // as in Request
}

// Select appends to dst the guards that run on a request, in the order of the configuration: those that are always on and
// those that the request asks for. A name that is not in the set is an error: a request that asks to be guarded must
// not go unguarded.
func (s *Set) Select(dst []Choice, asked []Request) ([]Choice, *core.Error) {
	for i := range asked {
		if s.find(asked[i].Name) == nil {
			return dst, s.unknown(asked[i].Name)
		}
	}
	for _, g := range s.All() {
		i := slices.IndexFunc(asked, func(r Request) bool { return r.Name == g.Name })
		switch {
		case i >= 0:
			dst = append(dst, Choice{g, asked[i].Extra})
		case g.DefaultOn:
			dst = append(dst, Choice{Guard: g})
		}
	}
	return dst, nil
}
