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
	shift uint8 // leaves the bits of a hash that index slots: the top ones are the well mixed
	mask  uint64
	slots []atomSlot
	names []string // by atom
}

type atomSlot struct {
	print fingerprint
	atom  Atom
}

var vocabulary struct {
	grow  sync.Mutex
	table atomic.Pointer[atomTable]
}

func init() {
	vocabulary.table.Store(newTable([]string{""}))
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
	vocabulary.table.Store(newTable(append(old.names[:len(old.names):len(old.names)], name)))
	return Atom(len(old.names)), nil
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

// newTable makes the table of names, which are those of the atoms from 0 on.
func newTable(names []string) *atomTable {
	width := max(6, bits.Len(uint(len(names)*3)))
	t := &atomTable{shift: uint8(64 - width), mask: 1<<width - 1, slots: make([]atomSlot, 1<<width), names: names}
	for a := 1; a < len(names); a++ {
		p := fingerprintOf([]byte(names[a]))
		i := p.hash() >> t.shift
		for t.slots[i].atom != 0 {
			i = (i + 1) & t.mask
		}
		t.slots[i] = atomSlot{p, Atom(a)}
	}
	return t
}

func (t *atomTable) lookup(b []byte) Atom {
	if len(b) == 0 || len(b) > MaxAtomLen {
		return 0
	}
	p := fingerprintOf(b)
	for i := p.hash() >> t.shift; ; i++ {
		s := &t.slots[i&t.mask]
		if s.atom == 0 || s.print == p && (len(b) <= wholeLen || t.names[s.atom] == string(b)) {
			return s.atom
		}
	}
}

// fingerprint is a name's length and its first and last bytes: the whole name up to wholeLen bytes, so that most names
// are compared as two integers.
type fingerprint struct {
	lo, hi uint64
	size   uint32
}

const wholeLen = 16

func fingerprintOf(b []byte) fingerprint {
	n := len(b)
	p := fingerprint{size: uint32(n)}
	switch {
	case n >= 8:
		p.lo = binary.LittleEndian.Uint64(b)
		p.hi = binary.LittleEndian.Uint64(b[n-8:])
		if n > wholeLen {
			p.lo ^= bits.RotateLeft64(binary.LittleEndian.Uint64(b[n/2-4:]), 29)
		}
	case n >= 4:
		p.lo = uint64(binary.LittleEndian.Uint32(b))
		p.hi = uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		p.lo = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	return p
}

// hash mixes with two multiplications at once: names are short and few, so this spreads them as well as a real hash
// would.
func (p fingerprint) hash() uint64 {
	const k1, k2 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	return (p.lo^uint64(p.size))*k1 + p.hi*k2
}
