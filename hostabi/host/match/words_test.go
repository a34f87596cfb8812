package match

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi"
)

// show writes hits as the texts that they are, with the index of the word.
func show(text string, hits []hostabi.Hit) string {
	var parts []string
	for _, h := range hits {
		parts = append(parts, fmt.Sprintf("%d:%s@%d", h.Rule, text[h.From:h.To], h.From))
	}
	return strings.Join(parts, " ")
}

func compile(t testing.TB, d description) *Set {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWords(t *testing.T) {
	long := strings.Repeat("ab", maxRunes/2)
	for _, c := range []struct {
		name        string
		words       string
		whole, fold bool
		text, want  string
	}{
		{"none", "a", false, false, "", ""},
		{"one", "cat", false, false, "a cat", "0:cat@2"},
		{"part of a word", "cat", false, false, "concatenate", "0:cat@3"},
		{"whole only", "cat", true, false, "concatenate cat scat cats", "0:cat@12"},
		{"at the ends", "cat", true, false, "cat,cat", "0:cat@0 0:cat@4"},
		{"digit, underscore", "cat", true, false, "cat1 _cat 9cat cat_ cat-1", "0:cat@20"},
		{"combining mark", "cafe", true, false, "cafe\u0301 cafe", "0:cafe@7"},
		{"Greek neighbour", "cat", true, false, "λcat catλ", ""},
		{"case matters", "Cat", false, false, "cat Cat CAT", "0:Cat@4"},
		{"fold", "Cat", false, true, "cat Cat CAT", "0:cat@0 0:Cat@4 0:CAT@8"},
		{"longest", "a|ab|abc", false, false, "abcab", "2:abc@0 1:ab@3"},
		{"leftmost before longer", "ab|bcd", false, false, "abcd", "0:ab@0"},
		{"earlier found later", "bc|abcd", false, false, "xabcd", "1:abcd@1"},
		{"falls back to shorter", "ab|abcde", false, false, "abcdx abcde", "0:ab@0 1:abcde@6"},
		{"again after a long try", "a|aaaab", false, false, "aaaaa", "0:a@0 0:a@1 0:a@2 0:a@3 0:a@4"},
		{"inner after a long try", "abcd|bc|cx", false, false, "abcx", "1:bc@1"},
		{"not overlapping", "aa", false, false, "aaaaa", "0:aa@0 0:aa@2"},
		{"phrase", "new york|york city|new", true, true, "in New York City, NEW!", "0:New York@3 2:NEW@18"},
		{"phrase after half a phrase", "a b c|b x", true, false, "a b x", "1:b x@2"},
		{"phrase whose beginning is no word's", "a b|b", true, false, "xa b", "1:b@3"},
		{"longer one is no whole word", "new|new york", true, false, "new yorker", "0:new@0"},
		{"shorter one is no whole word", "new|newer", true, false, "newer", "1:newer@0"},
		{"marks at its ends", "c++|@all|.net", true, true, "c++11 C++, x@all x@ally asp.NET", "0:c++@0 0:C++@6 1:@all@12 2:.NET@27"},
		{"duplicates", "b|a|A|a", false, true, "a A", "1:a@0 1:A@2"},
		{"Kelvin sign", "kelvin", false, true, "\u212Aelvin kelvin", "0:\u212Aelvin@0 0:kelvin@9"},
		{"word with a Kelvin sign", "\u212Aelvin", false, true, "kelvin", "0:kelvin@0"},
		{"long s", "pass", false, true, "pa\u017F\u017F PA\u017Fs", "0:pa\u017F\u017F@0 0:PA\u017Fs@7"},
		{"dotted I is its own", "i|\u0130", false, true, "\u0130 I ı", "1:\u0130@0 0:I@3"},
		{"sharp s", "straße", false, true, "STRA\u1E9EE STRASSE", "0:STRA\u1E9EE@0"},
		{"final sigma", "ΟΔΟΣ", true, true, "οδος οδοσ", "0:οδος@0 0:οδοσ@9"},
		{"Cyrillic", "слон", true, true, "СЛОН слонов слон", "0:СЛОН@0 0:слон@22"},
		{"Chinese within a sentence", "北京", true, false, "我在北京工作", "0:北京@6"},
		{"Chinese beside Latin", "北京|ok", true, false, "ok北京ok", "1:ok@0 0:北京@2 1:ok@8"},
		{"Thai", "ไทย", true, false, "ภาษาไทยนะ", "0:ไทย@12"},
		{"emoji", "🙂|👍🏽", true, true, "a🙂b 👍🏽👍", "0:🙂@1 1:👍🏽@7"},
		{"beyond the first plane", "𐐀", false, true, "𐐨", "0:𐐨@0"},
		{"invalid text", "a|é", true, true, "\xffa\xc3 \xc3\xc3\xa9 \xe2\x82 a\x80", "0:a@1 1:é@5 0:a@11"},
		{"invalid text between the letters", "ab", false, true, "a\xffb", ""},
		{"replacement character", "a", true, false, "a\ufffda", "0:a@0 0:a@4"},
		{"NUL", "a\x00b", false, false, "a\x00b", "0:a\x00b@0"},
		{"longest possible", long, false, false, "x" + long, "0:" + long + "@1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, description{Words: strings.Split(c.words, "|"), Whole: new(c.whole), Fold: new(c.fold)})
			hits := s.Append(nil, []byte(c.text), 7)
			if got := show(c.text, hits); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
			if len(hits) > 0 && hits[0].Segment != 7 {
				t.Errorf("hit is in segment %d, want 7", hits[0].Segment)
			}
		})
	}
}

// naive finds what search should, by trying every word at every place.
func naive(words []string, whole, fold bool, text []byte) []hostabi.Hit {
	var hits []hostabi.Hit
	for i := 0; i < len(text); {
		best := hostabi.Hit{From: uint32(i), To: uint32(i)}
		for w, word := range words {
			if n := prefix(text[i:], word, fold); n > int(best.To-best.From) && (!whole || !joined(text, i) && !joined(text, i+n)) {
				best.To, best.Rule = uint32(i+n), uint32(w)
			}
		}
		if best.To > best.From {
			hits = append(hits, best)
			i = int(best.To)
			continue
		}
		_, n := utf8.DecodeRune(text[i:])
		i += n
	}
	return hits
}

// prefix returns how many bytes of text are word, 0 when it does not begin with it.
func prefix(text []byte, word string, fold bool) int {
	n := 0
	for _, want := range word {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size <= 1 || r != want && !(fold && canonical(r) == canonical(want)) {
			return 0
		}
		n += size
	}
	return n
}

// joined reports whether the characters before and after a place belong to one word.
func joined(text []byte, at int) bool {
	before, _ := utf8.DecodeLastRune(text[:at])
	after, _ := utf8.DecodeRune(text[at:])
	return wordly(before) && wordly(after)
}

func wordly(r rune) bool {
	return (r == '_' || unicode.In(r, unicode.L, unicode.M, unicode.N)) && !unicode.In(r, unspaced...)
}

func differ(t *testing.T, s *Set, words []string, whole, fold bool, text string) {
	t.Helper()
	got, want := s.Append(nil, []byte(text), 0), naive(words, whole, fold, []byte(text))
	if !slices.Equal(got, want) {
		t.Fatalf("words %q whole %t fold %t in %q: found %s, want %s", words, whole, fold, text, show(text, got), show(text, want))
	}
}

// sample writes text of few different letters, where words overlap in all ways.
func sample(random *rand.Rand, most int) string {
	letters := []string{"a", "b", "c", "A", "B", " ", " ", ".", "k", "\u212A", "ſ", "s", "é", "É", "e\u0301", "世", "🙂", "_", "1"}
	var b strings.Builder
	for range random.IntN(most) {
		b.WriteString(letters[random.IntN(len(letters))])
	}
	return b.String()
}

func TestWordsLikeNaive(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		words := []string{"a"}
		for range random.IntN(12) {
			words = append(words, sample(random, 6)+"b")
		}
		whole, fold := random.IntN(2) == 0, random.IntN(2) == 0
		s := compile(t, description{Words: words, Whole: new(whole), Fold: new(fold)})
		for range 10 {
			text := []byte(sample(random, 60))
			if len(text) > 0 && random.IntN(3) == 0 {
				text[random.IntN(len(text))] = byte(random.IntN(256))
			}
			differ(t, s, words, whole, fold, string(text))
		}
	}
}

// TestWordsWithoutRows searches with an automaton of which only the first states have rows.
func TestWordsWithoutRows(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		var words []string
		for range 1 + random.IntN(20) {
			words = append(words, sample(random, 8)+"c")
		}
		s := compile(t, description{Words: words, Whole: new(true), Fold: new(true)})
		s.words.fillRows(random.IntN(8) << s.words.shift)
		for range 10 {
			differ(t, s, words, true, true, sample(random, 80))
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("a|ab|abc", "xabcab", true, true)
	f.Add("new york|york", "new\xffyork york", true, false)
	f.Add("\u212A|ſs|İ", "kKſsSSİ", false, true)
	f.Fuzz(func(t *testing.T, list, text string, whole, fold bool) {
		words := strings.Split(list, "|")
		if checkWords("word", words) != nil {
			return
		}
		differ(t, compile(t, description{Words: words, Whole: new(whole), Fold: new(fold)}), words, whole, fold, text)
	})
}
