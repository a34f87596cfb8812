package server

import (
	"bufio"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
)

// TestDoublyFramed checks which requests have their connection closed: those that announce their body in two ways.
func TestDoublyFramed(t *testing.T) {
	s := &Server{opts: Options{MaxRequest: func() core.SizeLimit { return 0 }, MaxRequestBytes: 1 << 20}}
	for head, want := range map[string]bool{
		"Content-Length: 3":                                false,
		"Transfer-Encoding: chunked":                       false,
		"Content-Length: 5\r\nTransfer-Encoding: chunked":  true,
		"Transfer-Encoding: chunked\r\ncontent-LENGTH: 5":  true,
		"Transfer-Encoding: chunked\r\nContent-Length: 0":  true,
		"Transfer-Encoding: chunked\r\nX: something else":  false,
		"Transfer-Encoding: Chunked\r\nContent-Length: 12": true,
	} {
		var h fasthttp.RequestHeader
		if err := h.Read(bufio.NewReader(strings.NewReader("POST / HTTP/1.1\r\nHost: x\r\n" + head + "\r\n\r\n"))); err != nil {
			t.Fatal(err)
		}
		s.received(&h)
		if h.ConnectionClose() != want {
			t.Errorf("%q: closed %v", head, h.ConnectionClose())
		}
	}
}
