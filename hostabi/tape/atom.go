package tape

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Atom is a short name that the vocabulary knows: comparing keys and enum-like values is comparing integers.
// Atoms are given out once per process and never change; 0 is no atom.
type Atom uint16

// Limits of the vocabulary. Guests intern names, so both are bounded.
const (
	MaxAtomLen = 48
	MaxAtoms   = 1 << 14
)

// ErrVocabularyFull is returned by Intern when MaxAtoms names are known already.
var ErrVocabularyFull = errors.New("tape: vocabulary is full")

// ErrAtomLength is returned by Intern for names that are empty or longer than MaxAtomLen bytes.
var ErrAtomLength = errors.New("tape: a name must have 1 to 48 bytes")

// atomTable is an open-addressing hash table that is replaced, never changed: scans read it without a lock.
type atomTable struct {
	mask  uint32
	slots []atomSlot
	names []string // by atom
}

type atomSlot struct {
	name string
	atom Atom
}

var vocabulary struct {
	grow  sync.Mutex
	table atomic.Pointer[atomTable]
}

func init() {
	vocabulary.table.Store(&atomTable{mask: 63, slots: make([]atomSlot, 64), names: []string{""}})
}

// Intern returns the atom of a name, adding it when it is new. Documents scanned earlier do not know a new name.
func Intern(name string) (Atom, error) {
	if len(name) == 0 || len(name) > MaxAtomLen {
		return 0, ErrAtomLength
	}
	vocabulary.grow.Lock()
	defer vocabulary.grow.Unlock()
	old := vocabulary.table.Load()
	if a := old.lookup([]byte(name)); a != 0 {
		return a, nil
	}
	if len(old.names) >= MaxAtoms {
		return 0, ErrVocabularyFull
	}
	next := old.with(name)
	vocabulary.table.Store(next)
	return Atom(len(next.names) - 1), nil
}

// MustIntern is Intern for names that are constants of the program.
func MustIntern(name string) Atom {
	a, err := Intern(name)
	if err != nil {
		panic(err)
	}
	return a
}

// Name returns the atom's text, "" for 0 and for atoms never given out.
func (a Atom) Name() string {
	t := vocabulary.table.Load()
	if int(a) >= len(t.names) {
		return ""
	}
	return t.names[a]
}

// Lookup returns the atom of a name that is already known, else 0.
func Lookup(name []byte) Atom { return vocabulary.table.Load().lookup(name) }

func (t *atomTable) with(name string) *atomTable {
	names := append(append(make([]string, 0, len(t.names)+1), t.names...), name)
	size := max(64, 1<<bits.Len(uint(len(names)*3)))
	n := &atomTable{mask: uint32(size - 1), slots: make([]atomSlot, size), names: names}
	for a := 1; a < len(names); a++ {
		i := hashName([]byte(names[a])) & n.mask
		for n.slots[i].atom != 0 {
			i = (i + 1) & n.mask
		}
		n.slots[i] = atomSlot{names[a], Atom(a)}
	}
	return n
}

func (t *atomTable) lookup(b []byte) Atom {
	if len(b) == 0 || len(b) > MaxAtomLen {
		return 0
	}
	for i := hashName(b) & t.mask; ; i = (i + 1) & t.mask {
		s := &t.slots[i]
		if s.atom == 0 || s.name == string(b) {
			return s.atom
		}
	}
}

// hashName mixes the length with the first, middle and last eight bytes: names are short and few, so this spreads
// them as well as a real hash would and costs two multiplications.
func hashName(b []byte) uint32 {
	const k1, k2 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	var lo, hi uint64
	switch n := len(b); {
	case n >= 8:
		lo = binary.LittleEndian.Uint64(b)
		hi = binary.LittleEndian.Uint64(b[n-8:])
		if n > 16 {
			lo ^= bits.RotateLeft64(binary.LittleEndian.Uint64(b[n/2-4:]), 29)
		}
	case n >= 4:
		lo = uint64(binary.LittleEndian.Uint32(b))
		hi = uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		lo = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	h := (lo ^ uint64(len(b))) * k1
	h = (h ^ hi ^ h>>29) * k2
	return uint32(h >> 32)
}
