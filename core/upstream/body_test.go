package upstream

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// feed decodes in in the given pieces, each as the socket would give it: at the end of what was decoded before.
func feed(b body, in string, cuts []int) (out string, after body, err error) {
	buf := make([]byte, 0, len(in))
	for i, from := 0, 0; i <= len(cuts) && err == nil; i++ {
		to := len(in)
		if i < len(cuts) {
			to = cuts[i]
		}
		buf = append(buf, in[from:to]...)
		var n int
		n, err = b.decode(buf[len(buf)-(to-from):])
		buf = buf[:len(buf)-(to-from)+n]
		from = to
	}
	return string(buf), b, err
}

func everyByte(n int) (cuts []int) {
	for i := 1; i < n; i++ {
		cuts = append(cuts, i)
	}
	return cuts
}

func TestBody(t *testing.T) {
	chunked := body{kind: bodyChunked}
	for _, tc := range []struct {
		name     string
		body     body
		in, want string
		done     bool
		junk     bool
		err      error
	}{
		{"length", body{kind: bodyLength, left: 5}, "hello", "hello", true, false, nil},
		{"length open", body{kind: bodyLength, left: 6}, "hello", "hello", false, false, nil},
		{"length and junk", body{kind: bodyLength, left: 4}, "hello", "hell", true, true, nil},
		{"none and junk", body{done: true}, "x", "", true, true, nil},
		{"until close", body{kind: bodyUntilClose}, "hello", "hello", false, false, nil},
		{"chunks", chunked, "5\r\nhello\r\n1\r\n \r\n05\r\nworld\r\n0\r\n\r\n", "hello world", true, false, nil},
		{"hex", chunked, "A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n", "01234567890123456789", true, false, nil},
		{"extensions", chunked, "2;a=b;c=\"d\"\r\nhi\r\n2 \r\nho\r\n0;x\r\n\r\n", "hiho", true, false, nil},
		{"many extensions", chunked, strings.Repeat("1;a=b\r\nx\r\n", 1000) + "0\r\n\r\n", strings.Repeat("x", 1000), true, false, nil},
		{"trailers", chunked, "1\r\nx\r\n0\r\nA: b\r\nCd: e\r\n\r\n", "x", true, false, nil},
		{"open", chunked, "5\r\nhel", "hel", false, false, nil},
		{"no last line", chunked, "1\r\nx\r\n0\r\n", "x", false, false, nil},
		{"chunks and junk", chunked, "1\r\nx\r\n0\r\n\r\nHTTP/1.1", "x", true, true, nil},
		{"no size", chunked, "\r\nx", "", false, false, errChunk},
		{"size in words", chunked, "five\r\n", "", false, false, errChunk},
		{"signed size", chunked, "+5\r\nhello", "", false, false, errChunk},
		{"size without CR", chunked, "1\nx", "", false, false, errChunk},
		{"CR alone", chunked, "1\rx", "", false, false, errChunk},
		{"huge size", chunked, strings.Repeat("f", 16) + "\r\n", "", false, false, errChunk},
		{"data too long", chunked, "1\r\nxy\r\n", "x", false, false, errChunk},
		{"LF in extension", chunked, "1;a\nb\r\nx", "", false, false, errChunk},
		{"endless extension", chunked, "1;" + strings.Repeat("x", maxChunkLine) + "\r\n", "", false, false, errChunk},
		{"endless trailers", chunked, "0\r\n" + strings.Repeat("a: b\r\n", maxTrailers/6+1), "", false, false, errChunkTrailers},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cuts := [][]int{nil, everyByte(len(tc.in))}
			for i := 1; i < min(len(tc.in), 200); i++ {
				cuts = append(cuts, []int{i})
			}
			for _, at := range cuts {
				out, after, err := feed(tc.body, tc.in, at)
				if out != tc.want || after.done != tc.done || after.junk != tc.junk || !errors.Is(err, tc.err) {
					t.Fatalf("cut at %v: %q done=%t junk=%t %v", at, out, after.done, after.junk, err)
				}
			}
		})
	}
}

// FuzzChunked compares one piece with random ones.
func FuzzChunked(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\n"), uint64(1))
	f.Add([]byte("5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\njunk"), uint64(2))
	f.Add([]byte("fffffffffffffff\r\nx"), uint64(3))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		start := body{kind: bodyChunked}
		want, wantBody, wantErr := feed(start, string(in), nil)
		got, gotBody, err := feed(start, string(in), randomCuts(len(in), seed))
		if got != want || gotBody.done != wantBody.done || gotBody.junk != wantBody.junk || err != wantErr {
			t.Fatalf("%q %+v %v\nwant %q %+v %v", got, gotBody, err, want, wantBody, wantErr)
		}
		if len(want) > len(in) || wantBody.left < 0 {
			t.Fatalf("%d bytes from %d, %d left", len(want), len(in), wantBody.left)
		}
	})
}

func randomCuts(n int, seed uint64) (cuts []int) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for at := 0; ; {
		at += 1 + rnd.IntN(1+rnd.IntN(20))
		if at >= n {
			return cuts
		}
		cuts = append(cuts, at)
	}
}
