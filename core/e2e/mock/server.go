// Package mock plays the upstream: an HTTP server that records what it is sent, and a raw one for answers that no HTTP
// server would give.
package mock

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Request is one that came in.
type Request struct {
	Method, Path, Query string
	Escaped             string // path as it was on the wire
	From                string // the connection's other end
	Header              http.Header
	Body                string
}

// Server is an upstream on loopback.
type Server struct {
	URL string

	http *httptest.Server
	mu   sync.Mutex
	got  []Request
	open map[net.Conn]http.ConnState
}

// patience bounds every wait for the other side.
const patience = 20 * time.Second

// New starts an upstream that answers with handle; the request's body has been read and can be read again.
func New(t testing.TB, handle func(w http.ResponseWriter, r *http.Request, body string)) *Server {
	t.Helper()
	s := &Server{open: map[net.Conn]http.ConnState{}}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("upstream: read the request: %v", err)
			return
		}
		s.mu.Lock()
		s.got = append(s.got, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.URL.EscapedPath(), r.RemoteAddr, r.Header.Clone(), string(body)})
		s.mu.Unlock()
		handle(w, r, string(body))
	}))
	s.http.Config.ConnState = s.state
	s.http.Start()
	s.URL = s.http.URL
	t.Cleanup(func() {
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

func (s *Server) state(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(s.open, c)
		return
	}
	s.open[c] = state
}

// Requests returns what came in so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.got...)
}

// Last returns the newest request.
func (s *Server) Last(t testing.TB) Request {
	t.Helper()
	all := s.Requests()
	if len(all) == 0 {
		t.Fatal("nothing reached the upstream")
	}
	return all[len(all)-1]
}

// Busy is how many connections have a request under way.
func (s *Server) Busy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, state := range s.open {
		if state == http.StateActive {
			n++
		}
	}
	return n
}

// JSON answers with a document.
func JSON(status int, body string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, _ string) { WriteJSON(w, status, body) }
}

// WriteJSON answers with a document.
func WriteJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}
