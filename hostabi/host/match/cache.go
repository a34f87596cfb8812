package match

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"weak"
)

// Cache shares sets: as long as somebody holds a set, its description need not be compiled again. The zero value is
// ready, and it is safe for concurrent use.
type Cache struct {
	mu   sync.Mutex
	sets map[[sha256.Size]byte]*cached
}

// cached is the place of a set. Its lock is held while the set is compiled.
type cached struct {
	mu      sync.Mutex
	set     weak.Pointer[Set]
	waiting int // how many hold or want the lock; under the cache's lock
}

// Get returns the set of a description, compiled unless it is there already.
func (c *Cache) Get(description []byte) (*Set, error) {
	hash := sha256.Sum256(description)
	at := c.enter(hash)
	defer c.leave(hash, at)
	at.mu.Lock()
	defer at.mu.Unlock()
	if set := at.set.Value(); set != nil {
		return set, nil
	}
	set, err := Compile(description)
	if err != nil {
		return nil, err
	}
	at.set = weak.Make(set)
	runtime.AddCleanup(set, c.forget, hash)
	return set, nil
}

func (c *Cache) enter(hash [sha256.Size]byte) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sets == nil {
		c.sets = map[[sha256.Size]byte]*cached{}
	}
	at := c.sets[hash]
	if at == nil {
		at = &cached{}
		c.sets[hash] = at
	}
	at.waiting++
	return at
}

func (c *Cache) leave(hash [sha256.Size]byte, at *cached) {
	c.mu.Lock()
	at.waiting--
	c.mu.Unlock()
	c.forget(hash)
}

// forget drops the place of a set that nobody holds or waits for.
func (c *Cache) forget(hash [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.sets[hash]; at != nil && at.waiting == 0 && at.set.Value() == nil {
		delete(c.sets, hash)
	}
}
