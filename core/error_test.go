package core

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEnvelope(t *testing.T) {
	for name, c := range map[string]struct {
		err  Error
		want string
	}{
		"auth": {
			Error{Class: Authentication, Kind: "auth_error", Message: "Authentication Error, No api key passed in."},
			`{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}`,
		},
		"defaults": {
			Error{Class: NotFound, Message: "no"},
			`{"error":{"message":"no","type":"None","param":"None","code":"404"}}`,
		},
		"bad request": {
			Error{Class: BadRequest, Param: "messages", Message: "m"},
			`{"error":{"message":"m","type":"invalid_request_error","param":"messages","code":"400"}}`,
		},
		"rate limit": {
			Error{Class: RateLimit, Message: "slow down"},
			`{"error":{"message":"slow down","type":"throttling_error","param":"None","code":"429"}}`,
		},
		"own status": {
			Error{Class: APIError, Status: 402, Message: "pay"},
			`{"error":{"message":"pay","type":"None","param":"None","code":"402"}}`,
		},
		"characters": {
			Error{Class: InternalServer, Message: "\"\\/\n\r\t\x00\x1f\x7fé€😀\xff\u2028"},
			`{"error":{"message":"\"\\/\n\r\t\u0000\u001f` + "\x7fé€😀\uFFFD\u2028" + `","type":"None","param":"None","code":"500"}}`,
		},
	} {
		if got := string(c.err.AppendEnvelope(nil)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestEnvelopeAppends(t *testing.T) {
	e := Error{Class: BadRequest, Message: "m"}
	if got := string(e.AppendEnvelope([]byte("data: "))); !strings.HasPrefix(got, `data: {"error"`) {
		t.Errorf("got %s", got)
	}
}

// The cause is for the log: it may name hosts and files.
func TestEnvelopeKeepsTheCauseBack(t *testing.T) {
	e := Error{Class: APIConnection, Message: "Connection error.", Cause: io.ErrUnexpectedEOF}
	if got := string(e.AppendEnvelope(nil)); strings.Contains(got, "EOF") {
		t.Errorf("got %s", got)
	}
	if got := e.Error(); got != "Connection error.: unexpected EOF" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(&e, io.ErrUnexpectedEOF) {
		t.Error("the cause can't be found")
	}
	if got := (&Error{Message: "m"}).Error(); got != "m" {
		t.Errorf("got %q", got)
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add("plain", "", "")
	f.Add("\"\\\x00\xff\xed\xa0\x80", "auth_error", "model")
	f.Fuzz(func(t *testing.T, message, kind, param string) {
		e := Error{Class: BadRequest, Message: message, Kind: kind, Param: param}
		var got struct {
			Error struct{ Message, Type, Param, Code string }
		}
		text := e.AppendEnvelope(nil)
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if !utf8.Valid(text) {
			t.Errorf("not UTF-8: %q", text)
		}
		if want := strings.ToValidUTF8(message, "\uFFFD"); strings.ToValidUTF8(got.Error.Message, "") != got.Error.Message ||
			(utf8.ValidString(message) && got.Error.Message != want) {
			t.Errorf("message %q became %q", message, got.Error.Message)
		}
		if got.Error.Code != "400" || (kind != "" && utf8.ValidString(kind) && got.Error.Type != kind) {
			t.Errorf("got %+v", got.Error)
		}
	})
}

func TestClassOf(t *testing.T) {
	for status, want := range map[int]Class{
		400: BadRequest, 401: Authentication, 402: APIError, 403: PermissionDenied, 404: NotFound, 408: Timeout, 409: APIError,
		413: BadRequest, 418: APIError, 422: Unprocessable, 429: RateLimit, 499: APIError,
		500: InternalServer, 501: InternalServer, 502: InternalServer, 503: ServiceUnavailable, 504: Timeout, 529: ServiceUnavailable,
		599: InternalServer, 302: APIError, 0: APIError,
	} {
		if got := ClassOf(status); got != want {
			t.Errorf("ClassOf(%d) = %s, want %s", status, got, want)
		}
	}
}

func TestClasses(t *testing.T) {
	for c, want := range map[Class]struct {
		name   string
		status int
	}{
		ByStatus: {"APIError", 500}, BadRequest: {"BadRequestError", 400}, ContextWindowExceeded: {"ContextWindowExceededError", 400},
		ContentPolicyViolation: {"ContentPolicyViolationError", 400}, UnsupportedParams: {"UnsupportedParamsError", 400},
		Authentication: {"AuthenticationError", 401}, PermissionDenied: {"PermissionDeniedError", 403}, NotFound: {"NotFoundError", 404},
		Timeout: {"Timeout", 408}, Unprocessable: {"UnprocessableEntityError", 422}, RateLimit: {"RateLimitError", 429},
		InternalServer: {"InternalServerError", 500}, APIConnection: {"APIConnectionError", 500},
		ServiceUnavailable: {"ServiceUnavailableError", 503}, APIError: {"APIError", 500}, Cancelled: {"Cancelled", 499},
	} {
		if c.String() != want.name || c.Status() != want.status {
			t.Errorf("class %d: %s %d, want %s %d", c, c, c.Status(), want.name, want.status)
		}
		if e := (Error{Class: c}); e.Code() != want.status {
			t.Errorf("%s answers %d", c, e.Code())
		}
		if e := (Error{Class: c, Status: 418}); e.Code() != 418 {
			t.Errorf("%s with a status of its own answers %d", c, e.Code())
		}
	}
}

func TestEndpointNames(t *testing.T) {
	want := []string{"chat", "completions", "embeddings", "moderations"}
	if len(Endpoints) != len(want) {
		t.Fatalf("%d endpoints", len(Endpoints))
	}
	for i, e := range Endpoints {
		if e.String() != want[i] {
			t.Errorf("endpoint %d is %q, want %q", e, e, want[i])
		}
	}
	if NoEndpoint.String() != "" {
		t.Errorf("no endpoint is called %q", NoEndpoint)
	}
}
