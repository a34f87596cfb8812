package upstream

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestFaults: what a broken upstream does, and what the caller is told.
func TestFaults(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\n"
	for _, tc := range []struct {
		name  string
		serve func(*peer)
		want  error
	}{
		{"closes at once", func(p *peer) { p.request() }, io.ErrUnexpectedEOF},
		{"resets at once", func(p *peer) { p.request(); p.reset() }, io.ErrUnexpectedEOF},
		{"closes in the head", once(ok + "A: b"), io.ErrUnexpectedEOF},
		{"resets in the head", func(p *peer) { once(ok + "A: b")(p); p.reset() }, io.ErrUnexpectedEOF},
		{"closes in the body", once(ok + "Content-Length: 6\r\n\r\nhello"), io.ErrUnexpectedEOF},
		{"resets in the body", func(p *peer) {
			once(ok + "Content-Length: 6\r\n\r\nhello")(p)
			p.reset()
		}, io.ErrUnexpectedEOF},
		{"closes in a chunk", once(ok + "Transfer-Encoding: chunked\r\n\r\n6\r\nhello"), io.ErrUnexpectedEOF},
		{"closes before the last chunk", once(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), io.ErrUnexpectedEOF},
		{"garbage", stall("\x15\x03\x01\x00\x02\x02\x0a"), ErrProtocol},
		{"another protocol", stall("SSH-2.0-OpenSSH_9.9\r\n"), ErrProtocol},
		{"malformed header", stall(ok + "A b\r\n\r\n"), ErrProtocol},
		{"upgrade", stall("HTTP/1.1 101 Switching Protocols\r\n\r\n"), ErrProtocol},
		{"endless line", endless(ok + "A: "), ErrProtocol},
		{"endless headers", endless(ok, "A: b\r\n"), ErrProtocol},
		{"endless interim replies", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), ErrProtocol},
		{"bad chunk", stall(ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), ErrProtocol},
		{"bad chunk later", stall(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n"), ErrProtocol},
		{"too long by its length", stall(ok + "Content-Length: 1048577\r\n\r\n"), ErrTooLarge},
		{"too long", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n"), ErrTooLarge},
		{"too long without framing", endless(ok+"\r\n", "abcd"), ErrTooLarge},
		{"foreign encoding", stall(ok + "Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello"), ErrProtocol},
		{"not gzip", stall(ok + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), ErrProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, tc.serve)
			c := client(t, Options{})
			h := host(t, c, s.url)
			call := post(h, "topsecret")
			call.Path, call.Header = []byte("/p?key=topsecret"), []byte("A: topsecret\r\n")
			_, _, err := fetch(c, call)
			wantError(t, err, tc.want)
			if strings.Contains(err.Error(), "topsecret") || !strings.Contains(err.Error(), h.Name()) {
				t.Errorf("error text: %v", err)
			}
			if len(h.pool.idle) != 0 {
				t.Error("the connection was kept")
			}
		})
	}
}

func endless(start string, more ...string) func(*peer) {
	piece := strings.Repeat(strings.Join(append(more, ""), ""), 1000)
	if len(more) == 0 {
		piece = strings.Repeat("x", 1000)
	}
	return func(p *peer) {
		p.request()
		_, err := io.WriteString(p, start)
		for err == nil {
			_, err = io.WriteString(p, piece)
		}
	}
}

func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := client(t, Options{})
	_, _, err = fetch(c, post(host(t, c, "http://"+l.Addr().String()), ""))
	wantError(t, err, ErrConnect)
}

// TestBytesBeforeTheFault: what came before is still handed out.
func TestBytesBeforeTheFault(t *testing.T) {
	s := serve(t, once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzzz"))
	c := client(t, Options{})
	_, body, err := fetch(c, post(host(t, c, s.url), ""))
	wantError(t, err, ErrProtocol)
	if body != "hello" {
		t.Errorf("%q", body)
	}
}

// TestEarlyAnswer: the server refuses a large body without reading it and hangs up.
func TestEarlyAnswer(t *testing.T) {
	s := serve(t, func(p *peer) {
		p.r.ReadString('\n')
		io.WriteString(p, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
		p.Conn.(*net.TCPConn).CloseWrite()
		io.CopyN(io.Discard, p.r, writeSize)
	})
	c := client(t, Options{})
	h := host(t, c, s.url)
	call := post(h, strings.Repeat("x", 64<<20))
	call.Idle = time.Hour
	var r Reply
	if err := c.Do(call, &r); err != nil {
		t.Fatal(err)
	}
	if r.cn.readBy < now()+int64(time.Minute) {
		t.Error("the body must come in as little time as the head")
	}
	body, err := r.ReadAll(nil, 0)
	if r.Close(); r.Status != 413 || string(body) != "big" || err != nil {
		t.Errorf("%d %q %v", r.Status, body, err)
	}
	if len(h.pool.idle) != 0 {
		t.Error("the connection was kept")
	}
}

// TestStaleConnection: the server closes an idle connection just as it is used again.
func TestStaleConnection(t *testing.T) {
	for name, leave := range map[string]func(*peer){"close": func(*peer) {}, "reset": (*peer).reset} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan struct{}, 2)
			s := serve(t, func(p *peer) {
				once(hello)(p)
				leave(p)
				p.Close()
				gone <- struct{}{}
			})
			c := client(t, Options{})
			h := host(t, c, s.url)
			mustFetch(t, c, post(h, "one"), "hello")
			<-gone
			mustFetch(t, c, post(h, "two"), "hello")
			if n := s.conns.Load(); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestRetryOnlyOnce: the fresh connection fails like the reused one, and no third is tried.
func TestRetryOnlyOnce(t *testing.T) {
	var s *server
	s = serve(t, func(p *peer) {
		p.request()
		if s.conns.Load() == 1 {
			io.WriteString(p, hello)
			p.request()
		}
	})
	c := client(t, Options{})
	h := host(t, c, s.url)
	mustFetch(t, c, post(h, ""), "hello")
	_, _, err := fetch(c, post(h, ""))
	wantError(t, err, io.ErrUnexpectedEOF)
	if n := s.conns.Load(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// TestNoRetryAfterTheFirstByte: the upstream worked on the call.
func TestNoRetryAfterTheFirstByte(t *testing.T) {
	s := serve(t, func(p *peer) {
		p.request()
		io.WriteString(p, hello)
		p.request()
		io.WriteString(p, "H")
	})
	c := client(t, Options{})
	h := host(t, c, s.url)
	mustFetch(t, c, post(h, ""), "hello")
	_, _, err := fetch(c, post(h, ""))
	wantError(t, err, io.ErrUnexpectedEOF)
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
