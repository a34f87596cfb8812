package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

const jsonWanted = `{"model":"claude",` + hi + `,"response_format":{"type":"json_object"}}`

func TestReply(t *testing.T) {
	cases := []struct{ name, content, reason, message, finish string }{
		{"text", `[{"type":"text","text":"a \"q\"\n"}]`, "end_turn", `{"role":"assistant","content":"a \"q\"\n"}`, "stop"},
		{"texts", `[{"type":"text","text":"a"},{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":1}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]},{"type":"text","text":"b","citations":[{"cited_text":"x"}]}]`,
			"pause_turn", `{"role":"assistant","content":"ab"}`, "stop"},
		{"nothing", `[]`, "refusal", `{"role":"assistant","content":""}`, "content_filter"},
		{"calls", `[{"type":"text","text":"I look."},{"type":"tool_use","id":"t1","name":"f","input":{"a": "é\n"}},{"type":"tool_use","id":"t2","name":"g","input":{}}]`, "tool_use",
			`{"role":"assistant","content":"I look.","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\": \"é\\n\"}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]}`, "tool_calls"},
		{"only a call", `[{"type":"tool_use","id":"t1","name":"f","input":{}}]`, "max_tokens",
			`{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]}`, "length"},
		{"thoughts", `[{"type":"thinking","thinking":"a","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"thinking","thinking":"b","signature":"u"},{"type":"text","text":"x"}]`, "stop_sequence",
			`{"role":"assistant","content":"x","reasoning_content":"ab","thinking_blocks":[{"type":"thinking","thinking":"a","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"thinking","thinking":"b","signature":"u"}]}`, "stop"},
		{"too long", `[{"type":"text","text":"x"}]`, "model_context_window_exceeded", `{"role":"assistant","content":"x"}`, "length"},
		{"another tool of that name", `[{"type":"tool_use","id":"t","name":"json_tool_call","input":{}}]`, "tool_use",
			`{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"json_tool_call","arguments":"{}"}}]}`, "tool_calls"},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				got := answered(t, p, `{"model":"claude",`+hi+`}`, tc.content, tc.reason)
				same(t, got, `[{"index":0,"finish_reason":"`+tc.finish+`","message":`+tc.message+`}]`)
			})
		}
	})
}

// answered is the choices of the answer to a request.
func answered(t *testing.T, p *sdktest.Plugin, request, content, reason string) string {
	t.Helper()
	x := open(t, p, sdktest.Exchange{}, request)
	a := x.Response(`{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":` + content + `,"stop_reason":"` + reason + `","usage":{"input_tokens":1,"output_tokens":2}}`)
	if a.Failure != nil {
		t.Fatalf("refused: %s", a.Failure.Message)
	}
	return member(t, a.Body, "choices")
}

func TestReplyInJSON(t *testing.T) {
	cases := []struct{ name, content, reason, message, finish string }{
		{"answer", `[{"type":"tool_use","id":"t","name":"json_tool_call","input":{"a": "\n"}}]`, "tool_use", `{"role":"assistant","content":"{\"a\": \"\\n\"}"}`, "stop"},
		{"with text", `[{"type":"text","text":"Here:"},{"type":"tool_use","id":"t","name":"json_tool_call","input":{}},{"type":"tool_use","id":"u","name":"json_tool_call","input":{"b":1}}]`,
			"tool_use", `{"role":"assistant","content":"{}"}`, "stop"},
		{"cut off", `[{"type":"tool_use","id":"t","name":"json_tool_call","input":{"a":1}}]`, "max_tokens", `{"role":"assistant","content":"{\"a\":1}"}`, "length"},
		{"only text", `[{"type":"text","text":"{}"}]`, "end_turn", `{"role":"assistant","content":"{}"}`, "stop"},
		{"another tool", `[{"type":"tool_use","id":"t","name":"f","input":{}}]`, "tool_use",
			`{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]}`, "tool_calls"},
		{"both", `[{"type":"tool_use","id":"j","name":"json_tool_call","input":{}},{"type":"tool_use","id":"t","name":"f","input":{}}]`, "tool_use",
			`{"role":"assistant","content":"{}","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]}`, "tool_calls"},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				got := answered(t, p, jsonWanted, tc.content, tc.reason)
				same(t, got, `[{"index":0,"finish_reason":"`+tc.finish+`","message":`+tc.message+`}]`)
			})
		}
	})
}

func TestReplyEnvelope(t *testing.T) {
	const reply = `{"id":"msg_1","model":"claude-x","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"x"},{"type":"tool_use","id":"t","name":"f","input":{}}],` +
		`"stop_reason":"end_turn","usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":20},"output_tokens":7,"output_tokens_details":{"thinking_tokens":4},"service_tier":"standard"}}`
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		a := open(t, p, sdktest.Exchange{}, "").Response(reply)
		if want := [hostabi.UsageCounters]uint32{123, 7, 100, 20, 4}; a.Usage == nil || *a.Usage != want {
			t.Errorf("usage %v, want %v", a.Usage, want)
		}
		same(t, member(t, a.Body, "usage"), `{"prompt_tokens":123,"completion_tokens":7,"total_tokens":130,"prompt_tokens_details":{"cached_tokens":100},`+
			`"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"completion_tokens_details":{"reasoning_tokens":4}}`)
		for key, want := range map[string]string{"id": `"msg_1"`, "model": `"claude-x"`, "object": `"chat.completion"`, "system_fingerprint": `null`} {
			same(t, member(t, a.Body, key), want)
		}
		if _, there := object(t, a.Body)["system_fingerprint"]; !there {
			t.Error("system_fingerprint is missing")
		}
		if created, _ := object(t, a.Body)["created"].(float64); created < 1.7e9 {
			t.Errorf("created %v", created)
		}
		text := open(t, p, sdktest.Exchange{Endpoint: hostabi.Completions}, "").Response(reply).Body
		same(t, member(t, text, "object"), `"text_completion"`)
		same(t, member(t, text, "choices"), `[{"index":0,"text":"x","logprobs":null,"finish_reason":"stop"}]`)
	})
}

func TestReplyWithoutUsage(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		a := open(t, p, sdktest.Exchange{}, "").Response(`{"id":"msg_1","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":null,"usage":null}`)
		if a.Usage != nil || member(t, a.Body, "usage") != "null" {
			t.Errorf("usage %v in %s", a.Usage, a.Body)
		}
	})
}

func TestOpenAIReplyPasses(t *testing.T) {
	const reply = `{"id":"msg_1","object":"chat.completion","choices":[],"usage":{"prompt_tokens":17,"completion_tokens":15,"total_tokens":32}}`
	const chunk = `{"id":"msg_1","object":"chat.completion.chunk","choices":[]}`
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		x := open(t, p, sdktest.Exchange{}, "")
		if a := x.Response(reply); !a.Passed || a.Usage == nil || a.Usage[hostabi.UsagePrompt] != 17 || a.Usage[hostabi.UsageCompletion] != 15 {
			t.Errorf("got %+v", a)
		}
		if a := x.Chunk("", chunk); !a.Passed || a.Usage != nil {
			t.Errorf("got %+v", a)
		}
		if a := x.End(); a.Failure != nil {
			t.Errorf("got %+v", a.Failure)
		}
	})
}

func TestFailedReply(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		f := open(t, p, sdktest.Exchange{}, "").Response(`{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`).Failure
		if f == nil || f.Class != hostabi.RateLimit || f.Message != "slow down" {
			t.Errorf("got %+v", f)
		}
		f = open(t, p, sdktest.Exchange{}, "").Response(`{"completion":" Hi"}`).Failure
		if f == nil || f.Class != hostabi.APIError || !strings.Contains(f.Message, `{"completion":" Hi"}`) {
			t.Errorf("got %+v", f)
		}
	})
}

func TestErrors(t *testing.T) {
	cases := []struct {
		status  int
		kind    string
		message string
		class   hostabi.Class
	}{
		{401, "authentication_error", "invalid x-api-key", hostabi.ClassByStatus},
		{404, "not_found_error", "model: claude-x", hostabi.ClassByStatus},
		{429, "rate_limit_error", "too many", hostabi.ClassByStatus},
		{529, "overloaded_error", "Overloaded", hostabi.ClassByStatus},
		{400, "invalid_request_error", "max_tokens: Field required", hostabi.ClassByStatus},
		{400, "invalid_request_error", "prompt is too long: 3333404 tokens > 200000 maximum", hostabi.ContextWindowExceeded},
		{400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 4096 > 200000", hostabi.ContextWindowExceeded},
		{400, "invalid_request_error", "Output blocked by content filtering policy", hostabi.ContentPolicyViolation},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			message, _ := json.Marshal(tc.message)
			f := open(t, p, sdktest.Exchange{}, "").Error(tc.status, `{"type":"error","error":{"type":"`+tc.kind+`","message":`+string(message)+`},"request_id":"req_1"}`).Failure
			if f == nil || f.Class != tc.class || f.Status != 0 || f.Message != tc.message {
				t.Errorf("%d %s: got %+v", tc.status, tc.message, f)
			}
		}
	})
}
