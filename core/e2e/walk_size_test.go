package e2e

import (
	"strings"
	"testing"
)

// TestWalkRequestSize is the walk of "maximum size of requests": the very sizes of the sample.
func TestWalkRequestSize(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "max_request_size_mb: 0.000000001", "max_response_size_mb: 100")
	body := `{"model":"fake-openai-endpoint","messages":[{"role":"user","content":"Hello, Claude!"}]}`
	body += strings.Repeat(" ", 118-len(body))
	exactly(t, o.Post("/v1/chat/completions", body, bearer(masterKey)...), 400, "bad_request_error", "content-length",
		"Request size is too large. Request size is 0.0001125335693359375 MB. Max size is 1e-09 MB")
}
