package upstream

import (
	"strings"
	"testing"
)

func TestHost(t *testing.T) {
	c := client(t, Options{})
	for _, tc := range []struct{ url, name, dial, path string }{
		{"http://a.example", "a.example", "a.example:80", ""},
		{"https://a.example/v1/", "a.example", "a.example:443", "/v1"},
		{"HTTPS://A.Example:443/v1//", "a.example", "a.example:443", "/v1"},
		{"http://a.example:443", "a.example:443", "a.example:443", ""},
		{"http://127.0.0.1:8080/a%20b", "127.0.0.1:8080", "127.0.0.1:8080", "/a%20b"},
		{"http://[::1]", "[::1]", "[::1]:80", ""},
		{"https://[2001:DB8::1]:8443/x", "[2001:db8::1]:8443", "[2001:db8::1]:8443", "/x"},
		{"http://[fe80::1%25eth0]:81", "[fe80::1]:81", "[fe80::1%eth0]:81", ""},
	} {
		h := host(t, c, tc.url)
		if h.Name() != tc.name || h.pool.addr.dial != tc.dial || h.BasePath() != tc.path {
			t.Errorf("%s: %s %s %s", tc.url, h.Name(), h.pool.addr.dial, h.BasePath())
		}
	}
}

func TestHostsShareConnections(t *testing.T) {
	c := client(t, Options{})
	a, b := host(t, c, "https://x.example/one"), host(t, c, "https://X.example:443/two")
	if a.pool != b.pool {
		t.Error("equal addresses have two pools")
	}
	if a.pool == host(t, c, "http://x.example:443").pool {
		t.Error("http and https share a pool")
	}
}

func TestHostRefuses(t *testing.T) {
	c := client(t, Options{})
	for _, url := range []string{
		"", "a.example/v1", "ftp://a.example", "http://", "http:///v1", "http://:80", "http://a.example:",
		"http://a.example:0", "http://a.example:70000", "http://a.example:sk-secret", "http://user:sk-secret@a.example",
		"http://a.example/?key=sk-secret", "http://a.example/?", "http://a.example/#sk-secret", "http://a.example/#",
		"http://a b.example", "http://a.example\r\nX: sk-secret", "http://bücher.example", "http://[::1", "http://[zz::1]",
		"http:a.example", "http://sk-secret:x\x7f@a.example",
	} {
		_, err := c.Host(url)
		wantError(t, err, ErrBaseURL)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the URL: %v", err)
		}
	}
}
