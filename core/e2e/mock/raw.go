package mock

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Raw is an upstream that speaks in bytes.
type Raw struct {
	URL string

	listener net.Listener
	wait     sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   int
}

// Conn is a connection whose request has been read.
type Conn struct {
	net.Conn
	Path string // of the request
}

// NewRaw starts an upstream that calls serve for each request that comes in. The connection is closed afterwards.
func NewRaw(t testing.TB, serve func(c Conn)) *Raw {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Raw{URL: "http://" + l.Addr().String(), listener: l, open: map[net.Conn]bool{}}
	r.wait.Go(func() { r.accept(serve) })
	t.Cleanup(func() {
		l.Close()
		r.mu.Lock()
		for c := range r.open {
			c.Close()
		}
		r.mu.Unlock()
		r.wait.Wait()
	})
	return r
}

func (r *Raw) accept(serve func(c Conn)) {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.open[c] = true
		r.mu.Unlock()
		r.wait.Go(func() {
			defer r.forget(c)
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err == nil {
				serve(Conn{c, req.URL.Path})
			}
		})
	}
}

func (r *Raw) forget(c net.Conn) {
	c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	r.closed++
}

// Open is how many connections are still served.
func (r *Raw) Open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}

// Reset ends the connection with a TCP reset instead of a proper end.
func (c Conn) Reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// Endless writes what part yields until the other side has had enough; it returns false when it never has.
func (c Conn) Endless(part string) bool {
	c.SetWriteDeadline(time.Now().Add(patience))
	for {
		if _, err := io.WriteString(c, part); err != nil {
			return !errors.Is(err, net.ErrClosed) && !isTimeout(err)
		}
	}
}

// Gone waits until the other side has closed the connection; it returns false when it does not.
func (c Conn) Gone() bool {
	c.SetReadDeadline(time.Now().Add(patience))
	_, err := io.Copy(io.Discard, c.Conn)
	return !isTimeout(err)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// Refusing is an address where nobody listens: a privileged port that no test can be given.
const Refusing = "http://127.0.0.1:1"
