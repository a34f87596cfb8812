package upstream

import (
	"errors"
	"fmt"
	"strings"
)

// What can go wrong with a call; test with errors.Is. A connection that ended before the reply was complete is
// io.ErrUnexpectedEOF.
var (
	ErrConnect   = errors.New("cannot connect")                // refused, unknown name, TLS handshake, dial timeout
	ErrTimeout   = errors.New("timeout")                       // ErrDeadline or ErrIdle
	ErrCancelled = errors.New("cancelled")                     // Canceller.Cancel was called; wraps its cause
	ErrProtocol  = errors.New("not a valid HTTP/1.1 reply")    // malformed, or longer than a head may be
	ErrTooLarge  = errors.New("reply too large")               // past ReadAll's limit, or an event past 16 MB
	ErrCall      = errors.New("invalid call")                  // the Call itself can't be sent
	ErrHeader    = errors.New("invalid header")                // refused by AppendHeader
	ErrBaseURL   = errors.New("invalid base URL")              // refused by Client.Host
	ErrDeadline  = fmt.Errorf("%w: call deadline", ErrTimeout) // Call.Deadline passed
	ErrIdle      = fmt.Errorf("%w: upstream idle", ErrTimeout) // nothing came for Call.Idle
)

// Error tells which host failed and how. Its text never holds header values, paths or bodies.
type Error struct {
	Kind  error  // one of the Err values above or io.ErrUnexpectedEOF
	Host  string // as in Host.Name
	Cause error  // may be nil
}

// Error names the host, the kind and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("upstream " + e.Host + ": " + e.Kind.Error())
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}
