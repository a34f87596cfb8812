package upstream

import (
	"fmt"
	"strings"
	"testing"
)

// split runs in through a splitter the way Events does, cut where told, and prints the events.
func split(f Framing, in string, cuts []int) string {
	var out strings.Builder
	s := splitter{framing: f}
	var buf []byte
	for i, from := 0, 0; i <= len(cuts); i++ {
		to := len(in)
		if i < len(cuts) {
			to = cuts[i]
		}
		buf = append(buf, in[from:to]...)
		from = to
		for {
			used, ok := s.next(buf, i == len(cuts))
			if ev := s.ev; ok {
				fmt.Fprintf(&out, "[%s|%s|%s]", ev.Name, ev.Data, ev.ID)
			}
			buf = append([]byte(nil), buf[used:]...)
			if !ok {
				break
			}
		}
	}
	return out.String()
}

func TestSplitter(t *testing.T) {
	for _, tc := range []struct {
		name     string
		framing  Framing
		in, want string
	}{
		{"one", SSE, "data: a\n\n", "[|a|]"},
		{"no space", SSE, "data:a\n\ndata:  b\n\n", "[|a|][| b|]"},
		{"CRLF", SSE, "data: a\r\n\r\ndata: b\r\n\r\n", "[|a|][|b|]"},
		{"CR", SSE, "data: a\r\rdata: b\r\r", "[|a|][|b|]"},
		{"mixed ends", SSE, "data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", "[|a|][|b|][|c|][|d|]"},
		{"fields", SSE, "event: ping\nid: 7\ndata: x\nretry: 10\nother: y\n\n", "[ping|x|7]"},
		{"joined", SSE, "data: a\ndata\ndata: b\ndata:\n\n", "[|a\n\nb\n|]"},
		{"joined around others", SSE, "data: one\nevent: e\n:c\nid: 1\ndata: two\n\n", "[e|one\ntwo|1]"},
		{"between data lines", SSE, "data: a\nevent: name\nid: 12\ndata: longer than these\n\ndata: b\n\n",
			"[name|a\nlonger than these|12][|b|]"},
		{"comments", SSE, ": hello\n\n:\n:data: x\ndata: a\n:x\n\n", "[|a|]"},
		{"empty data", SSE, "data:\n\ndata\n\n", "[||][||]"},
		{"no data", SSE, "event: ping\nid: 1\n\n\n\ndata: a\n\n", "[|a|]"},
		{"name is not kept", SSE, "event: a\ndata: 1\n\ndata: 2\n\n", "[a|1|][|2|]"},
		{"last name counts", SSE, "event: a\nevent: b\nevent\ndata: 1\n\n", "[|1|]"},
		{"BOM", SSE, "\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", "[|a|]"},
		{"half a BOM", SSE, "\xef\xbb\ndata: a\n\n", "[|a|]"},
		{"no final blank line", SSE, "data: a\n\ndata: b\n", "[|a|][|b|]"},
		{"no final line end", SSE, "data: a\n\nevent: e\ndata: b", "[|a|][e|b|]"},
		{"no data at the end", SSE, "data: a\n\nevent: e", "[|a|]"},
		{"NUL in id", SSE, "id: 1\nid: a\x00b\ndata: x\n\n", "[|x|1]"},
		{"longer names", SSE, "dataset: x\nevents: y\ndata : z\ndata: a\n\n", "[|a|]"},
		{"leading space", SSE, " data: x\ndata: a\n\n", "[|a|]"},
		{"colons", SSE, "data: {\"a\":\"b: c\"}\n\n", "[|{\"a\":\"b: c\"}|]"},
		{"empty", SSE, "", ""},
		{"lines", NDJSON, "{\"a\":1}\n{\"b\":2}\r\n", "[|{\"a\":1}|][|{\"b\":2}|]"},
		{"blank lines", NDJSON, "\n \r\n{}\n\t\n\n{}", "[|{}|][|{}|]"},
		{"CR inside", NDJSON, "{\r\"a\":1}\n", "[|{\r\"a\":1}|]"},
		{"BOM before lines", NDJSON, "\xef\xbb\xbf1\n2\n", "[|1|][|2|]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cuts := [][]int{nil, everyByte(len(tc.in))}
			for i := 1; i < len(tc.in); i++ {
				for j := i; j < len(tc.in); j++ {
					cuts = append(cuts, []int{i, j})
				}
			}
			for _, at := range cuts {
				if got := split(tc.framing, tc.in, at); got != tc.want {
					t.Fatalf("cut at %v: %q, want %q", at, got, tc.want)
				}
			}
		})
	}
}

// TestSplitterIsPrompt: an event is given with the byte that completes it, not with the one after.
func TestSplitterIsPrompt(t *testing.T) {
	for _, in := range []string{"data: a\n\n", "data: a\r\n\r", "data: a\r\r", "data: a\n\r"} {
		s := splitter{}
		if _, ok := s.next([]byte(in[:len(in)-1]), false); ok {
			t.Errorf("%q: too early", in)
		}
		if _, ok := s.next([]byte(in), false); !ok || string(s.ev.Data) != "a" {
			t.Errorf("%q: %q, %t", in, s.ev.Data, ok)
		}
	}
}

// reference is the WHATWG algorithm written for plainness: lines first, then fields.
func reference(in string) string {
	in = strings.TrimPrefix(in, "\xef\xbb\xbf")
	in = strings.ReplaceAll(strings.ReplaceAll(in, "\r\n", "\n"), "\r", "\n")
	if in != "" && !strings.HasSuffix(in, "\n") {
		in += "\n"
	}
	var out strings.Builder
	var data []string
	var name, id string
	dispatch := func() {
		if len(data) > 0 {
			fmt.Fprintf(&out, "[%s|%s|%s]", name, strings.Join(data, "\n"), id)
		}
		data, name, id = nil, "", ""
	}
	lines := strings.Split(in, "\n")
	for _, line := range lines[:len(lines)-1] {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			dispatch()
		case field == "data":
			data = append(data, value)
		case field == "event":
			name = value
		case field == "id" && !strings.Contains(value, "\x00"):
			id = value
		}
	}
	dispatch()
	return out.String()
}

func FuzzSSE(f *testing.F) {
	for _, in := range []string{
		"data: a\n\ndata: b\r\n\r\n", "event: x\rid: 1\rdata: a\rdata: b\r\r", "\xef\xbb\xbf:c\n\ndata", "id\nid:\x00\ndata:\n\n",
	} {
		f.Add(in, uint64(len(in)))
	}
	f.Fuzz(func(t *testing.T, in string, seed uint64) {
		want := reference(in)
		if got := split(SSE, in, nil); got != want {
			t.Fatalf("in one piece %q, want %q", got, want)
		}
		if got := split(SSE, in, randomCuts(len(in), seed)); got != want {
			t.Fatalf("in pieces %q, want %q", got, want)
		}
		if one, many := split(NDJSON, in, nil), split(NDJSON, in, randomCuts(len(in), seed)); one != many {
			t.Fatalf("lines in one piece %q, in pieces %q", one, many)
		}
	})
}
