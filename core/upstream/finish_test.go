package upstream

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// TestFinishKeepsTheConnection ends the content of a stream before its framing, which comes when Finish waits for it.
func TestFinishKeepsTheConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted, rest := make(chan struct{}, 8), make(chan struct{}, 8)
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- struct{}{}
			go serveInTwoParts(nc, rest)
		}
	}()
	c := New(Options{})
	defer c.Close()
	h, err := c.Host("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var r Reply
		if err := c.Do(&Call{Host: h, Method: "POST", Path: []byte("/x")}, &r); err != nil {
			t.Fatal(err)
		}
		e, err := r.Events(SSE).Next()
		if err != nil || string(e.Data) != "[DONE]" {
			t.Fatalf("event %q, %v", e.Data, err)
		}
		rest <- struct{}{}
		r.Finish()
	}
	if n := len(accepted); n != 1 {
		t.Errorf("%d connections for 3 streams, want 1", n)
	}
}

// serveInTwoParts answers each request with an event at once, and with the end of the body when told to.
func serveInTwoParts(nc net.Conn, rest <-chan struct{}) {
	defer nc.Close()
	in := bufio.NewReader(nc)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, req.Body)
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\ndata: [DONE]\n\n\r\n")
		<-rest
		io.WriteString(nc, "0\r\n\r\n")
	}
}
