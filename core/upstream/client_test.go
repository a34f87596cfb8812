package upstream

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

const hello = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"

func TestReply(t *testing.T) {
	s := serve(t, answer("HTTP/1.1 418 Teapot\r\nX-A: 1\r\ncontent-type: a/b\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nhi"))
	c := client(t, Options{})
	var r Reply
	if err := c.Do(post(host(t, c, s.url), "{}"), &r); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for name, value := range r.Headers {
		names = append(names, string(name)+"="+string(value))
	}
	if got := strings.Join(names, " "); got != "X-A=1 content-type=a/b x-a=2 Content-Length=2" {
		t.Error(got)
	}
	if r.Status != 418 || string(r.ContentType()) != "a/b" || string(r.Header("X-a")) != "1" || r.Header("X-B") != nil {
		t.Errorf("%d %s %s", r.Status, r.ContentType(), r.Header("X-a"))
	}
	if b, err := r.ReadAll([]byte("> "), 2); string(b) != "> hi" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// TestBodies runs every framing through ReadAll, Read and reuse.
func TestBodies(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 4096)
	for _, tc := range []struct {
		name, method, reply, want string
		conns                     int64 // for two calls
	}{
		{"length", "POST", hello, "hello", 1},
		{"long length", "POST", "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + long, long, 1},
		{"chunked", "POST", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello", 1},
		{"long chunk", "POST", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + long + "\r\n0\r\n\r\n", long, 1},
		{"empty", "POST", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1},
		{"204", "POST", "HTTP/1.1 204 No Content\r\n\r\n", "", 1},
		{"304 with length", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", 1},
		{"head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "", 1},
		{"interim", "POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + hello, "hello", 1},
		{"long head", "POST", "HTTP/1.1 200 OK\r\nA: " + long[:20000] + "\r\nContent-Length: 5\r\n\r\nhello", "hello", 1},
		{"junk", "POST", hello + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "hello", 2},
		{"junk after none", "HEAD", "HTTP/1.1 200 OK\r\n\r\nevil", "", 2},
		{"close", "POST", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", "hello", 2},
		{"both framings", "POST", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
			"hello", 2},
		{"1.0", "POST", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 2},
		{"1.0 kept", "POST", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "hello", 1},
		{"identity", "POST", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", "hello", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answer(tc.reply))
			c := client(t, Options{})
			call := Call{Host: host(t, c, s.url), Method: tc.method}
			mustFetch(t, c, &call, tc.want)
			var r Reply
			if err := c.Do(&call, &r); err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(&r)
			if r.Close(); string(b) != tc.want || err != nil {
				t.Errorf("Read: %d bytes, %v", len(b), err)
			}
			if n := s.conns.Load(); n != tc.conns {
				t.Errorf("%d connections, want %d", n, tc.conns)
			}
		})
	}
}

func TestBodyUntilClose(t *testing.T) {
	s := serve(t, once("HTTP/1.1 200 OK\r\n\r\nhello"))
	c := client(t, Options{})
	h := host(t, c, s.url)
	mustFetch(t, c, post(h, ""), "hello")
	if n := len(h.pool.idle); n != 0 {
		t.Errorf("%d connections were kept", n)
	}
}

// piped makes a Client whose only connection leads to handle, without a socket's buffers in between.
func piped(t *testing.T, handle func(*peer)) *Client {
	t.Helper()
	ours, theirs := net.Pipe()
	c := client(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil }})
	var served sync.WaitGroup
	served.Go(func() { handle(&peer{theirs, bufio.NewReader(theirs)}) })
	t.Cleanup(func() {
		theirs.Close()
		served.Wait()
	})
	return c
}

// TestJunkAfterLongBody: it is seen even where the body is read straight into the caller's buffer.
func TestJunkAfterLongBody(t *testing.T) {
	body := strings.Repeat("x", 64<<10)
	c := piped(t, once("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n"+body+"junk"))
	h := host(t, c, "http://a.example")
	var r Reply
	if err := c.Do(post(h, ""), &r); err != nil {
		t.Fatal(err)
	}
	got, err := r.ReadAll(make([]byte, 0, len(body)), 0)
	if r.Close(); string(got) != body || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n := len(h.pool.idle); n != 0 {
		t.Errorf("%d connections were kept", n)
	}
}

// TestRestingConnectionIsSmall: what a large event needed is given back.
func TestRestingConnectionIsSmall(t *testing.T) {
	event := "data: " + strings.Repeat("x", 4*keepBuffer) + "\n\n"
	s := serve(t, answer(chunkedHead+inChunks(event, len(event))))
	c := client(t, Options{})
	r := open(t, c, s.url)
	if _, err := collect(r.Events(SSE), false); err != io.EOF {
		t.Fatal(err)
	}
	p := r.cn.pool
	before := now()
	r.Close()
	cn := p.idle[0]
	if len(cn.buf) != startBuffer || cn.idleSince < before || cn.cancel != nil {
		t.Errorf("%d bytes of buffer, idle since %d", len(cn.buf), cn.idleSince)
	}
}

func TestUnreadBodyClosesTheConnection(t *testing.T) {
	left := make(chan struct{}, 1)
	s := serve(t, func(p *peer) {
		p.request()
		io.WriteString(p, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
		io.Copy(io.Discard, p.r)
		left <- struct{}{}
	})
	c := client(t, Options{})
	var r Reply
	if err := c.Do(post(host(t, c, s.url), ""), &r); err != nil {
		t.Fatal(err)
	}
	r.Close()
	<-left
	r.Close()
	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("read from a closed reply")
	}
}

func TestRequestOnTheWire(t *testing.T) {
	bodies := []string{"", "{}", strings.Repeat("x", joinBody), strings.Repeat("y", joinBody+1), strings.Repeat("z", 3*writeSize+5)}
	heads, got := make(chan string, 1), make(chan string, 1)
	s := serve(t, func(p *peer) {
		for {
			head, body, err := p.request()
			if err != nil {
				return
			}
			heads <- head
			got <- string(body)
			io.WriteString(p, hello)
		}
	})
	c := client(t, Options{})
	call := post(host(t, c, s.url+"/base"), "")
	call.Header, _ = AppendHeader(nil, "Authorization", "Bearer x")
	for _, body := range bodies {
		call.Body = []byte(body)
		mustFetch(t, c, call, "hello")
		head := <-heads
		if !strings.HasPrefix(head, "POST /base/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:") ||
			!strings.Contains(head, "\r\nAuthorization: Bearer x\r\n") {
			t.Errorf("head %q", head)
		}
		if <-got != body {
			t.Errorf("body of %d bytes arrived changed", len(body))
		}
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestConcurrentCalls(t *testing.T) {
	s := serve(t, func(p *peer) {
		for {
			_, body, err := p.request()
			if err != nil {
				return
			}
			io.WriteString(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n")
			p.Write(body)
			io.WriteString(p, "\r\n0\r\n\r\n")
		}
	})
	c := client(t, Options{MaxIdlePerHost: 3})
	h := host(t, c, s.url)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			want := strings.Repeat(string(rune('a'+i)), 4)
			for range 50 {
				if _, body, err := fetch(c, post(h, want)); err != nil || body != want {
					t.Errorf("got %q, %v; want %q", body, err, want)
					return
				}
			}
		})
	}
	all.Wait()
	if n := len(h.pool.idle); n == 0 || n > 3 {
		t.Errorf("%d idle connections", n)
	}
}

func TestCloseClosesConnections(t *testing.T) {
	gone := make(chan struct{}, 2)
	s := serve(t, func(p *peer) {
		answer(hello)(p)
		gone <- struct{}{}
	})
	c := client(t, Options{})
	h := host(t, c, s.url)
	var used, idle Reply
	for _, r := range []*Reply{&used, &idle} {
		if err := c.Do(post(h, ""), r); err != nil {
			t.Fatal(err)
		}
	}
	idle.Close()
	c.Close()
	<-gone
	if b, err := used.ReadAll(nil, 0); string(b) != "hello" || err != nil {
		t.Errorf("a call in progress: %q, %v", b, err)
	}
	used.Close()
	<-gone
	mustFetch(t, c, post(h, ""), "hello")
	mustFetch(t, c, post(host(t, c, s.url), ""), "hello")
	<-gone
	<-gone
}

func TestJanitor(t *testing.T) {
	gone := make(chan struct{}, 1)
	s := serve(t, func(p *peer) {
		answer(hello)(p)
		gone <- struct{}{}
	})
	c := client(t, Options{IdleTimeout: 20 * time.Millisecond})
	mustFetch(t, c, post(host(t, c, s.url), ""), "hello")
	<-gone
}

func TestEvictKeepsTheYoung(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	h := host(t, c, s.url)
	replies := make([]Reply, 3)
	for i := range replies {
		if err := c.Do(post(h, ""), &replies[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range replies {
		replies[i].Close()
		h.pool.idle[i].idleSince = int64(i)
	}
	c.evict(2)
	if n := len(h.pool.idle); n != 1 || h.pool.idle[0].idleSince != 2 {
		t.Errorf("%d left", n)
	}
}
