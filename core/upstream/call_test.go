package upstream

import (
	"strings"
	"testing"
)

func TestRequestHead(t *testing.T) {
	c := client(t, Options{})
	rest := " HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: identity\r\n"
	for _, tc := range []struct{ name, base, method, path, header, body, want string }{
		{"joined", "/v1", "POST", "/chat?a=b", "", "{}", "POST /v1/chat?a=b" + rest + "Content-Length: 2\r\n\r\n"},
		{"one slash from none", "/v1", "GET", "chat", "", "", "GET /v1/chat" + rest + "\r\n"},
		{"one slash from three", "/v1/", "GET", "//chat", "", "", "GET /v1/chat" + rest + "\r\n"},
		{"root", "", "GET", "", "", "", "GET /" + rest + "\r\n"},
		{"root query", "/", "GET", "?a", "", "", "GET /?a" + rest + "\r\n"},
		{"base only", "/v1", "GET", "", "", "", "GET /v1" + rest + "\r\n"},
		{"base and query", "/v1", "GET", "?a", "", "", "GET /v1?a" + rest + "\r\n"},
		{"empty post", "", "POST", "/", "", "", "POST /" + rest + "Content-Length: 0\r\n\r\n"},
		{"headers", "", "DELETE", "/x", "A: b\r\n", "", "DELETE /x" + rest + "A: b\r\n\r\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			call := Call{
				Host: host(t, c, "http://a.example"+tc.base), Method: tc.method,
				Path: []byte(tc.path), Header: []byte(tc.header), Body: []byte(tc.body),
			}
			if err := call.check(); err != nil {
				t.Fatal(err)
			}
			if got := string(call.appendHead(nil)); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestCallRefused(t *testing.T) {
	c := client(t, Options{})
	good := Call{Host: host(t, c, "http://a.example"), Method: "GET", Path: []byte("/")}
	for name, spoil := range map[string]func(*Call){
		"no host":         func(c *Call) { c.Host = nil },
		"no method":       func(c *Call) { c.Method = "" },
		"method":          func(c *Call) { c.Method = "GET /x" },
		"space in path":   func(c *Call) { c.Path = []byte("/a b") },
		"line in path":    func(c *Call) { c.Path = []byte("/a HTTP/1.1\r\nX: secret") },
		"fragment":        func(c *Call) { c.Path = []byte("/a#b") },
		"unfinished line": func(c *Call) { c.Header = []byte("A: secret") },
	} {
		call := good
		spoil(&call)
		err := c.Do(&call, new(Reply))
		wantError(t, err, ErrCall)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAppendHeader(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		ok          bool
	}{
		{"Authorization", "Bearer x", true},
		{"x-empty", "", true},
		{"X-Text", "tab\tand ünicode", true},
		{"", "x", false},
		{"Bad Name", "x", false},
		{"Bad:Name", "x", false},
		{"Bad\r\nName", "x", false},
		{"Bäd", "x", false},
		{"X", "a\r\nY: b", false},
		{"X", "a\nb", false},
		{"X", "a\rb", false},
		{"X", "a\x00b", false},
		{"X", "a\x7fb", false},
		{"Host", "x", false},
		{"content-length", "1", false},
		{"Transfer-Encoding", "chunked", false},
		{"connection", "close", false},
	} {
		got, err := AppendHeader([]byte("A: b\r\n"), tc.name, tc.value)
		want := "A: b\r\n"
		if tc.ok {
			want += tc.name + ": " + tc.value + "\r\n"
		} else {
			wantError(t, err, ErrHeader)
		}
		if string(got) != want || (err == nil) != tc.ok {
			t.Errorf("%q %q: %q, %v", tc.name, tc.value, got, err)
		}
	}
}

func FuzzAppendHeader(f *testing.F) {
	f.Add("X", "y")
	f.Add("X\r\n", "y\r\nZ: 1")
	f.Fuzz(func(t *testing.T, name, value string) {
		got, err := AppendHeader(nil, name, value)
		if err == nil && (strings.Count(string(got), "\n") != 1 || strings.Count(string(got), "\r") != 1) {
			t.Errorf("%q", got)
		}
	})
}
