package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestMessages(t *testing.T) {
	const call = `{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\u00e9 \\\"q\\\"\"}"}}`
	const use = `{"type":"tool_use","id":"c1","name":"f","input":{"a":"é \"q\""}}`
	cases := []struct{ name, in, messages, system string }{
		{"text", `{"role":"user","content":"hi \"you\"\n"}`, `{"role":"user","content":[{"type":"text","text":"hi \"you\"\n"}]}`, ``},
		{"parts", `{"role":"user","content":[{"type":"text","text":"a"},"b",{"type":"text","text":"","cache_control":{"type":"ephemeral"}}]}`,
			`{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}`, ``},
		{"same role", `{"role":"user","content":"a"},{"role":"user","name":"bob","content":"b"},{"role":"assistant","content":"c"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}`,
			`{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]},{"role":"user","content":[{"type":"text","text":"e"}]}`, ``},
		{"empty texts", `{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":"\n"},{"role":"user","content":"b"}`,
			`{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}`, ``},
		{"cache", `{"role":"user","content":"a","cache_control":{"type":"ephemeral"}},{"role":"user","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}]}`,
			`{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}]}`, ``},
		{"system", `{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"developer","content":[{"type":"text","text":"d","cache_control":{"type":"ephemeral"}},{"type":"text","text":""}]},{"role":"system","content":"e","cache_control":{"type":"ephemeral"}}`,
			`{"role":"user","content":[{"type":"text","text":"a"}]}`,
			`{"type":"text","text":"s"},{"type":"text","text":"d","cache_control":{"type":"ephemeral"}},{"type":"text","text":"e","cache_control":{"type":"ephemeral"}}`},
		{"empty system", `{"role":"system","content":""},{"role":"user","content":"a"}`, `{"role":"user","content":[{"type":"text","text":"a"}]}`, ``},
		{"call and result", `{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[` + call + `]},{"role":"tool","tool_call_id":"c1","content":"r"}`,
			`{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[` + use + `]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"r"}]}`, ``},
		{"several results", `{"role":"assistant","content":"x","tool_calls":[` + call + `,{"id":"c2","function":{"name":"g","arguments":""},"cache_control":{"type":"ephemeral"}}]},` +
			`{"role":"tool","tool_call_id":"c1","content":"","is_error":true},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"r"},{"type":"image_url","image_url":"https://e.com/a.png"}],"cache_control":{"type":"ephemeral"}},{"role":"user","content":"go"}`,
			`{"role":"assistant","content":[{"type":"text","text":"x"},` + use + `,{"type":"tool_use","id":"c2","name":"g","input":{},"cache_control":{"type":"ephemeral"}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","is_error":true},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"r"},{"type":"image","source":{"type":"url","url":"https://e.com/a.png"}}],"cache_control":{"type":"ephemeral"}},{"type":"text","text":"go"}]}`, ``},
		{"result without text", `{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":""}]}`, `{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"}]}`, ``},
		{"arguments", `{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":{"a":1}}},{"id":"2","function":{"name":"f","arguments":null}},{"id":"3","function":{"name":"f"}},{"id":"4","function":{"name":"f","arguments":"  "}},{"id":"5","function":{"name":"f","arguments":" {\"a\": [1, 2]}"}}]},{"role":"user","content":"x"}`,
			`{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"a":1}},{"type":"tool_use","id":"2","name":"f","input":{}},{"type":"tool_use","id":"3","name":"f","input":{}},{"type":"tool_use","id":"4","name":"f","input":{}},{"type":"tool_use","id":"5","name":"f","input":{"a":[1,2]}}]},{"role":"user","content":[{"type":"text","text":"x"}]}`, ``},
		{"old calls", `{"role":"user","content":"a"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"s"}`,
			`{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"r"}]},{"role":"assistant","content":[{"type":"tool_use","id":"call_2","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_2","content":"s"}]}`, ``},
		{"thoughts", `{"role":"assistant","reasoning_content":"t","content":"x","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"sig"},{"type":"redacted_thinking","data":"d"},{"type":"thinking","thinking":"of another vendor"}],"tool_calls":[` + call + `]},{"role":"user","content":"y"}`,
			`{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"sig"},{"type":"redacted_thinking","data":"d"},{"type":"text","text":"x"},` + use + `]},{"role":"user","content":[{"type":"text","text":"y"}]}`, ``},
		{"refusal", `{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]},{"role":"user","content":"y"}`,
			`{"role":"assistant","content":[{"type":"text","text":"no"}]},{"role":"user","content":[{"type":"text","text":"y"}]}`, ``},
		{"prefill", `{"role":"user","content":"a"},{"role":"assistant","content":"Sure: \n "}`,
			`{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"Sure:"}]}`, ``},
		{"spaces that stay", `{"role":"user","content":"a "},{"role":"assistant","content":"b "},{"role":"user","content":"c "}`,
			`{"role":"user","content":[{"type":"text","text":"a "}]},{"role":"assistant","content":[{"type":"text","text":"b "}]},{"role":"user","content":[{"type":"text","text":"c "}]}`, ``},
		{"first of two", `{"role":"user","content":"seen","content":"unseen","role":"assistant"}`, `{"role":"user","content":[{"type":"text","text":"seen"}]}`, ``},
		{"blank prefill", `{"role":"user","content":"a"},{"role":"assistant","content":"      \n"}`, `{"role":"user","content":[{"type":"text","text":"a"}]}`, ``},
		{"Anthropic's own parts", `{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"}},{"type":"search_result","title":"t"}]}`,
			`{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"}},{"type":"search_result","title":"t"}]}`, ``},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				body := ask(t, p, sdktest.Exchange{}, `{"model":"claude","messages":[`+tc.in+`]}`).Body
				same(t, member(t, body, "messages"), `[`+tc.messages+`]`)
				want := `[` + tc.system + `]`
				if tc.system == "" {
					want = `null`
				}
				same(t, member(t, body, "system"), want)
			})
		}
	})
}

func TestMedia(t *testing.T) {
	cases := []struct{ name, part, want string }{
		{"png", `{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO","detail":"high"},"cache_control":{"type":"ephemeral"}}`,
			`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"},"cache_control":{"type":"ephemeral"}}`},
		{"escaped", `{"type":"image_url","image_url":"data:image\/jpg;charset=x;base64,\/9j\/4A=="}`,
			`{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/4A=="}}`},
		{"format", `{"type":"image_url","image_url":{"url":"data:application/octet-stream;base64,AA","format":"image/webp"}}`,
			`{"type":"image","source":{"type":"base64","media_type":"image/webp","data":"AA"}}`},
		{"pdf as image", `{"type":"image_url","image_url":{"url":"data:application/pdf;base64,JVBE"}}`,
			`{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}`},
		{"url", `{"type":"image_url","image_url":{"url":"http://e.com/a.png?x=1,2"}}`, `{"type":"image","source":{"type":"url","url":"http://e.com/a.png?x=1,2"}}`},
		{"file", `{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"},"cache_control":{"type":"ephemeral"}}`,
			`{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"cache_control":{"type":"ephemeral"}}`},
		{"file by url", `{"type":"file","file":{"file_id":"https://e.com/a.pdf"}}`, `{"type":"document","source":{"type":"url","url":"https://e.com/a.pdf"}}`},
		{"file by id", `{"type":"file","file":{"file_id":"file_1"}}`, `{"type":"document","source":{"type":"file","file_id":"file_1"}}`},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				a := ask(t, p, sdktest.Exchange{}, `{"model":"claude","messages":[{"role":"user","content":[`+tc.part+`]}]}`)
				same(t, member(t, a.Body, "messages"), `[{"role":"user","content":[`+tc.want+`]}]`)
				if byID := strings.Contains(tc.want, `"file_id"`); byID != (a.Headers["anthropic-beta"] == "files-api-2025-04-14") {
					t.Errorf("headers %v", a.Headers)
				}
			})
		}
	})
}

func TestNoSystem(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		a := ask(t, p, sdktest.Exchange{Flags: hostabi.FlagNoSystem},
			`{"model":"claude","system":"r","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a"},{"role":"system","content":"t"}]}`)
		same(t, member(t, a.Body, "messages"), `[{"role":"user","content":[{"type":"text","text":"r"},{"type":"text","text":"s"},{"type":"text","text":"u"}]},`+
			`{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":[{"type":"text","text":"t"}]}]`)
		same(t, member(t, a.Body, "system"), `null`)
	})
}

// A host parses a bounded number of strings per request; a conversation may have more calls.
func TestManyCalls(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		var in, want strings.Builder
		for i := range 100 {
			fmt.Fprintf(&in, `{"id":"%d","type":"function","function":{"name":"f","arguments":"{\"i\":%d}"}},`, i, i)
			fmt.Fprintf(&want, `{"type":"tool_use","id":"%d","name":"f","input":{"i":%d}},`, i, i)
		}
		a := ask(t, p, sdktest.Exchange{}, `{"model":"claude","messages":[{"role":"assistant","tool_calls":[`+strings.TrimSuffix(in.String(), ",")+`]}]}`)
		same(t, member(t, a.Body, "messages"), `[{"role":"assistant","content":[`+strings.TrimSuffix(want.String(), ",")+`]}]`)
	})
}

func TestRefused(t *testing.T) {
	call := func(arguments string) string {
		return `{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":` + arguments + `}}]}`
	}
	cases := []struct{ name, messages, reason string }{
		{"none", ``, "messages: a list with at least one message is required"},
		{"only system", `{"role":"system","content":"s"}`, "no message of a user or assistant has any content"},
		{"only blank", `{"role":"user","content":""}`, "no message of a user or assistant has any content"},
		{"role", `{"role":"user","content":"a"},{"role":"critic","content":"b"}`, `messages[1]: role "critic" is not one of`},
		{"no role", `{"content":"b"}`, `messages[0]: role`},
		{"not a message", `"hi"`, `messages[0]: role`},
		{"arguments", call(`"{\"a\":"`), `messages[1]: arguments of the call of "f" are not a JSON object: invalid JSON at byte 5: unexpected end`},
		{"list", call(`"[1]"`), `are not a JSON object: it is another kind of value`},
		{"number", call(`7`), `are not a JSON object`},
		{"no function", `{"role":"assistant","tool_calls":[{"id":"c","type":"custom"}]}`, "messages[0]: a tool call without a function"},
		{"no url", `{"role":"user","content":[{"type":"image_url","image_url":{}}]}`, "messages[0]: image_url without a url"},
		{"plain data", `{"role":"user","content":[{"type":"image_url","image_url":"data:image/png,abc"}]}`, "a data URL must be of the form"},
		{"no comma", `{"role":"user","content":[{"type":"image_url","image_url":"data:image/png;base64"}]}`, "a data URL must be of the form"},
		{"no data URL", `{"role":"user","content":[{"type":"file","file":{"file_data":"JVBE"}}]}`, "file_data is not a data URL"},
		{"no file", `{"role":"user","content":[{"type":"file","file":{}}]}`, "a file without file_data or file_id"},
		{"in a result", `{"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{}}]}`, "image_url without a url"},
		{"in instructions", `{"role":"system","content":[{"type":"file"}]},{"role":"user","content":"a"}`, "a file without file_data or file_id"},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		refused := func(body, reason string) {
			t.Helper()
			f := p.Open(sdktest.Exchange{}).Request(body).Failure
			if f == nil || f.Class != hostabi.BadRequest || !strings.Contains(f.Message, reason) {
				t.Errorf("%s: got %+v, want %q", body, f, reason)
			}
		}
		for _, tc := range cases {
			refused(`{"model":"claude","messages":[`+tc.messages+`]}`, tc.reason)
		}
		refused(`[]`, "not a JSON object")
		refused(`{"model":"claude","messages":"hi"}`, "messages: a list")
		refused(`{"model":"claude","reasoning_effort":"extreme",`+hi+`}`, `reasoning_effort: "extreme" is not one of`)
	})
}
