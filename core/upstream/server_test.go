package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/textproto"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// server runs handle for every connection made to it.
type server struct {
	url   string
	conns atomic.Int64
}

// peer is the server's end of a connection.
type peer struct {
	net.Conn
	r *bufio.Reader
}

func serve(t testing.TB, handle func(p *peer)) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, "http", handle)
}

func serveOn(t testing.TB, l net.Listener, scheme string, handle func(p *peer)) *server {
	s := &server{url: scheme + "://" + l.Addr().String()}
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Add(1)
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				handle(&peer{c, bufio.NewReader(c)})
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return s
}

// answer serves every request of a connection with the same bytes.
func answer(reply string) func(*peer) {
	return func(p *peer) {
		for {
			if _, _, err := p.request(); err != nil {
				return
			}
			io.WriteString(p, reply)
		}
	}
}

// once answers the first request and closes.
func once(reply string) func(*peer) {
	return func(p *peer) {
		p.request()
		io.WriteString(p, reply)
	}
}

// stall answers the first request and then keeps the connection open until the client leaves.
func stall(reply string) func(*peer) {
	return func(p *peer) {
		p.request()
		io.WriteString(p, reply)
		io.Copy(io.Discard, p.r)
	}
}

func (p *peer) request() (head string, body []byte, err error) {
	var lines []string
	for {
		line, err := p.r.ReadString('\n')
		if err != nil {
			return "", nil, err
		}
		lines = append(lines, line)
		if line == "\r\n" {
			break
		}
	}
	size := 0
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if textproto.CanonicalMIMEHeaderKey(name) == "Content-Length" {
			size, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
	body = make([]byte, size)
	_, err = io.ReadFull(p.r, body)
	return strings.Join(lines, ""), body, err
}

// reset closes the connection so that the other side gets an RST.
func (p *peer) reset() {
	p.Conn.(*net.TCPConn).SetLinger(0)
	p.Close()
}

// client makes a Client that is closed, and whose goroutines must be gone, when the test ends.
func client(t testing.TB, opt Options) *Client {
	t.Helper()
	base := runtime.NumGoroutine()
	t.Cleanup(func() { settle(t, base) })
	c := New(opt)
	t.Cleanup(c.Close)
	return c
}

func settle(t testing.TB, base int) {
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > base; {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Errorf("%d goroutines, began with %d:\n%s", runtime.NumGoroutine(), base, buf[:runtime.Stack(buf, true)])
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func host(t testing.TB, c *Client, url string) *Host {
	t.Helper()
	h, err := c.Host(url)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func post(h *Host, body string) *Call {
	return &Call{Host: h, Method: "POST", Path: []byte("/v1/chat/completions"), Body: []byte(body)}
}

// fetch makes a call and reads its whole body.
func fetch(c *Client, call *Call) (status int, body string, err error) {
	var r Reply
	if err := c.Do(call, &r); err != nil {
		return 0, "", err
	}
	defer r.Close()
	b, err := r.ReadAll(nil, 1<<20)
	return r.Status, string(b), err
}

func mustFetch(t testing.TB, c *Client, call *Call, want string) {
	t.Helper()
	_, body, err := fetch(c, call)
	if err != nil || body != want {
		t.Fatalf("got %q, %v; want %q", body, err, want)
	}
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// blackHole is a Dial that never connects.
func blackHole(dialing chan<- struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		close(dialing)
		<-ctx.Done()
		return nil, ctx.Err()
	}
}
