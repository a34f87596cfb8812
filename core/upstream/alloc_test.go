//go:build !race

package upstream

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const fiftyChunks = 50

// stream is a reply of fifty events, each in its own chunk, as vendors send them.
func stream() string {
	event := "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"}}]," + strings.Repeat(" ", 90) + "\"id\":\"chatcmpl-1\"}\n\n"
	return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
		inChunks(strings.Repeat(event, fiftyChunks), len(event))
}

func kilobyte() string {
	return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024)
}

// TestAllocations: a call on a warm connection allocates nothing, with every option in use.
func TestAllocations(t *testing.T) {
	for _, tc := range []struct {
		name, reply string
		body        int
		read        func(*Reply, []byte) ([]byte, error)
	}{
		{"body", kilobyte(), 1 << 10, readWhole},
		{"large request", kilobyte(), joinBody + 1, readWhole},
		{"stream", stream(), 1 << 10, readStream},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, echoless(tc.reply))
			c := client(t, Options{})
			call := post(host(t, c, s.url), strings.Repeat("x", tc.body))
			call.Deadline, call.Idle, call.Cancel = time.Now().Add(time.Hour), time.Minute, new(Canceller)
			var r Reply
			buf := make([]byte, 0, 64<<10)
			var err error
			n := testing.AllocsPerRun(200, func() {
				if err == nil {
					buf, err = round(c, call, &r, buf[:0], tc.read)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

// TestFinishAllocatesNothing ends each stream at its last event, before the end of its framing has come.
func TestFinishAllocatesNothing(t *testing.T) {
	pieces := strings.SplitAfter(stream(), "\n\n\r\n")
	c := client(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		return &script{pieces: pieces}, nil
	}})
	call := post(host(t, c, "http://a.example"), "")
	var r Reply
	n := testing.AllocsPerRun(100, func() {
		if err := c.Do(call, &r); err != nil {
			t.Fatal(err)
		}
		events := r.Events(SSE)
		for range fiftyChunks {
			if _, err := events.Next(); err != nil {
				t.Fatal(err)
			}
		}
		if r.body.done {
			t.Fatal("the framing has ended already")
		}
		r.Finish()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func round(c *Client, call *Call, r *Reply, buf []byte, read func(*Reply, []byte) ([]byte, error)) ([]byte, error) {
	if err := c.Do(call, r); err != nil {
		return buf, err
	}
	defer r.Close()
	return read(r, buf)
}

func readWhole(r *Reply, buf []byte) ([]byte, error) { return r.ReadAll(buf, 1<<20) }

func readStream(r *Reply, buf []byte) ([]byte, error) {
	events := r.Events(SSE)
	for {
		ev, err := events.Next()
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
		buf = append(buf, ev.Data...)
	}
}

// echoless answers without allocating, so that a count of allocations is the client's alone.
func echoless(reply string) func(*peer) {
	return func(p *peer) {
		out := []byte(reply)
		for {
			size := 0
			for {
				line, err := p.r.ReadSlice('\n')
				if err != nil {
					return
				}
				if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
					for _, c := range bytes.TrimSpace(n) {
						size = size*10 + int(c-'0')
					}
				}
				if len(line) == 2 {
					break
				}
			}
			if _, err := p.r.Discard(size); err != nil {
				return
			}
			if _, err := p.Write(out); err != nil {
				return
			}
		}
	}
}
