package upstream

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

func open(t testing.TB, c *Client, url string) *Reply {
	t.Helper()
	r := new(Reply)
	if err := c.Do(post(host(t, c, url), ""), r); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// collect reads a stream to its end, asking Ready at every turn or never.
func collect(e *Events, ask bool) (out string, err error) {
	for {
		if ask {
			e.Ready()
		}
		ev, err := e.Next()
		if err != nil {
			return out, err
		}
		if ask {
			e.Ready() // must leave ev alone
		}
		out += fmt.Sprintf("[%s|%s|%s]", ev.Name, ev.Data, ev.ID)
	}
}

func TestEvents(t *testing.T) {
	long := strings.Repeat("0123456789", 5000)
	in := ": hi\n\nevent: start\ndata: 1\n\ndata: a\ndata: b\nid: 9\n\ndata: " + long + "\n\ndata: [DONE]\n\n"
	want := "[start|1|][|a\nb|9][|" + long + "|][|[DONE]|]"
	for name, reply := range map[string]string{
		"length":      fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(in), in),
		"one chunk":   chunkedHead + inChunks(in, len(in)),
		"many chunks": chunkedHead + inChunks(in, 7),
	} {
		for _, ask := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ask), func(t *testing.T) {
				s := serve(t, answer(reply))
				c := client(t, Options{})
				for range 3 {
					r := open(t, c, s.url)
					got, err := collect(r.Events(SSE), ask)
					if r.Close(); got != want || err != io.EOF {
						t.Fatalf("%.200q, %v", got, err)
					}
				}
				if n := s.conns.Load(); n != 1 {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

func inChunks(in string, size int) string {
	var b strings.Builder
	for len(in) > 0 {
		n := min(size, len(in))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, in[:n])
		in = in[n:]
	}
	return b.String() + "0\r\n\r\n"
}

func TestEventsEndings(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\n"
	for _, tc := range []struct {
		name    string
		framing Framing
		reply   string
		want    string
		err     error
	}{
		{"lines", NDJSON, chunkedHead + inChunks("{}\n\n[]\n1", 2), "[|{}|][|[]|][|1|]", io.EOF},
		{"until close", SSE, ok + "\r\ndata: a\n\ndata: b", "[|a|][|b|]", io.EOF},
		{"no blank line", SSE, chunkedHead + inChunks("data: a\n", 3), "[|a|]", io.EOF},
		{"cut in an event", SSE, chunkedHead + "f\r\ndata: a\n\ndata: \r\n", "[|a|]", io.ErrUnexpectedEOF},
		{"cut between events", SSE, oneEvent, "[|a|]", io.ErrUnexpectedEOF},
		{"bad chunk", SSE, oneEvent + "x", "[|a|]", ErrProtocol},
		{"gzip", SSE, ok + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "", ErrProtocol},
		{"empty", SSE, ok + "Content-Length: 0\r\n\r\n", "", io.EOF},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, once(tc.reply))
			c := client(t, Options{})
			e := open(t, c, s.url).Events(tc.framing)
			got, err := collect(e, false)
			if got != tc.want {
				t.Errorf("%q", got)
			}
			wantError(t, err, tc.err)
			_, again := e.Next()
			wantError(t, again, tc.err)
		})
	}
}

func TestEventTooLarge(t *testing.T) {
	s := serve(t, endless("HTTP/1.1 200 OK\r\n\r\ndata: "))
	c := client(t, Options{})
	_, err := open(t, c, s.url).Events(SSE).Next()
	wantError(t, err, ErrTooLarge)
}

// TestReady: it foretells whether Next would wait.
func TestReady(t *testing.T) {
	step := make(chan string)
	finish := sync.OnceFunc(func() { close(step) })
	defer finish()
	s := serve(t, func(p *peer) {
		p.request()
		for piece := range step {
			io.WriteString(p, piece)
		}
		io.Copy(io.Discard, p.r)
	})
	c := client(t, Options{})
	go func() { step <- chunkedHead + "1c\r\ndata: a\n\ndata: b\n\n:hi\n\ndata:\r\n" }()
	e := open(t, c, s.url).Events(SSE)
	next := func(want string, ready bool) {
		t.Helper()
		if ev, err := e.Next(); string(ev.Data) != want || err != nil {
			t.Fatalf("%q, %v", ev.Data, err)
		}
		for range 2 {
			if e.Ready() != ready {
				t.Fatalf("after %q: ready is not %t", want, ready)
			}
		}
	}
	next("a", true)
	next("b", false)
	step <- "4\r\n c\n\n\r\n0\r\n\r\n"
	next("c", true)
	finish()
	if _, err := e.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestEventsAfterClose(t *testing.T) {
	s := serve(t, stall(chunkedHead+"12\r\ndata: a\n\ndata: b\n\n\r\n"))
	c := client(t, Options{})
	r := open(t, c, s.url)
	e := r.Events(SSE)
	if _, err := e.Next(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := e.Next(); err == nil || !e.Ready() {
		t.Error("a closed reply still gives events")
	}
}
