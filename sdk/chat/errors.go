package chat

import (
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// ReplyError returns the error that a reply with status >= 400 stands for: the upstream's own words, whatever the shape
// of the body, and the class where the words say more than the status. Hooks return it from Error.
func ReplyError(c *sdk.Call) error {
	doc := c.Doc()
	message := describe(doc)
	if message == "" {
		message = PlainText(c.Bytes())
	}
	if message == "" {
		message = "the upstream gave no reason"
	}
	return &sdk.Error{Class: classify(c.Status(), message, doc), Message: message}
}

// ErrorIn returns the error that a document of a reply with status 200 reports, nil when it reports none: an object
// with error, or one whose type is error.
func ErrorIn(doc sdk.Value) error {
	e := doc.Get(keyError)
	if e.IsNull() && !doc.Get(keyType).Is(keyError) {
		return nil
	}
	status := statusIn(e)
	if status == 0 {
		status = statusIn(doc)
	}
	message := describe(doc)
	if message == "" {
		message = doc.Source()
	}
	class := classify(status, message, doc)
	if class == hostabi.ClassByStatus && status == 0 {
		class = classOfType(e.Get(keyType))
	}
	return &sdk.Error{Class: class, Status: status, Message: message}
}

// statusIn finds an HTTP status of an error among the members that vendors put it in.
func statusIn(e sdk.Value) int {
	for _, key := range [...]sdk.Atom{keyStatusCode, keyCode, keyStatus} {
		v := e.Get(key)
		n := v.Int()
		if v.IsString() && v.Len() == 3 {
			n = digits(v.Text())
		}
		if n >= 400 && n <= 599 {
			return int(n)
		}
	}
	return 0
}

func digits(s string) int64 {
	var n int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func classOfType(kind sdk.Value) hostabi.Class {
	switch kind.Atom() {
	case 0:
		return hostabi.InternalServer
	case typeBadRequest:
		return hostabi.BadRequest
	case typeRateLimit:
		return hostabi.RateLimit
	case typeAuth:
		return hostabi.Authentication
	case typePermission:
		return hostabi.PermissionDenied
	case typeNotFound:
		return hostabi.NotFound
	case typeOverloaded:
		return hostabi.ServiceUnavailable
	}
	return hostabi.InternalServer
}

// classify finds the two classes that only the text tells: prompts that are too long, and refused content. Statuses
// that say something else for certain win.
func classify(status int, message string, doc sdk.Value) hostabi.Class {
	switch status {
	case 401, 403, 404, 408, 429, 503, 529:
		return hostabi.ClassByStatus
	}
	e := doc.Get(keyError)
	words := strings.ToLower(message + " " + e.Get(keyCode).Text() + " " + e.Get(keyType).Text() + " " + doc.Get(keyType).Text())
	switch {
	case containsAny(words, tooLong[:]):
		return hostabi.ContextWindowExceeded
	case containsAny(words, refused[:]):
		return hostabi.ContentPolicyViolation
	}
	return hostabi.ClassByStatus
}

var tooLong = [...]string{
	"context_length_exceeded", "exceed_context_size", "maximum context length", "maximum context limit", "context length",
	"prompt is too long", "exceeds the context window", "exceed context limit", "exceeds the available context size",
	"input is too long", "input tokens exceed", "tokens + `max_new_tokens` must be", "exceeds the maximum number of tokens allowed",
	"string too long. expected a string with maximum length", "too many input tokens", "max_input_tokens",
}

var refused = [...]string{
	"content_policy_violation", "content management policy", "the response was filtered", "content_filter",
	"responsibleaipolicyviolation", "rejected as a result of our safety system", "content policy violation",
	"violating our usage policy", "output blocked by content filtering policy",
}

func containsAny(s string, list []string) bool {
	for _, part := range list {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
