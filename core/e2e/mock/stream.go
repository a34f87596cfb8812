package mock

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// Stream writes a reply piece by piece, each flushed.
type Stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	request *http.Request
	t       testing.TB
}

// StartStream answers with an event stream's head.
func StartStream(t testing.TB, w http.ResponseWriter, r *http.Request) *Stream {
	s := &Stream{w, http.NewResponseController(w), r, t}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	s.flush()
	return s
}

// Send writes text as it is.
func (s *Stream) Send(text string) {
	io.WriteString(s.w, text)
	s.flush()
}

// Data writes an event.
func (s *Stream) Data(text string) { s.Send("data: " + text + "\n\n") }

func (s *Stream) flush() { _ = s.control.Flush() } // the other side may have left on purpose

// Gone waits until the other side has closed the connection, and returns how long that took; false when it did not.
func (s *Stream) Gone() (time.Duration, bool) {
	began := time.Now()
	select {
	case <-s.request.Context().Done():
		return time.Since(began), true
	case <-time.After(patience):
		return patience, false
	}
}

// Await waits for a signal from the test; the test fails when none comes.
func (s *Stream) Await(signal <-chan struct{}) {
	select {
	case <-signal:
	case <-s.request.Context().Done():
	case <-time.After(patience):
		s.t.Error("upstream: the client did not get what was sent")
	}
}

// Cut ends the connection without ending the reply.
func (s *Stream) Cut() { panic(http.ErrAbortHandler) }

// Bytes writes text one byte at a time.
func (s *Stream) Bytes(text string) {
	for i := range len(text) {
		io.WriteString(s.w, text[i:i+1])
		s.flush()
	}
}
