package host

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/match"
)

// Limits of what a plugin may search for.
const (
	maxSets     = 64
	maxSetBytes = 256 << 20 // memory of its sets
	keepHits    = keepBytes / hostabi.HitSize
)

// Fuel that matching costs beyond what the match package counts.
const (
	compileFuel = 2_000 // a byte of a set's description
	searchFuel  = 1_000 // a segment
)

// sets are those of one plugin. Each instance that is configured declares them anew and gets the same ids.
type sets struct {
	mu   sync.Mutex
	size int
	list atomic.Pointer[[]*match.Set]
}

// declare returns the id of a set; ids begin at 1.
func (s *sets) declare(set *match.Set) (int, hostabi.Errno) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.all()
	if i := slices.Index(list, set); i >= 0 { // the runtime has one set for each description
		return i + 1, 0
	}
	if len(list) == maxSets || s.size+set.Size() > maxSetBytes {
		return 0, hostabi.ErrnoLimit
	}
	s.size += set.Size()
	list = append(slices.Clip(list), set)
	s.list.Store(&list)
	return len(list), 0
}

func (s *sets) all() []*match.Set {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}

func (s *sets) get(id uint32) *match.Set {
	if list := s.all(); id-1 < uint32(len(list)) {
		return list[id-1]
	}
	return nil
}

func (g *instance) matchSet(a args) {
	description, ok := g.view(a.u32(0), a.u32(1))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if !g.plugin.grants.Match {
		a.err(hostabi.ErrnoDenied)
		return
	}
	if !g.configuring {
		a.err(hostabi.ErrnoState)
		return
	}
	g.burn(int64(len(description)) * compileFuel)
	set, err := g.plugin.runtime.sets.Get(description)
	if err != nil {
		g.plugin.log(slog.LevelError, fmt.Sprintf("match_set: %v", err))
		a.err(hostabi.ErrnoInvalid)
		return
	}
	id, e := g.plugin.sets.declare(set)
	if e != 0 {
		a.err(e)
		return
	}
	a.ok(id)
}

// allSegments is the segment of a search through all of them.
const allSegments = 1<<32 - 1

func (g *instance) match(a args) {
	c := g.context(a.u32(0))
	if c == nil {
		a.err(hostabi.ErrnoContext)
		return
	}
	if c.text == nil {
		a.err(hostabi.ErrnoState)
		return
	}
	set, from := g.plugin.sets.get(a.u32(1)), a.u32(2)
	if set == nil {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	to := from + 1
	if from == allSegments {
		from, to = 0, uint32(len(c.text.Segments))
	} else if from >= uint32(len(c.text.Segments)) {
		a.err(hostabi.ErrnoRange)
		return
	}
	hits := g.hits[:0]
	for ; from < to && len(hits) <= match.MaxHits; from++ {
		hits = g.search(set, hits, c.text.segment(from), from)
	}
	g.found(a, hits, a.u32(3), a.u32(4))
}

func (g *instance) matchText(a args) {
	set := g.plugin.sets.get(a.u32(0))
	if set == nil {
		a.err(hostabi.ErrnoAbsent)
		return
	}
	text, ok := g.view(a.u32(1), a.u32(2))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	g.found(a, g.search(set, g.hits[:0], text, 0), a.u32(3), a.u32(4))
}

func (g *instance) search(set *match.Set, hits []hostabi.Hit, text []byte, segment uint32) []hostabi.Hit {
	left := g.left
	hits = set.Search(hits, text, segment, &left)
	g.burn(searchFuel + g.left - left)
	return hits
}

// found answers a search. A guest that could not see all hits might let through what it is there to stop, so too many of
// them are an error.
func (g *instance) found(a args, hits []hostabi.Hit, ptr, most uint32) {
	if g.hits = hits; cap(hits) > keepHits {
		g.hits = nil
	}
	if len(hits) > match.MaxHits {
		a.err(hostabi.ErrnoLimit)
		return
	}
	n := min(most, uint32(len(hits)))
	dst, ok := g.view(ptr, n*hostabi.HitSize)
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if n > 0 {
		copy(dst, unsafe.Slice((*byte)(unsafe.Pointer(&hits[0])), n*hostabi.HitSize))
	}
	a.ok(len(hits))
}
