package core

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCapture(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       []string
		ok         bool
	}{
		{"", "", nil, true},
		{"", "a", nil, false},
		{"gpt-4o", "gpt-4o", nil, true},
		{"gpt-4o", "gpt-4o-mini", nil, false},
		{"gpt-4o", "my-gpt-4o", nil, false},
		{"*", "", []string{""}, true},
		{"*", "a/b", []string{"a/b"}, true},
		{"openai/*", "openai/gpt-4o", []string{"gpt-4o"}, true},
		{"openai/*", "openai/", []string{""}, true},
		{"openai/*", "openai", nil, false},
		{"openai/*", "xopenai/gpt-4o", nil, false},
		{"*meta.x*", "us.meta.x3", []string{"us.", "3"}, true},
		{"*meta.x*", "meta.x", []string{"", ""}, true},
		{"*-mini", "gpt-4o-mini", []string{"gpt-4o"}, true},
		{"*-mini", "gpt-4o-mini-2024", nil, false},
		{"a*b*c", "a1b2b3c", []string{"1", "2b3"}, true},
		{"ab*ba", "aba", nil, false},
		{"**", "ab", []string{"", "ab"}, true},
		{"a.c*", "abc", nil, false},
		{"*ü*", "aüb", []string{"a", "b"}, true},
	} {
		got, ok := Capture(c.pattern, c.s)
		if ok != c.ok || !slices.Equal(got, c.want) {
			t.Errorf("Capture(%q, %q) = %q, %v; want %q, %v", c.pattern, c.s, got, ok, c.want, c.ok)
		}
		if Match(c.pattern, c.s) != c.ok {
			t.Errorf("Match(%q, %q) is not %v", c.pattern, c.s, c.ok)
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Match("*meta.x*", "us.meta.x3") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzCapture compares with a regular expression that says the same.
func FuzzCapture(f *testing.F) {
	for _, s := range [][2]string{{"*meta.x*", "us.meta.x3"}, {"a*b*c", "a1b2b3c"}, {"**a", "aa"}, {"", ""}, {"*a*a*", "aaa"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(s) || len(pattern)+len(s) > 1<<10 {
			return
		}
		expression := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, "(.*?)") + `\z`)
		var want []string
		groups := expression.FindStringSubmatch(s)
		if groups != nil {
			want = groups[1:]
		}
		got, ok := Capture(pattern, s)
		if ok != (groups != nil) || !slices.Equal(got, want) {
			t.Errorf("Capture(%q, %q) = %q, %v; want %q, %v", pattern, s, got, ok, want, groups != nil)
		}
		if Match(pattern, s) != ok {
			t.Errorf("Match and Capture differ")
		}
	})
}
