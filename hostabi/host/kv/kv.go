// Package kv keeps the values that a plugin stores, in memory and within a quota.
package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Errors of a Store.
var (
	// ErrQuota means that a value does not fit beside those that have not expired.
	ErrQuota = errors.New("quota of stored values is used up")
	// ErrNotCounter means that what is stored was not made by Add.
	ErrNotCounter = errors.New("stored value is not a counter")
)

// Store holds the values of one plugin. It is safe for concurrent use.
type Store struct {
	quota int
	now   func() time.Duration // since some moment; never goes back

	mu     sync.Mutex
	time   time.Duration // when the call at hand began
	used   int
	owners map[place]*owner
	dying  expiries
}

// New makes a Store whose keys, owners and values take up to quota bytes, where each value counts 160 bytes more than
// it has, and each owner 320.
func New(quota int) *Store {
	began := time.Now()
	return &Store{quota: quota, owners: map[place]*owner{}, now: func() time.Duration { return time.Since(began) }}
}

// SetQuota changes the quota. Values that are too many stay until they expire or are removed.
func (s *Store) SetQuota(quota int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota = quota
}

// Get returns a copy of a value, and whether there is one. A counter reads as 8 bytes, little endian.
func (s *Store) Get(scope hostabi.Scope, owner string, key []byte) ([]byte, bool) {
	s.enter()
	defer s.mu.Unlock()
	e := s.find(place{scope, owner}, key)
	if e == nil {
		return nil, false
	}
	return bytes.Clone(e.value), true
}

// Set stores a copy of a value for ttl, or without an end when ttl is 0, in the place of what was there. After ErrQuota
// the old value is still there.
func (s *Store) Set(scope hostabi.Scope, owner string, key, value []byte, ttl time.Duration) error {
	s.enter()
	defer s.mu.Unlock()
	e, err := s.entry(place{scope, owner}, key, len(value))
	if err != nil {
		return err
	}
	e.counter = false
	s.fill(e, append(make([]byte, 0, len(value)), value...), ttl)
	return nil
}

// Delete removes a value and reports whether there was one.
func (s *Store) Delete(scope hostabi.Scope, owner string, key []byte) bool {
	s.enter()
	defer s.mu.Unlock()
	e := s.find(place{scope, owner}, key)
	if e == nil {
		return false
	}
	s.drop(e)
	return true
}

// Add adds to a counter and returns what it is then; it stays within 64 bits, at their ends if need be. A new counter
// begins at 0 and lives for ttl, or without an end when ttl is 0; ttl means nothing for one that is there. It fails with
// ErrQuota or ErrNotCounter.
func (s *Store) Add(scope hostabi.Scope, owner string, key []byte, delta int64, ttl time.Duration) (int64, error) {
	s.enter()
	defer s.mu.Unlock()
	p := place{scope, owner}
	e := s.find(p, key)
	if e == nil {
		var err error
		if e, err = s.entry(p, key, 8); err != nil {
			return 0, err
		}
		e.counter = true
		s.fill(e, make([]byte, 8), ttl)
	}
	if !e.counter {
		return 0, ErrNotCounter
	}
	sum := saturate(int64(binary.LittleEndian.Uint64(e.value)), delta)
	binary.LittleEndian.PutUint64(e.value, uint64(sum))
	return sum, nil
}

func saturate(a, b int64) int64 {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}

// DropOwner removes all values of an owner.
func (s *Store) DropOwner(scope hostabi.Scope, owner string) {
	s.enter()
	defer s.mu.Unlock()
	o := s.owners[place{scope, owner}]
	if o == nil {
		return
	}
	for _, e := range o.entries {
		s.drop(e)
	}
}
