//go:build !race

package upstream

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// script is a connection that answers every request with the same pieces, one per Read, without a kernel in between:
// what is left to measure is the client's own work.
type script struct {
	net.Conn
	pieces []string
	at     int
}

func (s *script) Write(p []byte) (int, error) {
	s.at = 0
	return len(p), nil
}

func (s *script) Read(p []byte) (int, error) {
	if s.at == len(s.pieces) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, s.pieces[s.at])
	s.at++
	return n, nil
}

func (s *script) Close() error                     { return nil }
func (s *script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *script) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

func BenchmarkOwnWork(b *testing.B) {
	body, events := []string{kilobyte()}, strings.SplitAfter(stream(), "\n\n\r\n")
	b.Run("body/upstream", func(b *testing.B) { ownUpstream(b, body, readWhole) })
	b.Run("body/fasthttp", func(b *testing.B) { ownFasthttp(b, body, nil) })
	b.Run("stream/upstream", func(b *testing.B) { ownUpstream(b, events, readStream) })
	b.Run("stream/fasthttp", func(b *testing.B) { ownFasthttp(b, events, scanStream) })
}

func ownUpstream(b *testing.B, pieces []string, read func(*Reply, []byte) ([]byte, error)) {
	c := client(b, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		return &script{pieces: pieces}, nil
	}})
	call := post(host(b, c, "http://a.example"), strings.Repeat("x", 1024))
	call.Idle, call.Cancel = time.Minute, new(Canceller)
	var r Reply
	buf := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := round(c, call, &r, buf[:0], read); err != nil {
			b.Fatal(err)
		}
	}
}

func ownFasthttp(b *testing.B, pieces []string, read func(io.Reader, *bufio.Reader, []byte) error) {
	c := fasthttp.HostClient{
		Addr: "a.example:80", ReadTimeout: time.Minute, WriteTimeout: time.Minute, StreamResponseBody: read != nil,
		Dial: func(string) (net.Conn, error) { return &script{pieces: pieces}, nil },
	}
	req, resp, lines := fasthttp.AcquireRequest(), fasthttp.AcquireResponse(), bufio.NewReader(nil)
	req.SetRequestURI("http://a.example/v1/chat/completions")
	req.Header.SetMethod("POST")
	req.SetBodyRaw([]byte(strings.Repeat("x", 1024)))
	buf := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Do(req, resp); err != nil {
			b.Fatal(err)
		}
		if read == nil {
			continue
		}
		if err := read(resp.BodyStream(), lines, buf[:0]); err != nil {
			b.Fatal(err)
		}
		resp.CloseBodyStream()
	}
}

// scanStream gathers the data lines and no more: it would not join them, nor see a CR or an event longer than its buffer.
func scanStream(stream io.Reader, lines *bufio.Reader, out []byte) error {
	lines.Reset(stream)
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			out = append(out, data...)
		}
	}
}
