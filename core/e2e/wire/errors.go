package wire

import (
	"encoding/json"
	"strings"
)

// ErrorText finds a vendor's own words in the body of an error.
func ErrorText(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return strings.TrimSpace(string(body))
	}
	return words(v)
}

// ErrorStatus finds the status that an error inside a good reply carries, 500 when there is none.
func ErrorStatus(body []byte) int {
	var e struct {
		Error struct {
			Code   any `json:"code"`
			Status int `json:"status_code"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return 500
	}
	if code, ok := e.Error.Code.(float64); ok {
		return int(code)
	}
	if e.Error.Status != 0 {
		return e.Error.Status
	}
	return 500
}

func words(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return words(v[0])
		}
	case map[string]any:
		for _, key := range []string{"message", "error", "msg", "detail"} {
			if text := words(v[key]); text != "" {
				return text
			}
		}
	}
	return ""
}

// ErrorClass is the class and the status of the gateway's answer to an error of an upstream, by the contract's table.
func ErrorClass(status int, text string) (class string, code int) {
	text = strings.ToLower(text)
	if status == 400 || status == 413 {
		switch {
		case contains(text, "maximum context length", "prompt is too long", "context length", "context window"):
			return "ContextWindowExceededError", 400
		case contains(text, "content_policy_violation", "content management policy", "the response was filtered"):
			return "ContentPolicyViolationError", 400
		}
		return "BadRequestError", 400
	}
	if class, ok := classes[status]; ok {
		return class, status
	}
	switch {
	case status == 504:
		return "Timeout", 408
	case status == 529:
		return "ServiceUnavailableError", 503
	case status > 500:
		return "InternalServerError", status
	}
	return "BadRequestError", 400
}

var classes = map[int]string{
	401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError", 408: "Timeout",
	422: "UnprocessableEntityError", 429: "RateLimitError", 500: "InternalServerError", 503: "ServiceUnavailableError",
}

func contains(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
