package endpoint

import (
	"strconv"

	"github.com/sluice-gateway/sluice/core"
)

// TooLarge is the error for a request body of size bytes where limit are allowed. A negative size is unknown.
func TooLarge(size, limit int) *core.Error {
	actual := "more than " + megabytes(limit)
	if size >= 0 {
		actual = megabytes(size)
	}
	return &core.Error{Class: core.BadRequest, Kind: "bad_request_error", Param: "content-length",
		Message: "Request size is too large. Request size is " + actual + " MB. Max size is " + megabytes(limit) + " MB"}
}

func megabytes(n int) string { return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 64) }
