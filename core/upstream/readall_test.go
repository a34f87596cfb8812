package upstream

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGzip(t *testing.T) {
	text := strings.Repeat("the same again and again; ", 1000)
	body := packed(t, text)
	head := "HTTP/1.1 200 OK\r\nContent-Encoding: GZip\r\n"
	for _, tc := range []struct {
		name, reply string
		limit       int
		want        string
		err         error
	}{
		{"length", fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body), len(text), text, nil},
		{"chunked", head + "Transfer-Encoding: chunked\r\n\r\n" + inChunks(body, 10), 0, text, nil},
		{"bomb", head + "Transfer-Encoding: chunked\r\n\r\n" + inChunks(body, 10), 1000, text[:1000], ErrTooLarge},
		{"cut", head + "Transfer-Encoding: chunked\r\n\r\n" + inChunks(body[:len(body)-9], 99), 0, text, ErrProtocol},
		{"empty", head + "Content-Length: 0\r\n\r\n", 0, "", nil},
		{"lost", fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body)+1, body), 0, text, io.ErrUnexpectedEOF},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, once(tc.reply))
			c := client(t, Options{})
			got, err := open(t, c, s.url).ReadAll(nil, tc.limit)
			if !strings.HasPrefix(tc.want, string(got)) || (tc.err != ErrProtocol && len(got) != len(tc.want)) {
				t.Errorf("%d bytes, want %d", len(got), len(tc.want))
			}
			if tc.err == nil && err != nil {
				t.Error(err)
			} else if tc.err != nil {
				wantError(t, err, tc.err)
			}
		})
	}
}

func TestReadAllLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		reply string
		limit int
		ok    bool
	}{
		"length fits":  {hello, 5, true},
		"length over":  {hello, 4, false},
		"chunks fit":   {chunkedHead + inChunks("hello", 2), 5, true},
		"chunks over":  {chunkedHead + inChunks("hello", 2), 4, false},
		"close fits":   {"HTTP/1.1 200 OK\r\n\r\nhello", 5, true},
		"close over":   {"HTTP/1.1 200 OK\r\n\r\nhello", 4, false},
		"no limit":     {hello, 0, true},
		"empty always": {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, once(tc.reply))
			c := client(t, Options{})
			b, err := open(t, c, s.url).ReadAll([]byte("12345"), tc.limit)
			if !bytes.HasPrefix(b, []byte("12345")) || (err == nil) != tc.ok {
				t.Errorf("%q, %v", b, err)
			}
			if !tc.ok {
				wantError(t, err, ErrTooLarge)
			}
		})
	}
}
