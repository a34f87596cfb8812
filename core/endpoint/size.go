package endpoint

import "github.com/sluice-gateway/sluice/core"

// TooLarge is the error for a request body of size bytes where limit are allowed. A negative size is unknown.
func TooLarge(size int, limit core.SizeLimit) *core.Error {
	actual := "more than " + limit.String()
	if size >= 0 {
		actual = core.Megabytes(size)
	}
	return &core.Error{Class: core.BadRequest, Kind: "bad_request_error", Param: "content-length",
		Message: "Request size is too large. Request size is " + actual + " MB. Max size is " + limit.String() + " MB"}
}
