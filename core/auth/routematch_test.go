package auth

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFits(t *testing.T) {
	for _, c := range []struct {
		rule, path    string
		whole, partly bool
	}{
		{"/key/generate", "/key/generate", true, true},
		{"/key/generate", "/key/generate2", false, false},
		{"/key/generate", "/key", false, false},
		{"/key", "/key/generate", false, false},
		{"/key/*", "/key/generate", true, true},
		{"/key/*", "/key/{key}/regenerate", true, true},
		{"/key/*", "/key", false, false},
		{"/key*", "/key", true, true},
		{"/key*", "/keys/a", true, true},
		{"/*", "/", true, true},
		{"*", "/key/generate", true, true},
		{"/", "/", true, true},
		{"/", "/key", false, false},
		{"/key/{id}/regenerate", "/key/{key}/regenerate", true, true},
		{"/key/*/regenerate", "/key/{key}/regenerate", true, true},
		{"/{x}/generate", "/key/generate", true, true},
		{"/key/sk-1/regenerate", "/key/{key}/regenerate", false, true},
		{"/key/sk-1/other", "/key/{key}/regenerate", false, false},
		{"/key/sk*", "/key/{key}/regenerate", false, true},
		{"/models/{id}", "/models/{id:*}", true, true},
		{"/models/a/b", "/models/{id:*}", false, true},
		{"/models", "/models/{id:*}", false, false},
		{"/v1/*", "/key/generate", false, false},
		{"/Key/Generate", "/key/generate", false, false},
		{"", "/", false, false},
	} {
		if got := fits(c.rule, c.path, false); got != c.whole {
			t.Errorf("%q about all of %q: %v", c.rule, c.path, got)
		}
		if got := fits(c.rule, c.path, true); got != c.partly {
			t.Errorf("%q about some of %q: %v", c.rule, c.path, got)
		}
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	l := newRouteList([]string{"/a/b", "/key/{id}/regenerate", "LiteLLMRoutes.info_routes", "/spend/*"})
	to := NewRoute("POST", "/key/{key}/regenerate")
	if n := testing.AllocsPerRun(100, func() {
		if !l.covers(to) || !l.touches(to) {
			t.Error("not matched")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzFits compares with regular expressions, for paths without segments that vary.
func FuzzFits(f *testing.F) {
	for _, seed := range [][2]string{{"/key/{id}/x", "/key/a/x"}, {"/key/*", "/key/a/b"}, {"*", ""}, {"/a*", "/ab/c"}, {"/{x}", "/"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, rule, path string) {
		if strings.ContainsAny(path, "{}") || !utf8.ValidString(rule) || !utf8.ValidString(path) {
			return // the first is no path of a request, the others no regular expression
		}
		want := regexp.MustCompile("(?s)^" + expression(rule) + "$").MatchString(path)
		if got := fits(rule, path, false); got != want {
			t.Errorf("%q and %q: %v", rule, path, got)
		}
		if got := fits(rule, path, true); got != want {
			t.Errorf("%q and parts of %q: %v", rule, path, got)
		}
	})
}

// expression says in another way what a rule means.
func expression(rule string) string {
	rest, star := strings.CutSuffix(rule, "*")
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		last := i == len(segments)-1
		if (isParameter(s) || s == "*") && !(star && last) {
			segments[i] = "[^/]*"
		} else {
			segments[i] = regexp.QuoteMeta(s)
		}
	}
	e := strings.Join(segments, "/")
	if star {
		e += ".*"
	}
	return e
}
