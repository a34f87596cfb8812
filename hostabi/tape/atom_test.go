package tape

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// withEmptyVocabulary runs a test on a vocabulary of its own and puts the process's back.
func withEmptyVocabulary(t *testing.T) {
	t.Helper()
	old := vocabulary.table.Load()
	t.Cleanup(func() { vocabulary.table.Store(old) })
	vocabulary.table.Store(newTable([]string{""}))
}

func TestIntern(t *testing.T) {
	withEmptyVocabulary(t)
	for n := 1; n <= MaxAtomLen; n++ {
		// Names that differ in one byte only, at the start, in the middle and at the end.
		for _, at := range []int{0, n / 2, n - 1} {
			name := []byte(strings.Repeat("x", n))
			name[at] = 'y'
			a, err := Intern(string(name))
			if err != nil {
				t.Fatal(err)
			}
			if a.Name() != string(name) || Lookup(name) != a {
				t.Errorf("%s: atom %d is %q, looked up %d", name, a, a.Name(), Lookup(name))
			}
		}
	}
	a := MustIntern("same")
	if b := MustIntern("same"); a != b || a == 0 {
		t.Errorf("one name has atoms %d and %d", a, b)
	}
	if Lookup([]byte("never seen")) != 0 || Lookup(nil) != 0 || Lookup([]byte(strings.Repeat("x", 49))) != 0 {
		t.Error("an unknown name has an atom")
	}
	if Atom(0).Name() != "" || Atom(MaxAtoms).Name() != "" {
		t.Error("an atom that was not given out has a name")
	}
}

func TestInternRefuses(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("x", MaxAtomLen+1)} {
		if a, err := Intern(name); a != 0 || err != ErrAtomLength {
			t.Errorf("%q: %d, %v", name, a, err)
		}
	}
	withEmptyVocabulary(t)
	full := make([]string, MaxAtoms)
	for i := range full {
		full[i] = fmt.Sprintf("name %d", i)
	}
	full[0] = ""
	vocabulary.table.Store(newTable(full))
	if _, err := Intern("one too many"); err != ErrVocabularyFull {
		t.Errorf("error %v, want ErrVocabularyFull", err)
	}
	if a, err := Intern("name 9"); a != 9 || err != nil {
		t.Errorf("a known name: %d, %v", a, err)
	}
	for i, name := range full[1:] {
		if a := Lookup([]byte(name)); a != Atom(i+1) {
			t.Fatalf("%s has atom %d", name, a)
		}
	}
}

func TestMustInternPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustIntern("")
}

// TestHashSpreads guards the hash: long runs of taken slots would slow every scan.
func TestHashSpreads(t *testing.T) {
	names := []string{""}
	for i := range 2000 {
		names = append(names, fmt.Sprintf("%c%c", 'a'+i%26, 'a'+i/26), fmt.Sprintf("field_number_%d", i), fmt.Sprintf("%dx", i))
	}
	table := newTable(names)
	run, longest := 0, 0
	for _, s := range table.slots {
		if run++; s.atom == 0 {
			run = 0
		}
		longest = max(longest, run)
	}
	if longest > 60 {
		t.Errorf("%d slots in a row are taken", longest)
	}
}

func TestInternWhileScanning(t *testing.T) {
	withEmptyVocabulary(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var d Doc
			for i := range 200 {
				name := fmt.Sprintf("name_%d", i)
				a, err := Intern(name)
				if err != nil {
					t.Error(err)
				}
				if err := d.Scan([]byte(`{"` + name + `":"` + name + `"}`)); err != nil || d.Get(0, a) != 1 || d.Nodes[1].Val != a {
					t.Errorf("goroutine %d: %s is atom %d, document has %+v, %v", g, name, a, d.Nodes, err)
				}
			}
		})
	}
	wg.Wait()
}
