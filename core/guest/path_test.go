package guest

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	for target, ok := range map[string]bool{
		"": true, "/": true, "/a": true, "/a/": true, "/a/b.json": true, "/a/..b/c..": true, "/v1/models/x:generate?alt=json": true,
		"/a?x=//..": true, "/a?x=%2e%2e%2f": true, "/a?q=a/b?c": true, "/m%20n": true, "/%C3%A9": true, "/a;v=1/b": true, "/~x/-_$": true,
		"/org%2Fmodel": true, "/a@b": true, "/...": true,

		"a": false, "?x": false, "@evil.example/": false, ".evil.example": false, ":80/": false, "http://evil.example/": false,
		"//": false, "//evil.example": false, "/a//b": false, "/%2fevil.example": false, "/a%2F%2fb": false, "/\\evil.example": false,
		"/%5cevil.example": false, "/a\\..\\b": false, "/..": false, "/a/../b": false, "/a/..": false, "/./a": false, "/a/.": false,
		"/%2e%2e/a": false, "/%2E./a": false, "/a/.%2e": false, "/a%2f..%2fb": false, "/..;/a": false, "/..;x=1/a": false, "/.;/a": false,
		"/;/a": false, "/%252e%252e/a": false, "/100%25": false, "/%c0%ae%c0%ae/a": false, "/a b": false, "/a\r\nHost: evil": false,
		"/a%0d%0aX:1": false, "/a%00": false, "/%7f": false, "/a#b": false, "/a%23b": false, "/a%3fb": false, "/\x00": false, "/é": false,
		"/a?b#c": false, "/a?b c": false, "/a?%": false, "/a?%0": false, "/%": false, "/%g0": false, "/%0": false, "/a?\r\n": false, "/{x}": false,
		"/" + strings.Repeat("a", maxPath): false,
	} {
		if err := checkPath(target); (err == nil) != ok {
			t.Errorf("%.60q: %v", target, err)
		}
	}
}

// Whatever is allowed leads below the URL, for a reader that takes it as it is and for one that decodes and cleans it.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"/a/b?c=d", "/%2e%2e/x", "//h", "/a%2f..%2f..", "/..;/", "/a\\..", "/%252e", "?x=1"} {
		f.Add(s)
	}
	base, _ := url.Parse("https://host.example/base/v1")
	f.Fuzz(func(t *testing.T, target string) {
		if checkPath(target) != nil {
			return
		}
		u, err := url.Parse(base.String() + target)
		if err != nil {
			t.Fatalf("%q does not parse: %v", target, err)
		}
		if u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil || u.Fragment != "" {
			t.Fatalf("%q leads to %s", target, u)
		}
		for _, p := range []string{u.Path, u.EscapedPath(), strings.ReplaceAll(u.Path, ";", "/"), unescapedTwice(u.Path)} {
			clean := path.Clean(strings.ReplaceAll(p, `\`, "/"))
			if clean != base.Path && !strings.HasPrefix(clean, base.Path+"/") || strings.Contains(u.Path, "//") {
				t.Fatalf("%q leads to %s", target, clean)
			}
		}
		if strings.ContainsAny(u.Path, "\r\n\x00") || strings.ContainsAny(target, " \r\n\x00") {
			t.Fatalf("%q has control bytes", target)
		}
	})
}

func unescapedTwice(p string) string {
	if again, err := url.PathUnescape(p); err == nil {
		return again
	}
	return p
}

func TestParameters(t *testing.T) {
	for target, has := range map[string]bool{
		"/a": false, "/a?key=1": true, "/a?x=1&KEY=2": true, "/a?k%65y=1": true, "/a?key": true, "/a?x;key=1": true, "/key?x=key": false,
		"/a?keys=1": false, "/a?x=?key=1": false,
	} {
		if got := hasParameter(target, "key"); got != has {
			t.Errorf("%q: %v", target, got)
		}
	}
}
