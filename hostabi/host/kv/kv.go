// Package kv keeps the values that a plugin stores, within a quota.
package kv

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Errors of a Store.
var (
	// ErrQuota means that a value does not fit.
	ErrQuota = errors.New("quota of stored values is used up")
	// ErrCounter means that the value is not a counter.
	ErrCounter = errors.New("stored value is not a counter")
)

// Store keeps values. It is safe for concurrent use.
type Store struct {
	quota int
	mu    sync.Mutex
	used  int
	kept  map[key]value
}

type key struct {
	scope       hostabi.Scope
	owner, name string
}

type value struct {
	bytes []byte
	until time.Time
}

// New makes a Store of up to quota bytes of keys and values.
func New(quota int) *Store { return &Store{quota: quota, kept: map[key]value{}} }

func (s *Store) Get(scope hostabi.Scope, owner string, name []byte) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(key{scope, owner, string(name)})
}

func (s *Store) get(k key) ([]byte, bool) {
	v, ok := s.kept[k]
	if ok && !v.until.IsZero() && time.Now().After(v.until) {
		s.drop(k)
		return nil, false
	}
	return v.bytes, ok
}

func (s *Store) drop(k key) {
	s.used -= len(k.name) + len(s.kept[k].bytes)
	delete(s.kept, k)
}

func (s *Store) Set(scope hostabi.Scope, owner string, name, bytes []byte, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set(key{scope, owner, string(name)}, bytes, ttl)
}

func (s *Store) set(k key, bytes []byte, ttl time.Duration) error {
	if _, ok := s.kept[k]; ok {
		s.drop(k)
	}
	if s.used+len(k.name)+len(bytes) > s.quota {
		return ErrQuota
	}
	v := value{bytes: append([]byte(nil), bytes...)}
	if ttl > 0 {
		v.until = time.Now().Add(ttl)
	}
	s.kept[k] = v
	s.used += len(k.name) + len(bytes)
	return nil
}

func (s *Store) Delete(scope hostabi.Scope, owner string, name []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{scope, owner, string(name)}
	_, ok := s.get(k)
	if ok {
		s.drop(k)
	}
	return ok
}

func (s *Store) Add(scope hostabi.Scope, owner string, name []byte, delta int64, ttl time.Duration) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{scope, owner, string(name)}
	old, ok := s.get(k)
	if ok && len(old) != 8 {
		return 0, ErrCounter
	}
	if ok {
		delta += int64(binary.LittleEndian.Uint64(old))
		binary.LittleEndian.PutUint64(old, uint64(delta))
		return delta, nil
	}
	return delta, s.set(k, binary.LittleEndian.AppendUint64(nil, uint64(delta)), ttl)
}

func (s *Store) DropOwner(scope hostabi.Scope, owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.kept {
		if k.scope == scope && k.owner == owner {
			s.drop(k)
		}
	}
}
