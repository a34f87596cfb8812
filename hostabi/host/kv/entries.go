package kv

import (
	"container/heap"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// What the quota is charged beyond keys, owners and values: about what the maps and records take.
const (
	entryOverhead = 160
	ownerOverhead = 320
)

// sweepMost is how many expired values a call that stores something removes beyond those whose room it needs: none has
// to wait for all of them.
const sweepMost = 16

type place struct {
	scope hostabi.Scope
	name  string
}

type owner struct {
	place
	entries map[string]*entry
}

type entry struct {
	owner   *owner
	key     string
	value   []byte
	counter bool
	expires time.Duration
	at      int // its index in the queue of those that expire, -1 when it never does
}

// enter locks the store and reads the clock once, so that what was found does not expire under the caller's hands.
func (s *Store) enter() {
	s.mu.Lock()
	s.time = s.now()
}

// find returns a value that has not expired, or nil.
func (s *Store) find(p place, key []byte) *entry {
	o := s.owners[p]
	if o == nil {
		return nil
	}
	e := o.entries[string(key)]
	if e != nil && e.at >= 0 && e.expires <= s.time {
		s.drop(e)
		return nil
	}
	return e
}

// entry returns the one of a key, made when it is missing, once it may hold n bytes.
func (s *Store) entry(p place, key []byte, n int) (*entry, error) {
	for range sweepMost {
		if !s.expire() {
			break
		}
	}
	for growth := s.growth(p, key, n); growth > 0 && s.used+growth > s.quota; growth = s.growth(p, key, n) {
		if !s.expire() {
			return nil, ErrQuota
		}
	}
	if e := s.find(p, key); e != nil {
		return e, nil
	}
	return s.insert(p, string(key)), nil
}

// growth is what storing n bytes adds to what is used.
func (s *Store) growth(p place, key []byte, n int) int {
	o := s.owners[p]
	if o == nil {
		return ownerOverhead + len(p.name) + entryOverhead + len(key) + n
	}
	if e := o.entries[string(key)]; e != nil {
		return n - len(e.value)
	}
	return entryOverhead + len(key) + n
}

func (s *Store) insert(p place, key string) *entry {
	o := s.owners[p]
	if o == nil {
		o = &owner{p, map[string]*entry{}}
		s.owners[p] = o
		s.used += ownerOverhead + len(p.name)
	}
	e := &entry{owner: o, key: key, at: -1}
	o.entries[key] = e
	s.used += entryOverhead + len(key)
	return e
}

// fill gives an entry a value and a time to live.
func (s *Store) fill(e *entry, value []byte, ttl time.Duration) {
	s.used += len(value) - len(e.value)
	e.value = value
	if e.at >= 0 {
		heap.Remove(&s.dying, e.at)
	}
	if ttl > 0 {
		e.expires = s.time + ttl
		heap.Push(&s.dying, e)
	}
}

func (s *Store) drop(e *entry) {
	if e.at >= 0 {
		heap.Remove(&s.dying, e.at)
	}
	o := e.owner
	delete(o.entries, e.key)
	s.used -= entryOverhead + len(e.key) + len(e.value)
	if len(o.entries) == 0 {
		delete(s.owners, o.place)
		s.used -= ownerOverhead + len(o.name)
	}
}

// expire removes one value whose time is over and reports whether there was one.
func (s *Store) expire() bool {
	if len(s.dying) == 0 || s.dying[0].expires > s.time {
		return false
	}
	s.drop(s.dying[0])
	return true
}

// expiries is a heap, the next to expire first.
type expiries []*entry

func (x expiries) Len() int           { return len(x) }
func (x expiries) Less(i, j int) bool { return x[i].expires < x[j].expires }
func (x expiries) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].at, x[j].at = i, j
}

func (x *expiries) Push(e any) {
	added := e.(*entry)
	added.at = len(*x)
	*x = append(*x, added)
}

func (x *expiries) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last], *x = nil, (*x)[:last]
	e.at = -1
	return e
}
