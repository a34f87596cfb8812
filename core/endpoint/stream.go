package endpoint

import (
	"io"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// startStream hands the exchange over to the response's body: fasthttp pulls it, in the connection's own goroutine, and
// flushes after each part.
func (a *API) startStream(ctx *fasthttp.RequestCtx, f *pipeline.Flight) {
	h := &ctx.Response.Header
	ctx.SetContentType("text/event-stream; charset=utf-8")
	h.Set("cache-control", "no-cache")
	h.Set("x-accel-buffering", "no")
	notePrompt(f)
	if acc := f.State.Accounting; acc != nil && acc.Prompts {
		f.Kept.Request = asked(f)
	}
	f.ReleaseRequest()
	ctx.Request.ResetBody()
	ctx.Response.SetBodyStream(&stream{api: a, flight: f}, -1)
}

// stream writes what the model streams.
type stream struct {
	api    *API
	flight *pipeline.Flight
	failed *core.Error
	rest   []byte // for Read
	ended  bool
	tally  tally
}

// SupportsBodyWriteTo lets fasthttp use WriteTo.
func (s *stream) SupportsBodyWriteTo() bool { return true }

var done = []byte("data: [DONE]\n\n")

// WriteTo writes each part when it is there, until the end or until the client is gone.
func (s *stream) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		part := s.part()
		if len(part) == 0 {
			return total, nil
		}
		n, err := w.Write(part)
		total += int64(n)
		if err != nil {
			s.failed = &core.Error{Class: core.Cancelled, Message: "the client closed the connection", Cause: err}
			return total, err
		}
	}
}

// part waits for the next output; it is empty at the end.
func (s *stream) part() (part []byte) {
	if s.ended {
		return nil
	}
	defer func() {
		if p := recover(); p != nil { // nobody else would: the handler has returned
			s.ended, s.failed = true, s.api.Panicked(p)
			part = s.failure(nil)
		}
	}()
	f := s.flight
	if len(f.Output()) == 0 && !f.Finished() {
		s.failed = f.More()
	}
	part = f.Output()
	if len(part) > 0 {
		f.NoteFirst()
	}
	if f.IncludeUsage || f.State.Accounting != nil {
		s.watch(part)
	}
	if s.failed != nil {
		s.ended = true
		s.count()
		s.api.account(f, s.failed)
		return s.failure(part)
	}
	if f.Finished() {
		s.ended = true
		part = append(s.usage(part), done...)
		s.count()
		s.api.account(f, nil)
		return part
	}
	f.Taken()
	return part
}

// watch keeps what the account of the stream needs to know.
func (s *stream) watch(part []byte) {
	if s.tally.first == nil && len(part) > 0 {
		readAnswer(s.flight, part)
	}
	s.tally.add(part)
}

// usage adds the estimate that a client who asked gets where the vendor reported nothing.
func (s *stream) usage(part []byte) []byte {
	if !s.flight.IncludeUsage || s.flight.Call().Usage().Counted {
		return part
	}
	return s.tally.appendUsage(part, s.flight)
}

// failure ends a stream that broke: an error event and no [DONE], so that no client takes it for complete.
func (s *stream) failure(output []byte) []byte {
	if s.failed.Class == core.Cancelled {
		return nil
	}
	output = append(output, "data: "...)
	output = s.failed.AppendEnvelope(output)
	return append(output, "\n\n"...)
}

// Read serves readers that do not know WriteTo.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		s.rest = s.part()
	}
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// count takes what the stream has used so far: as the vendor says, else estimated.
func (s *stream) count() {
	if u := s.flight.Call().Usage(); u.Counted {
		s.flight.Usage = u
	}
	produced(s.flight, &s.tally)
	if acc := s.flight.State.Accounting; acc != nil && acc.Prompts && !s.flight.Settled() {
		s.flight.Kept.Response = s.tally.response(s.flight)
	}
}

// Close ends the exchange, whether the client got everything or left.
func (s *stream) Close() error {
	if s.flight == nil {
		return nil
	}
	s.count()
	s.flight.EndStream()
	if !s.ended && s.failed == nil {
		s.failed = &core.Error{Class: core.Cancelled, Message: "the client closed the connection"}
	}
	s.api.done(s.flight, s.failed)
	s.flight.End()
	s.flight = nil
	return nil
}
