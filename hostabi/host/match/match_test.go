package match

import (
	"encoding/json"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"
)

func TestDescriptions(t *testing.T) {
	long, many := strings.Repeat("a", maxRunes+1), make([]string, maxKeywords+1)
	for i := range many {
		many[i] = "k"
	}
	keywords, _ := json.Marshal(many)
	for _, c := range []struct{ text, want string }{
		{``, "read the description: EOF"},
		{`[]`, "cannot unmarshal array"},
		{`{"words":["a"]} {}`, "something follows"},
		{`{"words":["a"],"hole":true}`, `unknown field "hole"`},
		{`{}`, "has none"},
		{`{"words":[],"rules":[]}`, "has none"},
		{`{"words":["a"],"rules":[{"pattern":"a"}]}`, "not both"},
		{`{"words":["a",""]}`, "word 1 is empty"},
		{`{"words":["` + long + `"]}`, "word 0 (aaaaaaaaaa"},
		{"{\"words\":[\"a\",\"b\xff\"]}", `word 1 ("b`},
		{`{"rules":[{"pattern":"a"}],"whole":true}`, "whole and fold are for words"},
		{`{"rules":[{"pattern":"a"}],"fold":false}`, "whole and fold are for words"},
		{`{"rules":[{"pattern":"a"},{"name":"key"}]}`, "rule 1 (key): no pattern"},
		{`{"rules":[{"name":"key","pattern":"a(b"}]}`, "rule 0 (key): error parsing regexp: missing closing ): `a(b`"},
		{`{"rules":[{"name":"key","pattern":"(?=a)"}]}`, "rule 0 (key): error parsing regexp: invalid or unsupported Perl syntax"},
		{`{"rules":[{"name":"key","pattern":"` + strings.Repeat("a", maxPattern+1) + `"}]}`, "rule 0 (key): pattern has 4097 bytes"},
		{`{"rules":[{"name":"key","pattern":"(?:(?:a?b?){50}){50}"}]}`, "rule 0 (key): error parsing regexp"},
		{`{"rules":[{"name":"key","pattern":"(?:abcdefghijk){1000}"}]}`, "rule 0 (key): "},
		{`{"rules":[{"name":"key","pattern":"(a)","group":2}]}`, "rule 0 (key): group 2 is wanted, it has 1"},
		{`{"rules":[{"name":"key","pattern":"(a)","group":-1}]}`, "rule 0 (key): no group -1"},
		{`{"rules":[{"name":"key","pattern":"` + strings.Repeat("(a)", maxGroups+1) + `"}]}`, "rule 0 (key): has 101 groups"},
		{`{"rules":[{"name":"key","pattern":"a","keywords":["b",""]}]}`, "rule 0 (key): keyword 1 is empty"},
		{`{"rules":[{"name":"key","pattern":"a","keywords":` + string(keywords) + `}]}`, "rule 0 (key): 65 keywords"},
		{`{"rules":[` + strings.Repeat(`{"pattern":"a"},`, maxRules) + `{"pattern":"a"}]}`, "2001 rules"},
		{`{"words":["` + strings.Repeat(`a","`, maxDescription/4) + `"]}`, "more than 4194304"},
	} {
		s, err := Compile([]byte(c.text))
		if err == nil || s != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: error is %v, want %s", c.text, err, c.want)
		}
	}
}

// TestDefaults checks that words are whole ones in any case unless the description says otherwise.
func TestDefaults(t *testing.T) {
	s, err := Compile([]byte(`{"words":["cat"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := show("CAT cats", s.Append(nil, []byte("CAT cats"), 0)); got != "0:CAT@0" {
		t.Errorf("found %s", got)
	}
}

// TestNoWordsBesideRules checks that an empty list is as good as none.
func TestNoWordsBesideRules(t *testing.T) {
	s, err := Compile([]byte(`{"words":[],"rules":[{"pattern":"c.t"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := show("cat", s.Append(nil, []byte("cat"), 0)); got != "0:cat@0" {
		t.Errorf("found %q", got)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte(`{"words":["a","K"],"whole":false}`), []byte("a k"))
	f.Add([]byte(`{"rules":[{"name":"n","pattern":"(a|b)+$","keywords":["a"],"group":1}]}`), []byte("ab\xff"))
	f.Fuzz(func(t *testing.T, text, sample []byte) {
		s, err := Compile(text)
		if err != nil {
			return
		}
		last := uint32(0)
		for _, h := range s.Append(nil, sample, 0) {
			if h.From < last || h.To <= h.From || int(h.To) > len(sample) {
				t.Fatalf("hit %+v after %d in %d bytes", h, last, len(sample))
			}
			last = h.From
		}
	})
}

func TestCacheShares(t *testing.T) {
	var c Cache
	first, err := c.Get([]byte(`{"words":["a"]}`))
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Get([]byte(`{"words":["a"]}`))
	if err != nil || again != first {
		t.Errorf("the same description has another set, %v", err)
	}
	other, err := c.Get([]byte(`{"words":["b"]}`))
	if err != nil || other == first {
		t.Errorf("another description has the same set, %v", err)
	}
	if _, err := c.Get([]byte(`{}`)); err == nil {
		t.Error("a bad description has a set")
	}
	if n := len(c.sets); n != 2 {
		t.Errorf("%d sets are cached, want 2", n)
	}
	runtime.KeepAlive(first)
	runtime.KeepAlive(other)
}

func TestCacheForgets(t *testing.T) {
	var c Cache
	gone := weak.Make(new(Set))
	func() {
		s, err := c.Get([]byte(`{"words":["a"]}`))
		if err != nil {
			t.Fatal(err)
		}
		gone = weak.Make(s)
	}()
	held := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.sets)
	}
	for deadline := time.Now().Add(10 * time.Second); gone.Value() != nil || held() > 0; runtime.Gosched() {
		if runtime.GC(); time.Now().After(deadline) {
			t.Fatalf("a set that nobody holds is there: %t, %d entries", gone.Value() != nil, held())
		}
	}
}

func TestCacheAtOnce(t *testing.T) {
	var c Cache
	var all sync.WaitGroup
	sets := make([]*Set, 8)
	for i := range sets {
		all.Go(func() {
			for range 50 {
				var err error
				if sets[i], err = c.Get([]byte(`{"rules":[{"pattern":"a+"}]}`)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for i, s := range sets {
		if s != sets[0] {
			t.Errorf("set %d is not the first", i)
		}
	}
}
