package main

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// Events of a stream, short to write.
const (
	start     = `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-x","usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":1}}}`
	textBlock = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	stopBlock = `{"type":"content_block_stop","index":0}`
	ping      = `{"type":"ping"}`
	stop      = `{"type":"message_stop"}`
)

func block(b string) string {
	return `{"type":"content_block_start","index":0,"content_block":` + b + `}`
}

func delta(d string) string { return `{"type":"content_block_delta","index":0,"delta":` + d + `}` }

func text(s string) string { return delta(`{"type":"text_delta","text":` + s + `}`) }

func input(s string) string { return delta(`{"type":"input_json_delta","partial_json":` + s + `}`) }

func tool(id, name string) string {
	return block(`{"type":"tool_use","id":"` + id + `","name":"` + name + `","input":{}}`)
}

func done(reason string) string {
	return `{"type":"message_delta","delta":{"stop_reason":"` + reason + `","stop_sequence":null},"usage":{"output_tokens":7}}`
}

// play sends events and returns the choices of all chunks, one to a line, and of the last chunk the usage.
func play(t *testing.T, x *sdktest.Run, events ...string) (choices []string, usage string, failure *sdktest.Failure) {
	t.Helper()
	for i := 0; i <= len(events); i++ {
		var a sdktest.Answer
		if i < len(events) {
			a = x.Chunk("", events[i])
		} else {
			a = x.End()
		}
		for _, e := range a.Events {
			if member(t, e, "id") != `"msg_1"` || member(t, e, "model") != `"claude-x"` || member(t, e, "created") == "null" {
				t.Errorf("envelope of %s", e)
			}
			choices = append(choices, member(t, e, "choices"))
			usage = member(t, e, "usage")
		}
		if a.Failure != nil {
			return choices, usage, a.Failure
		}
	}
	return choices, usage, nil
}

func TestStream(t *testing.T) {
	const argument = `,"function":{"arguments":`
	cases := []struct {
		name    string
		request string
		events  []string
		want    []string // deltas; the last is the finish reason
	}{
		{"text", ``, []string{start, textBlock, ping, text(`"a \"q\"\n"`), text(`""`), text(`"b"`), stopBlock, done("end_turn"), stop},
			[]string{`{"role":"assistant","content":"a \"q\"\n"}`, `{"content":"b"}`, `stop`}},
		{"text at once", ``, []string{start, block(`{"type":"text","text":"a"}`), text(`"b"`), stopBlock, done("max_tokens"), stop},
			[]string{`{"role":"assistant","content":"a"}`, `{"content":"b"}`, `length`}},
		{"nothing", ``, []string{start, done("refusal"), stop}, []string{`{"role":"assistant","content":""}`, `content_filter`}},
		{"no reason", ``, []string{start, textBlock, text(`"a"`), stopBlock, stop}, []string{`{"role":"assistant","content":"a"}`, `stop`}},
		{"parallel calls", ``, []string{start, textBlock, text(`"I look."`), stopBlock,
			tool("t1", "f"), input(`""`), input(`"{\"a\": "`), input(`"1}"`), stopBlock, tool("t2", "g"), input(`""`), stopBlock, tool("t3", "h"), input(`"{}"`), stopBlock, done("tool_use"), stop},
			[]string{`{"role":"assistant","content":"I look."}`,
				`{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}`,
				`{"tool_calls":[{"index":0` + argument + `"{\"a\": "}}]}`, `{"tool_calls":[{"index":0` + argument + `"1}"}}]}`,
				`{"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":""}}]}`, `{"tool_calls":[{"index":1` + argument + `"{}"}}]}`,
				`{"tool_calls":[{"index":2,"id":"t3","type":"function","function":{"name":"h","arguments":""}}]}`, `{"tool_calls":[{"index":2` + argument + `"{}"}}]}`, `tool_calls`}},
		{"input at once", ``, []string{start, block(`{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}`), stopBlock, done("tool_use"), stop},
			[]string{`{"role":"assistant","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}`,
				`{"tool_calls":[{"index":0` + argument + `"{\"a\":1}"}}]}`, `tool_calls`}},
		{"server tools", ``, []string{start, block(`{"type":"server_tool_use","id":"s","name":"web_search","input":{}}`), input(`"{\"q\":1}"`), stopBlock,
			block(`{"type":"web_search_tool_result","tool_use_id":"s","content":[{"text":"x"}]}`), stopBlock,
			block(`{"type":"text","text":"","citations":[]}`), delta(`{"type":"citations_delta","citation":{"cited_text":"x"}}`), text(`"a"`), stopBlock, done("pause_turn"), stop},
			[]string{`{"role":"assistant","content":"a"}`, `stop`}},
		{"thoughts", ``, []string{start, block(`{"type":"thinking","thinking":"","signature":""}`), delta(`{"type":"thinking_delta","thinking":"t\n"}`), delta(`{"type":"signature_delta","signature":"s"}`), stopBlock,
			block(`{"type":"redacted_thinking","data":"d"}`), stopBlock, textBlock, text(`"a"`), stopBlock, done("end_turn"), stop},
			[]string{`{"role":"assistant","reasoning_content":"t\n","thinking_blocks":[{"type":"thinking","thinking":"t\n"}]}`,
				`{"thinking_blocks":[{"type":"thinking","thinking":"","signature":"s"}]}`, `{"thinking_blocks":[{"type":"redacted_thinking","data":"d"}]}`, `{"content":"a"}`, `stop`}},
		{"JSON", jsonWanted, []string{start, textBlock, text(`"Here:"`), stopBlock, tool("j", "json_tool_call"), input(`""`), input(`"{\"a\":"`), input(`"1}"`), stopBlock, done("tool_use"), stop},
			[]string{`{"role":"assistant","content":"{\"a\":"}`, `{"content":"1}"}`, `stop`}},
		{"empty JSON", jsonWanted, []string{start, tool("j", "json_tool_call"), stopBlock, tool("k", "json_tool_call"), input(`"{}"`), stopBlock, done("tool_use"), stop},
			[]string{`{"role":"assistant","content":"{}"}`, `stop`}},
		{"JSON as text", jsonWanted, []string{start, textBlock, text(`"{\"a\":"`), text(`"1}"`), stopBlock, done("end_turn"), stop},
			[]string{`{"role":"assistant","content":"{\"a\":1}"}`, `stop`}},
		{"JSON and a call", jsonWanted, []string{start, tool("j", "json_tool_call"), input(`"{}"`), stopBlock, tool("t", "f"), stopBlock, done("tool_use"), stop},
			[]string{`{"role":"assistant","content":"{}"}`, `{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}]}`,
				`{"tool_calls":[{"index":0` + argument + `"{}"}}]}`, `tool_calls`}},
		{"what is not known", ``, []string{start, `{"type":"heartbeat"}`, `7`, `not JSON`, block(`{"type":"compaction"}`), text(`"x"`), stopBlock, delta(`{"type":"text_delta","text":"x"}`), textBlock, delta(`{"type":"sparkle_delta"}`), text(`"a"`), done("end_turn"), stop},
			[]string{`{"role":"assistant","content":"a"}`, `stop`}},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				x := open(t, p, sdktest.Exchange{Flags: hostabi.FlagStream}, tc.request)
				got, _, failure := play(t, x, tc.events...)
				if failure != nil {
					t.Fatalf("failed: %s", failure.Message)
				}
				if len(got) != len(tc.want) {
					t.Fatalf("%d chunks:\n%s", len(got), strings.Join(got, "\n"))
				}
				last := len(got) - 1
				for i, w := range tc.want[:last] {
					same(t, got[i], `[{"index":0,"delta":`+w+`}]`)
				}
				same(t, got[last], `[{"index":0,"delta":{},"finish_reason":"`+tc.want[last]+`"}]`)
			})
		}
	})
}

func TestStreamUsage(t *testing.T) {
	want := [hostabi.UsageCounters]uint32{123, 7, 100, 20, 0}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, asked := range []bool{false, true} {
			flags := hostabi.FlagStream
			if asked {
				flags |= hostabi.FlagIncludeUsage
			}
			x := open(t, p, sdktest.Exchange{Flags: flags}, "")
			if a := x.Chunk("message_start", start); a.Usage == nil || a.Usage[hostabi.UsagePrompt] != 123 || len(a.Events) != 0 {
				t.Errorf("at the start: %+v", a)
			}
			x.Chunk("content_block_start", textBlock)
			x.Chunk("content_block_delta", text(`"a"`))
			if a := x.Chunk("message_delta", done("end_turn")); a.Usage == nil || *a.Usage != want {
				t.Errorf("at the end: %v", a.Usage)
			}
			x.Chunk("message_stop", stop)
			a := x.End()
			if a.Usage == nil || *a.Usage != want || len(a.Events) != map[bool]int{false: 0, true: 1}[asked] {
				t.Fatalf("asked %v: %+v", asked, a)
			}
			if asked {
				same(t, member(t, a.Events[0], "choices"), `[]`)
				same(t, member(t, a.Events[0], "usage"), `{"prompt_tokens":123,"completion_tokens":7,"total_tokens":130,`+
					`"prompt_tokens_details":{"cached_tokens":100},"cache_creation_input_tokens":20,"cache_read_input_tokens":100}`)
			}
		}
	})
}

func TestStreamOfText(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		x := open(t, p, sdktest.Exchange{Endpoint: hostabi.Completions, Flags: hostabi.FlagStream}, "")
		got, _, failure := play(t, x, start, block(`{"type":"thinking","thinking":""}`), delta(`{"type":"thinking_delta","thinking":"t"}`), delta(`{"type":"signature_delta","signature":"s"}`), stopBlock,
			block(`{"type":"redacted_thinking","data":"d"}`), stopBlock, tool("t", "f"), input(`"{}"`), stopBlock, textBlock, text(`"a"`), stopBlock, done("end_turn"), stop)
		if failure != nil || len(got) != 2 {
			t.Fatalf("got %s, %+v", got, failure)
		}
		same(t, got[0], `[{"index":0,"text":"a","logprobs":null,"finish_reason":null}]`)
		same(t, got[1], `[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]`)
	})
}

func TestStreamThatFails(t *testing.T) {
	fail := func(kind, message string) string {
		return `{"type":"error","error":{"type":"` + kind + `","message":"` + message + `"}}`
	}
	cases := []struct {
		name    string
		events  []string
		class   hostabi.Class
		message string
	}{
		{"overloaded at once", []string{start, fail("overloaded_error", "Overloaded")}, hostabi.ServiceUnavailable, "Overloaded"},
		{"rate limit", []string{start, textBlock, text(`"a"`), fail("rate_limit_error", "slow down")}, hostabi.RateLimit, "slow down"},
		{"internal", []string{fail("api_error", "Internal server error")}, hostabi.InternalServer, "Internal server error"},
		{"too long", []string{fail("invalid_request_error", "prompt is too long")}, hostabi.ContextWindowExceeded, "prompt is too long"},
		{"cut off", []string{start, textBlock, text(`"a"`)}, hostabi.APIConnection, "the stream ended before the answer was complete"},
		{"empty", nil, hostabi.APIConnection, "the stream ended before the answer was complete"},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			_, _, f := play(t, open(t, p, sdktest.Exchange{Flags: hostabi.FlagStream}, ""), tc.events...)
			if f == nil || f.Class != tc.class || f.Message != tc.message {
				t.Errorf("%s: got %+v", tc.name, f)
			}
		}
	})
}
