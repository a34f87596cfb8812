package core

import (
	"strconv"
	"time"
)

// Class is the kind of an error, named as clients of the LiteLLM proxy know it. The numbers are those of the plugin
// contract.
type Class uint8

// Classes.
const (
	ByStatus Class = iota
	BadRequest
	ContextWindowExceeded
	ContentPolicyViolation
	UnsupportedParams
	Authentication
	PermissionDenied
	NotFound
	Timeout
	Unprocessable
	RateLimit
	InternalServer
	APIConnection
	ServiceUnavailable
	APIError
	Cancelled // the client left; never sent
)

type classFacts struct {
	name   string
	status int
	kind   string // the envelope's type
}

var classes = [...]classFacts{
	ByStatus:               {"APIError", 500, none},
	BadRequest:             {"BadRequestError", 400, "invalid_request_error"},
	ContextWindowExceeded:  {"ContextWindowExceededError", 400, none},
	ContentPolicyViolation: {"ContentPolicyViolationError", 400, none},
	UnsupportedParams:      {"UnsupportedParamsError", 400, none},
	Authentication:         {"AuthenticationError", 401, none},
	PermissionDenied:       {"PermissionDeniedError", 403, none},
	NotFound:               {"NotFoundError", 404, none},
	Timeout:                {"Timeout", 408, none},
	Unprocessable:          {"UnprocessableEntityError", 422, none},
	RateLimit:              {"RateLimitError", 429, "throttling_error"},
	InternalServer:         {"InternalServerError", 500, none},
	APIConnection:          {"APIConnectionError", 500, none},
	ServiceUnavailable:     {"ServiceUnavailableError", 503, none},
	APIError:               {"APIError", 500, none},
	Cancelled:              {"Cancelled", 499, none},
}

// NullParam stands for a param of null, which some of LiteLLM's errors have instead of "None".
const NullParam = "\x00"

// none is how the envelope spells a missing type or param.
const none = "None"

// String returns the class's name in messages.
func (c Class) String() string { return classes[c].name }

// Status returns the HTTP status that the class stands for.
func (c Class) Status() int { return classes[c].status }

// ClassOf returns the class of an upstream's HTTP status. Statuses that no class stands for are APIError: the client gets
// them as they are.
func ClassOf(status int) Class {
	switch status {
	case 400, 413:
		return BadRequest
	case 401:
		return Authentication
	case 403:
		return PermissionDenied
	case 404:
		return NotFound
	case 408, 504:
		return Timeout
	case 422:
		return Unprocessable
	case 429:
		return RateLimit
	case 503, 529:
		return ServiceUnavailable
	}
	if status >= 500 {
		return InternalServer
	}
	return APIError
}

// Error is the one error that crosses package borders. Message may be shown to clients; Cause is for the log.
type Error struct {
	Class   Class
	Status  int    // of the answer; 0 = the class's
	Kind    string // the envelope's type; "" = the class's
	Param   string // the envelope's param; "" = none, NullParam = null
	Message string
	Cause   error
	// Detail, JSON, makes the answer {"detail":…}, the shape of some management routes, instead of the envelope.
	Detail []byte

	// Upstream is true when a vendor gave or caused the error: what may be tried again.
	Upstream   bool
	RetryAfter time.Duration // what the upstream asked for; 0 = nothing
	Timeout    time.Duration // the limit that was hit, for Timeout
}

// Error is the message with the cause, for the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap gives the cause, nil without one.
func (e *Error) Unwrap() error { return e.Cause }

// Code returns the HTTP status of the answer.
func (e *Error) Code() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Class.Status()
}

// AppendEnvelope appends the error as clients expect it: {"error":{"message","type","param","code"}}.
func (e *Error) AppendEnvelope(dst []byte) []byte {
	if e.Detail != nil {
		return append(append(append(dst, `{"detail":`...), e.Detail...), '}')
	}
	kind, param := e.Kind, e.Param
	if kind == "" {
		kind = classes[e.Class].kind
	}
	if param == "" {
		param = none
	}
	dst = append(dst, `{"error":{"message":`...)
	dst = appendJSON(dst, e.Message)
	dst = append(dst, `,"type":`...)
	dst = appendJSON(dst, kind)
	dst = append(dst, `,"param":`...)
	if param == NullParam {
		dst = append(dst, "null"...)
	} else {
		dst = appendJSON(dst, param)
	}
	dst = append(dst, `,"code":"`...)
	dst = strconv.AppendInt(dst, int64(e.Code()), 10)
	return append(dst, `"}}`...)
}
