package match

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules []rule
		text  string
		want  string
	}{
		{"none", []rule{{Pattern: "a+"}}, "", ""},
		{"one", []rule{{Pattern: "a+"}}, "caat a", "0:aa@1 0:a@5"},
		{"in order of place, then of rule", []rule{{Pattern: "b"}, {Pattern: "a."}, {Pattern: "."}}, "bab", "0:b@0 2:b@0 1:ab@1 2:a@1 0:b@2 2:b@2"},
		{"group", []rule{{Pattern: `key=(\w+)`, Group: 1}}, "key=abc key= key=d", "0:abc@4 0:d@17"},
		{"group that took no part is no hit", []rule{{Pattern: `a(b)?`, Group: 1}}, "a ab", "0:b@3"},
		{"empty group is no hit", []rule{{Pattern: `a(b*)`, Group: 1}}, "a ab", "0:b@3"},
		{"empty matches are no hits", []rule{{Pattern: `a*`}}, "baab", "0:aa@1"},
		{"first alternative, not the longest", []rule{{Pattern: `a|ab`}, {Pattern: `ab|a`}}, "ab", "0:a@0 1:ab@0"},
		{"lazy", []rule{{Pattern: `a.*?b`}}, "axbxb", "0:axb@0"},
		{"lines", []rule{{Pattern: `(?m)^b$`}, {Pattern: `^b`}, {Pattern: `b$`}}, "a\nb\nb", "0:b@2 0:b@4 2:b@4"},
		{"words", []rule{{Pattern: `\bkey\b`}, {Pattern: `\Bkey`}}, "key monkey keys", "0:key@0 1:key@7"},
		{"assertion about what was matched before", []rule{{Pattern: `\Ba|a`}, {Pattern: `^a|b`}}, "aab", "0:a@0 1:a@0 0:a@1 1:b@2"},
		{"group beside an assertion", []rule{{Pattern: `\b(\w)`, Group: 1}, {Pattern: `(a+)$|(a)b?`, Group: 2}}, "aac", "0:a@0 1:a@0 1:a@1"},
		{"Unicode", []rule{{Pattern: `(?i)straße`}, {Pattern: `\p{Greek}+`}, {Pattern: `[^a-zA-Z ß]`}}, "STRAßE αβ é", "0:STRAßE@0 1:αβ@8 2:α@8 2:β@10 2:é@13"},
		{"invalid text", []rule{{Pattern: `a.b`}, {Pattern: `\x{fffd}+`}}, "a\xffb \xe2\x82", "0:a\xffb@0 1:\xff@1 1:\xe2\x82@4"},
		{"keyword missing", []rule{{Pattern: `\d+`, Keywords: []string{"phone"}}}, "call 123", ""},
		{"keyword there", []rule{{Pattern: `\d+`, Keywords: []string{"fax", "phone"}}}, "my PHONE is 123", "0:123@12"},
		{"keywords in one another", []rule{{Pattern: `1`, Keywords: []string{"abcd"}}, {Pattern: `2`, Keywords: []string{"bc"}}, {Pattern: `3`, Keywords: []string{"c"}},
			{Pattern: `4`, Keywords: []string{"bcx"}}}, "1234 abcd", "0:1@0 1:2@1 2:3@2"},
		{"one keyword of two rules", []rule{{Pattern: `1`, Keywords: []string{"k"}}, {Pattern: `2`, Keywords: []string{"K"}}, {Pattern: `3`}}, "k123", "0:1@1 1:2@2 2:3@3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, description{Rules: c.rules})
			for range 2 { // the second time the states are known
				if got := show(c.text, s.Append(nil, []byte(c.text), 0)); got != c.want {
					t.Errorf("found %q, want %q", got, c.want)
				}
			}
		})
	}
}

// expected finds what search should with the standard library.
func expected(list []rule, text []byte) []hostabi.Hit {
	var hits []hostabi.Hit
	for i, r := range list {
		for _, m := range regexp.MustCompile(r.Pattern).FindAllSubmatchIndex(text, -1) {
			if from, to := m[2*r.Group], m[2*r.Group+1]; from < to {
				hits = append(hits, hostabi.Hit{From: uint32(from), To: uint32(to), Rule: uint32(i)})
			}
		}
	}
	slices.SortFunc(hits, func(a, b hostabi.Hit) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Rule, b.Rule)) })
	return hits
}

func compare(t *testing.T, s *Set, list []rule, text []byte) {
	t.Helper()
	if got, want := s.Append(nil, text, 0), expected(list, text); !slices.Equal(got, want) {
		t.Fatalf("rules %+v in %q: found %s, want %s", list, text, show(string(text), got), show(string(text), want))
	}
}

// expression writes a pattern of few different letters.
func expression(random *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "c", "[ab]", "[^a]", ".", `\b`, `\B`, "^", "$", "(?m:^)", "(?m:$)", "é", "(?i:k)", `\s`, `\w`, "(?s:.)", `\z`, ""}
	if depth == 0 {
		return atoms[random.IntN(len(atoms))]
	}
	x, y := expression(random, depth-1), expression(random, depth-1)
	switch random.IntN(7) {
	case 0:
		return "(" + x + ")" + y
	case 1:
		return x + "|" + y
	case 2:
		repeat := []string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?"}
		return "(?:" + x + ")" + repeat[random.IntN(len(repeat))]
	case 3:
		return "(" + x + "|" + y + ")"
	default:
		return x + y
	}
}

func TestRulesLikeStandard(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 4000 {
		list := randomRules(random)
		if list == nil {
			continue
		}
		s := compile(t, description{Rules: list})
		for range 8 {
			text := []byte(sample(random, 24))
			for i := range text {
				if text[i] == '.' {
					text[i] = "\n\xff"[random.IntN(2)]
				}
			}
			compare(t, s, list, text)
		}
	}
}

func randomRules(random *rand.Rand) []rule {
	var list []rule
	for range 1 + random.IntN(3) {
		r := rule{Pattern: expression(random, 1+random.IntN(4))}
		re, err := regexp.Compile(r.Pattern)
		if err != nil || r.check() != nil {
			continue
		}
		r.Group = random.IntN(1 + re.NumSubexp())
		list = append(list, r)
	}
	return list
}

func FuzzRules(f *testing.F) {
	f.Add(`\b(a+)$|(a)b?`, "aab", 1)
	f.Add(`(?i)ſ+|\pL`, "sSſ\xff", 0)
	f.Add(`(?m)^.*?$`, "a\n\nb", 0)
	f.Fuzz(func(t *testing.T, pattern, text string, group int) {
		re, err := regexp.Compile(pattern)
		r := rule{Pattern: pattern, Group: group}
		if err != nil || r.check() != nil || group > re.NumSubexp() {
			return
		}
		s := new(Set)
		if s.rules, err = compileRules([]rule{r}); err != nil {
			return // too large
		}
		compare(t, s, []rule{r}, []byte(text))
	})
}

// exploding is a pattern whose automaton has a million states, and a text that visits them.
func exploding(n int) (string, []byte) {
	random := rand.New(rand.NewPCG(9, 10))
	text := make([]byte, n)
	for i := range text {
		text[i] = "ab"[random.IntN(2)]
	}
	return `a[ab]{20}(c|[d-z])`, append(text, 'c')
}

func TestRuleWithTooManyStates(t *testing.T) {
	pattern, text := exploding(50_000)
	list := []rule{{Pattern: pattern}, {Pattern: "c"}}
	s := compile(t, description{Rules: list})
	compare(t, s, list, text)
	compare(t, s, list, text)
	m := s.rules.patterns[0].forward
	if g := m.current.Load(); g.bytes > m.limit+1024 {
		t.Errorf("states take %d bytes, more than %d", g.bytes, m.limit)
	}
}

// TestRulesInSmallMemory makes searches change over to new generations of states all the time.
func TestRulesInSmallMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		r := rule{Pattern: expression(random, 4)}
		if _, err := regexp.Compile(r.Pattern); err != nil {
			continue
		}
		p, err := compilePattern(r.Pattern, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			text, fuel := []byte(sample(random, 60)), int64(math.MaxInt64)
			got := p.append(nil, text, hostabi.Hit{}, &fuel)
			if want := expected([]rule{r}, text); !slices.Equal(got, want) {
				t.Fatalf("%q in %q: found %s, want %s", r.Pattern, text, show(string(text), got), show(string(text), want))
			}
		}
	}
}

func TestTooManyHits(t *testing.T) {
	text := []byte(strings.Repeat("a ", MaxHits+100))
	for _, d := range []description{{Words: []string{"a"}}, {Rules: []rule{{Pattern: "a"}, {Pattern: " "}}}} {
		if n := len(compile(t, d).Append(nil, text, 0)); n != MaxHits+1 {
			t.Errorf("%d hits, want %d", n, MaxHits+1)
		}
	}
}

func TestFuel(t *testing.T) {
	text := []byte(strings.Repeat("y", 10_000))
	pattern, wild := exploding(10_000)
	for _, c := range []struct {
		name string
		d    description
		fuel int64
		ok   bool
	}{
		{"words", description{Words: []string{"x"}}, 10_000 * wordCost, true},
		{"words, too little", description{Words: []string{"x"}}, 10_000*wordCost - 1, false},
		{"words that begin often", description{Words: []string{"y", strings.Repeat("y", 200) + "x"}, Whole: new(false)}, 10_000 * wordCost * 2, false},
		{"a rule", description{Rules: []rule{{Pattern: "x"}}}, 10_000*machineCost + 4*learnCost, true},
		{"rules, too little", description{Rules: []rule{{Pattern: "^y"}, {Pattern: "z"}}}, 10_000*machineCost*2 - 1, false},
		{"rules of which none matches", description{Rules: []rule{{Pattern: "x"}, {Pattern: "z"}}}, 10_000*machineCost + 4*learnCost, true},
		{"rule that is not tried", description{Rules: []rule{{Pattern: "y", Keywords: []string{"z"}}}}, 10_000 * wordCost, true},
		{"rule that reads on for each hit", description{Rules: []rule{{Pattern: "y*x|y"}}}, 10_000 * machineCost * 100, false},
		{"learning", description{Rules: []rule{{Pattern: "x"}}}, 10_000*machineCost + learnCost, false},
		{"too many states", description{Rules: []rule{{Pattern: pattern}}}, 10_000 * machineCost * 10, false},
		{"threads", description{Rules: []rule{{Pattern: "(?s)(.*)", Group: 1}}}, 10_000 * machineCost * 3, false},
	} {
		fuel := c.fuel
		if compile(t, c.d).Search(nil, text, 0, &fuel); strings.HasPrefix(c.name, "too many") {
			fuel = c.fuel
			compile(t, c.d).Search(nil, wild, 0, &fuel)
		}
		if ok := fuel >= 0; ok != c.ok {
			t.Errorf("%s: %d of %d units are left", c.name, fuel, c.fuel)
		}
	}
}

func TestSearchesAtOnce(t *testing.T) {
	pattern, text := exploding(3000)
	list := []rule{{Pattern: pattern}, {Pattern: `\b[ab]+c?\b`}, {Pattern: `b{3,}`, Keywords: []string{"bbbb"}}, {Pattern: `(a+)b`, Group: 1}}
	s := compile(t, description{Rules: list})
	want := expected(list, text)
	done := make(chan error)
	for range 4 {
		go func() {
			for range 20 {
				if got := s.Append(nil, text, 0); !slices.Equal(got, want) {
					done <- fmt.Errorf("found %d hits, want %d", len(got), len(want))
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
