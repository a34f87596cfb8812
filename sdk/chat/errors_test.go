package chat_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestReplyError(t *testing.T) {
	for _, tc := range []struct {
		name    string
		status  int
		body    string
		message string
		class   hostabi.Class
	}{
		{"openai", 404, `{"error":{"message":"no such model","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, "no such model", hostabi.ClassByStatus},
		{"error string", 404, `{"error":"Specified model not found"}`, "Specified model not found", hostabi.ClassByStatus},
		{"error string with code", 400, `{"code":"invalid-argument","error":"Incorrect API key"}`, "Incorrect API key", hostabi.ClassByStatus},
		{"message", 400, `{"code":400,"message":"Validation: too hot","type":"Bad Request"}`, "Validation: too hot", hostabi.ClassByStatus},
		{"error and message", 404, `{"status":404,"error":"Not Found","message":"no route"}`, "no route", hostabi.ClassByStatus},
		{"object error", 400, `{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"}`, "Invalid model: x", hostabi.ClassByStatus},
		{"nested detail", 422, `{"object":"error","message":{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]}}`, `Field required (["body","messages"])`, hostabi.ClassByStatus},
		{"detail string", 401, `{"detail":"Invalid API Key"}`, "Invalid API Key", hostabi.ClassByStatus},
		{"detail list", 422, `{"detail":[{"loc":["body"],"msg":"a"},{"msg":"b"}]}`, `a (["body"]); b`, hostabi.ClassByStatus},
		{"array", 400, `[{"error":{"code":400,"message":"API key not valid"}}]`, "API key not valid", hostabi.ClassByStatus},
		{"errors", 500, `{"errors":[{"message":"AiError","code":3043}],"success":false}`, "AiError", hostabi.ClassByStatus},
		{"aggregator", 400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":\"x\"}"}}}`, `Provider returned error: {"error":"x"}`, hostabi.ClassByStatus},
		{"plain", 404, " Not Found\n", "Not Found", hostabi.ClassByStatus},
		{"page", 502, "<!DOCTYPE html><html><head><TITLE> 502 Bad Gateway </TITLE></head></html>", "502 Bad Gateway", hostabi.ClassByStatus},
		{"page without title", 502, "<html>oops</html>", "the upstream answered with a web page", hostabi.ClassByStatus},
		{"empty", 500, "", "the upstream gave no reason", hostabi.ClassByStatus},
		{"nothing known", 500, `{"x":1}`, `{"x":1}`, hostabi.ClassByStatus},
		{"context by text", 400, `{"error":{"message":"This model's maximum context length is 4097 tokens."}}`, "This model's maximum context length is 4097 tokens.", hostabi.ContextWindowExceeded},
		{"context by code", 400, `{"error":{"message":"Your input is large","code":"context_length_exceeded"}}`, "Your input is large", hostabi.ContextWindowExceeded},
		{"context by type", 400, `{"error":{"message":"request too big","type":"exceed_context_size_error"}}`, "request too big", hostabi.ContextWindowExceeded},
		{"prompt too long", 400, `{"message":"prompt is too long: 210000 tokens"}`, "prompt is too long: 210000 tokens", hostabi.ContextWindowExceeded},
		{"rate limit wins", 429, `{"error":{"message":"maximum context length per minute"}}`, "maximum context length per minute", hostabi.ClassByStatus},
		{"azure filter", 400, `{"error":{"code":"content_filter","message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy."}}`, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", hostabi.ContentPolicyViolation},
		{"policy by code", 400, `{"error":{"code":"content_policy_violation","message":"no"}}`, "no", hostabi.ContentPolicyViolation},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := open(t, hostabi.Chat)
			f := p.Error(tc.status, tc.body).Failure
			if f == nil || f.Message != tc.message || f.Class != tc.class || f.Status != 0 {
				t.Errorf("got %+v, want class %d and %q", f, tc.class, tc.message)
			}
		})
	}
}

func TestErrorIn(t *testing.T) {
	for _, tc := range []struct {
		name, event string
		status      int
		class       hostabi.Class
	}{
		{"aggregator", `{"error":{"code":502,"message":"Provider returned error"}}`, 502, hostabi.ClassByStatus},
		{"status_code", `{"error":{"message":"tool call failed","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}`, 400, hostabi.ClassByStatus},
		{"status as text", `{"error":{"message":"busy","code":"429"}}`, 429, hostabi.ClassByStatus},
		{"by type", `{"error":{"message":"busy","type":"rate_limit_error"}}`, 0, hostabi.RateLimit},
		{"top level", `{"type":"error","message":"overloaded","code":503}`, 503, hostabi.ClassByStatus},
		{"nothing known", `{"error":{"x":1}}`, 0, hostabi.InternalServer},
		{"context", `{"error":{"message":"prompt is too long"}}`, 0, hostabi.ContextWindowExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := open(t, hostabi.Chat).Chunk("error", tc.event).Failure
			if f == nil || f.Status != tc.status || f.Class != tc.class || f.Message == "" {
				t.Errorf("got %+v", f)
			}
		})
	}
	if f := open(t, hostabi.Chat).Chunk("error", `{"error":null}`).Failure; f != nil {
		t.Errorf("no error became %+v", f)
	}
}
