package window

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// guard finds edits as a plugin would: those that reach into what was seen are dropped.
func guard(rule *regexp.Regexp, with string, text []byte, seen int) []Edit {
	var edits []Edit
	for _, m := range rule.FindAllIndex(text, -1) {
		if m[0] >= seen {
			edits = append(edits, Edit{Segment: 3, From: uint32(m[0]), To: uint32(m[1]), With: []byte(with)})
		}
	}
	return append(edits, Edit{Segment: 4, From: 0, To: uint32(len(text)), With: []byte("another segment's")})
}

// stream sends pieces through a window and returns what comes out.
func stream(rule *regexp.Regexp, with string, lookahead int, pieces ...string) string {
	var w Window
	var out []byte
	for i, piece := range append(pieces, "") {
		final := i == len(pieces)
		w.Add([]byte(piece))
		text, seen := w.Text(final)
		out = w.Release(out, 3, guard(rule, with, text, seen), lookahead, final)
	}
	return string(out)
}

func TestEveryCutGivesTheSame(t *testing.T) {
	for _, c := range []struct {
		rule, with string
		lookahead  int
		text       string
	}{
		{`\bsecret\b`, "*", 7, "a secret, secrets, xsecret, secret secret"},
		{`aa`, "b", 2, "aaaaa caaac"},
		{`a+`, "<>", 9, "aaa b aaaaaaaa"},
		{`k[0-9]{3,5}`, "", 7, "k123 k12345 k1234567 k1k999"},
		{`größe|ß`, "maß", 8, "die größe der straße, ßß"},
		{`nothing`, "x", 40, "short"},
		{`.`, "..", 0, "each ü"},
		{`x`, "y", 0, ""},
	} {
		rule := regexp.MustCompile(c.rule)
		want := rule.ReplaceAllString(c.text, c.with)
		if got := stream(rule, c.with, c.lookahead, c.text); got != want {
			t.Errorf("%s in one piece: %q, want %q", c.rule, got, want)
		}
		if got := stream(rule, c.with, c.lookahead, strings.Split(c.text, "")...); got != want {
			t.Errorf("%s character by character: %q, want %q", c.rule, got, want)
		}
		for i := range c.text {
			for k := range c.text[i:] {
				if got := stream(rule, c.with, c.lookahead, c.text[:i], c.text[i:i+k], c.text[i+k:]); got != want {
					t.Errorf("%s cut at %d and %d: %q, want %q", c.rule, i, i+k, got, want)
				}
			}
		}
		var bytewise []string
		for i := range len(c.text) {
			bytewise = append(bytewise, c.text[i:i+1])
		}
		if got := stream(rule, c.with, c.lookahead, bytewise...); got != want {
			t.Errorf("%s byte by byte: %q, want %q", c.rule, got, want)
		}
	}
}

func TestPoint(t *testing.T) {
	at := func(from, to uint32) Edit { return Edit{Segment: 1, From: from, To: to} }
	for _, c := range []struct {
		name      string
		text      string
		seen      int
		edits     []Edit
		lookahead int
		final     bool
		want      int
	}{
		{"all but the lookahead", "0123456789", 0, nil, 4, false, 6},
		{"nothing yet", "012", 0, nil, 4, false, 0},
		{"never back", "0123456789", 8, nil, 4, false, 8},
		{"all at the end", "0123456789", 3, []Edit{at(9, 10)}, 4, true, 10},
		{"an edit across the point", "0123456789", 0, []Edit{at(1, 2), at(5, 7)}, 4, false, 5},
		{"an edit before the point", "0123456789", 0, []Edit{at(4, 6)}, 4, false, 6},
		{"an edit at the point", "0123456789", 0, []Edit{at(6, 8)}, 4, false, 6},
		{"another's edit", "0123456789", 0, []Edit{{Segment: 2, From: 1, To: 10}}, 4, false, 6},
		{"an edit of everything", "0123456789", 2, []Edit{at(2, 10)}, 4, false, 2},
		{"not inside a character", "ab€cdef", 0, nil, 5, false, 2},
	} {
		if got := Point([]byte(c.text), c.seen, 1, c.edits, c.lookahead, c.final); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestApply(t *testing.T) {
	edits := []Edit{{From: 0, To: 0, With: []byte("<")}, {From: 1, To: 3, With: []byte("-")}, {Segment: 1, From: 3, To: 4}, {From: 5, To: 5, With: []byte(">")}}
	for _, c := range []struct {
		from, to int
		want     string
	}{{0, 5, "<a-de>"}, {0, 3, "<a-"}, {3, 5, "de>"}, {0, 1, "<a"}, {1, 1, ""}, {5, 5, ">"}} {
		if got := string(Apply([]byte("_"), []byte("abcde"), c.from, c.to, 0, edits)); got != "_"+c.want {
			t.Errorf("%d to %d: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestWindowStaysSmall(t *testing.T) {
	var w Window
	var out []byte
	for range 10_000 {
		w.Add([]byte("some text "))
		w.Text(false)
		out = w.Release(out[:0], 0, nil, 100, false)
		if w.Held() != 100 && len(out) > 0 || len(w.text) > 250 {
			t.Fatalf("%d held, %d kept", w.Held(), len(w.text))
		}
	}
	w.Reset()
	if text, seen := w.Text(true); len(text) > 0 || seen > 0 || w.Held() > 0 {
		t.Errorf("after Reset %q, %d", text, seen)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	var w Window
	piece, out := []byte("some text "), make([]byte, 0, 64)
	step := func() {
		w.Add(piece)
		w.Text(false)
		out = w.Release(out[:0], 0, nil, 100, false)
	}
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzEveryCutGivesTheSame(f *testing.F) {
	f.Add([]byte("a key key keys"), uint8(2), uint8(5), uint8(4))
	f.Add([]byte("größe ß"), uint8(3), uint8(1), uint8(4))
	f.Add([]byte("aaaaaaa"), uint8(1), uint8(1), uint8(3))
	rule := regexp.MustCompile(`\bkey\b|aa|ß`)
	f.Fuzz(func(t *testing.T, text []byte, a, b, more uint8) {
		if !utf8.Valid(text) {
			return
		}
		i := min(int(a), len(text))
		k := min(i+int(b), len(text))
		want := rule.ReplaceAll(text, []byte("*"))
		// One more byte than the longest match is needed to know that a word ends there.
		lookahead := 4 + int(more)
		if got := stream(rule, "*", lookahead, string(text[:i]), string(text[i:k]), string(text[k:])); !bytes.Equal([]byte(got), want) {
			t.Errorf("cut at %d and %d: %q, want %q", i, k, got, want)
		}
	})
}
