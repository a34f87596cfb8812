package provider

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// message words an error as LiteLLM does: litellm.RateLimitError: RateLimitError: OpenAIException - text.
func message(c core.Class, v *Vendor, text string) string {
	prefix := "litellm." + c.String() + ": "
	if c != core.BadRequest {
		prefix += c.String() + ": "
	}
	return prefix + v.title() + "Exception - " + text
}

// title is the vendor's name in messages: OpenAI, Azure, Groq.
func (v *Vendor) title() string {
	if v.Title != "" {
		return v.Title
	}
	return strings.ToUpper(v.Name[:1]) + v.Name[1:]
}

// refused turns what a guest reported into an error.
func (c *Call) refused(f *host.Failure, status int) *core.Error {
	if f.Status != 0 {
		status = f.Status
	}
	class := core.Class(f.Class)
	if f.Class == hostabi.ClassByStatus {
		if status == 0 {
			status = http.StatusInternalServerError
		}
		class = core.ClassOf(status)
	}
	e := &core.Error{Class: class, Upstream: true, Message: message(class, c.target.Vendor, c.target.censor(f.Message))}
	if class == core.APIError || class == core.InternalServer {
		e.Status = status
	}
	if c.open {
		e.RetryAfter = retryAfter(c.reply.Header("Retry-After"), time.Now())
	}
	return e
}

// censor takes the deployment's key out of a message: some upstreams repeat what they were sent.
func (t *Target) censor(text string) string {
	const shortest = 6 // what is shorter is a placeholder
	if len(t.key) < shortest {
		return text
	}
	return strings.ReplaceAll(text, t.key, "****")
}

// trapped is a plugin that failed in itself. Its text stays in the log. Another attempt can help where this exchange was
// not what it failed on.
func (c *Call) trapped(err error) *core.Error {
	class, text := core.InternalServer, "the provider plugin failed"
	if errors.Is(err, host.ErrBusy) {
		class, text = core.ServiceUnavailable, "the provider plugin has too many requests at once"
	}
	return &core.Error{Class: class, Upstream: errors.Is(err, host.ErrLost), Cause: err,
		Message: message(class, c.target.Vendor, text)}
}

// broken turns a failure of the connection into an error that names no address.
func (c *Call) broken(err error) *core.Error {
	v := c.target.Vendor
	fail := func(class core.Class, text string) *core.Error {
		return &core.Error{Class: class, Upstream: true, Cause: err, Message: message(class, v, text)}
	}
	switch {
	case errors.Is(err, upstream.ErrCancelled):
		return &core.Error{Class: core.Cancelled, Cause: err, Message: "the client closed the connection"}
	case errors.Is(err, upstream.ErrTimeout):
		e := fail(core.Timeout, "Request timed out. No answer within "+seconds(c.limit)+" s")
		e.Timeout = c.limit
		return e
	case errors.Is(err, upstream.ErrConnect):
		return fail(core.InternalServer, "Connection error.")
	case errors.Is(err, upstream.ErrTooLarge):
		return tooLarge(c.maxResponse, c.reply.Header("Content-Length"))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fail(core.APIConnection, "the upstream closed the connection before its answer was complete")
	case errors.Is(err, upstream.ErrCall):
		return c.trapped(err)
	case errors.Is(err, upstream.ErrProtocol):
		return fail(core.APIConnection, "the upstream's answer is not valid HTTP")
	}
	return fail(core.APIConnection, "Connection error.")
}

func tooLarge(limit core.SizeLimit, length []byte) *core.Error {
	size := "over " + limit.String()
	if n, err := strconv.Atoi(string(length)); err == nil {
		size = core.Megabytes(n)
	}
	return &core.Error{Class: core.BadRequest, Kind: "bad_request_error", Param: "content-length",
		Message: fmt.Sprintf("Response size is too large. Response size is %s MB. Max size is %s MB", size, limit)}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// retryAfter reads the header in either of its forms; 0 when it is absent, malformed or past.
func retryAfter(value []byte, now time.Time) time.Duration {
	if len(value) == 0 {
		return 0
	}
	if s, err := strconv.ParseFloat(string(value), 64); err == nil {
		if !(s > 0 && s <= 1e6) {
			return 0
		}
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(string(value)); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
