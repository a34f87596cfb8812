package upstream

import (
	"fmt"
	"strings"
	"testing"
)

func TestHead(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 length=5 keep Content-Length=5"},
		{"no reason", "HTTP/1.1 429\r\n\r\n", "429 length=-1 keep"},
		{"bare line feeds", "HTTP/1.1 200 OK\nA:b\n\n", "200 length=-1 keep A=b"},
		{"blanks and case", "HTTP/1.1 200 OK\r\ncontent-LENGTH: \t7 \r\nA:\r\n\r\n", "200 length=7 keep content-LENGTH=7 A="},
		{"lengths agree", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 05\r\n\r\n",
			"200 length=5 keep Content-Length=5 Content-Length=05"},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "200 chunked keep Transfer-Encoding=Chunked"},
		{"both framings", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
			"200 chunked close Transfer-Encoding=chunked Content-Length=1"},
		{"close", "HTTP/1.1 200 OK\r\nConnection: foo , CLOSE\r\n\r\n", "200 length=-1 close Connection=foo , CLOSE"},
		{"1.0", "HTTP/1.0 200 OK\r\n\r\n", "200 length=-1 close"},
		{"1.0 kept", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n", "200 length=-1 keep Connection=Keep-Alive"},
		{"text above ASCII", "HTTP/1.1 200 Gr\xfcn\r\nA: \xfc\r\n\r\n", "200 length=-1 keep A=\xfc"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var h head
			if err := h.parse([]byte(tc.in)); err != nil {
				t.Fatal(err)
			}
			if got := describe(&h); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func describe(h *head) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", h.status)
	if h.chunked {
		b.WriteString(" chunked")
	} else {
		fmt.Fprintf(&b, " length=%d", h.length)
	}
	b.WriteString(map[bool]string{true: " keep", false: " close"}[h.persistent()])
	for i := range h.lines {
		name, value := h.at(i)
		fmt.Fprintf(&b, " %s=%s", name, value)
	}
	return b.String()
}

func TestHeadRefuses(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\n"
	for name, in := range map[string]string{
		"garbage":            "SSH-2.0-OpenSSH\r\n\r\n",
		"version":            "HTTP/1.2 200 OK\r\n\r\n",
		"http2":              "HTTP/2 200 OK\r\n\r\n",
		"short status":       "HTTP/1.1 20\r\n\r\n",
		"long status":        "HTTP/1.1 2000\r\n\r\n",
		"status below 100":   "HTTP/1.1 099 X\r\n\r\n",
		"status in letters":  "HTTP/1.1 2x0 X\r\n\r\n",
		"folded":             ok + "A: b\r\n c\r\n\r\n",
		"folded first":       ok + " A: b\r\n\r\n",
		"no colon":           ok + "Abc\r\n\r\n",
		"no name":            ok + ": b\r\n\r\n",
		"blank before colon": ok + "A : b\r\n\r\n",
		"NUL":                ok + "A: b\x00\r\n\r\n",
		"bare CR":            ok + "A: b\rC: d\r\n\r\n",
		"lengths differ":     ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"length list":        ok + "Content-Length: 5, 5\r\n\r\n",
		"signed length":      ok + "Content-Length: +5\r\n\r\n",
		"negative length":    ok + "Content-Length: -5\r\n\r\n",
		"empty length":       ok + "Content-Length:\r\n\r\n",
		"huge length":        ok + "Content-Length: 9999999999999999999\r\n\r\n",
		"hex length":         ok + "Content-Length: 0x5\r\n\r\n",
		"unknown transfer":   ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
		"chunked twice":      ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"encoding twice":     ok + "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n",
		"too many lines":     ok + strings.Repeat("A: b\r\n", maxHeaderLines+1) + "\r\n",
	} {
		if err := new(head).parse([]byte(in)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestHeadEndAtEveryCut(t *testing.T) {
	for in, want := range map[string]int{
		"A\r\n\r\nB": 5, "A\n\nB": 3, "A\r\n\nB": 4, "A\n\r\nB": 4, "A\r\nB\r\n": -1, "A\n\rB\n\n": 6, "": -1,
	} {
		for cut := range len(in) + 1 {
			var from int
			got := headEnd([]byte(in[:cut]), &from)
			if got < 0 {
				got = headEnd([]byte(in), &from)
			}
			if got != want {
				t.Errorf("%q cut at %d: %d, want %d", in, cut, got, want)
			}
		}
	}
}

// FuzzHead feeds a head in two pieces: the end must be found in the same place, and parsing must hold its own promises.
func FuzzHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nrest"), 7)
	f.Add([]byte("HTTP/1.0 500 X\nTransfer-Encoding: chunked\n\n"), 30)
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\r\n\n"), 18)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		var from int
		end := headEnd(in, &from)
		from = 0
		cut = min(max(cut, 0), len(in))
		early := headEnd(in[:cut], &from)
		if early < 0 {
			early = headEnd(in, &from)
		}
		if early != end {
			t.Fatalf("the end is at %d or at %d", end, early)
		}
		var h head
		if end < 0 || h.parse(in[:end]) != nil {
			return
		}
		if h.status < 100 || h.status > 999 || len(h.lines) > maxHeaderLines || h.length < -1 {
			t.Fatalf("%+v", h)
		}
		for i := range h.lines {
			if name, value := h.at(i); !isToken(name) || !validValue(value) {
				t.Fatalf("%q: %q", name, value)
			}
		}
	})
}
