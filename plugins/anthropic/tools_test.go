package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestTools(t *testing.T) {
	const f = `{"type":"function","function":{"name":"f"}}`
	const g = `{"name":"f","input_schema":{"type":"object","properties":{}}}`
	cases := []struct{ name, in, tools, choice string }{
		{"none", ``, ``, ``},
		{"empty", `"tools":[],"tool_choice":"auto"`, ``, ``},
		{"function", `"tools":[{"type":"function","function":{"name":"f","description":"d \"q\"","parameters":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},"strict":true}}]`,
			`[{"name":"f","description":"d \"q\"","input_schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}]`, ``},
		{"schemas", `"tools":[` + f + `,{"type":"function","function":{"name":"f","description":null,"parameters":{}}},{"type":"function","function":{"name":"f","parameters":{"properties":{},"type":null}}},{"type":"function","name":"f","parameters":null}]`,
			`[` + g + `,` + g + `,` + g + `,` + g + `]`, ``},
		{"cache", `"tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}},{"type":"function","function":{"name":"f","cache_control":{"type":"ephemeral"}}}]`,
			`[{"name":"f","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}},{"name":"f","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}}]`, ``},
		{"Anthropic's own", `"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3},{"name":"x","input_schema":{"type":"object"}}]`,
			`[{"type":"web_search_20250305","name":"web_search","max_uses":3},{"name":"x","input_schema":{"type":"object"}}]`, ``},
		{"old functions", `"functions":[{"name":"f","description":"d"}],"function_call":{"name":"f"}`,
			`[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}}}]`, `{"type":"tool","name":"f"}`},
		{"old auto", `"functions":[{"name":"f"}],"function_call":"auto"`, `[` + g + `]`, `{"type":"auto"}`},
		{"web search", `"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"DE","city":null}}}`,
			`[{"type":"web_search_20250305","name":"web_search","max_uses":1,"user_location":{"type":"approximate","country":"DE"}}]`, ``},
		{"plain web search", `"web_search_options":{}`, `[{"type":"web_search_20250305","name":"web_search"}]`, ``},
		{"auto", `"tools":[` + f + `],"tool_choice":"auto"`, `[` + g + `]`, `{"type":"auto"}`},
		{"required", `"tools":[` + f + `],"tool_choice":"required"`, `[` + g + `]`, `{"type":"any"}`},
		{"no tool", `"tools":[` + f + `],"tool_choice":"none","parallel_tool_calls":false`, `[` + g + `]`, `{"type":"none"}`},
		{"named", `"tools":[` + f + `],"tool_choice":{"type":"function","function":{"name":"f"}}`, `[` + g + `]`, `{"type":"tool","name":"f"}`},
		{"named flat", `"tools":[` + f + `],"tool_choice":{"type":"function","name":"f"}`, `[` + g + `]`, `{"type":"tool","name":"f"}`},
		{"native choice", `"tools":[` + f + `],"tool_choice":{"type":"tool","name":"f"}`, `[` + g + `]`, `{"type":"tool","name":"f"}`},
		{"one at a time", `"tools":[` + f + `],"parallel_tool_calls":false`, `[` + g + `]`, `{"type":"auto","disable_parallel_tool_use":true}`},
		{"several at a time", `"tools":[` + f + `],"parallel_tool_calls":true`, `[` + g + `]`, ``},
		{"one required", `"tools":[` + f + `],"parallel_tool_calls":false,"tool_choice":"required"`, `[` + g + `]`, `{"type":"any","disable_parallel_tool_use":true}`},
		{"one named", `"tools":[` + f + `],"parallel_tool_calls":false,"tool_choice":{"type":"function","function":{"name":"f"}}`,
			`[` + g + `]`, `{"type":"tool","name":"f","disable_parallel_tool_use":true}`},
		{"one native", `"tools":[` + f + `],"parallel_tool_calls":false,"tool_choice":{"type":"any"}`, `[` + g + `]`, `{"type":"any","disable_parallel_tool_use":true}`},
		{"native knows better", `"tools":[` + f + `],"parallel_tool_calls":false,"tool_choice":{"type":"any","disable_parallel_tool_use":false}`,
			`[` + g + `]`, `{"type":"any","disable_parallel_tool_use":false}`},
		{"native none", `"tools":[` + f + `],"parallel_tool_calls":false,"tool_choice":{"type":"none"}`, `[` + g + `]`, `{"type":"none"}`},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				body := ask(t, p, sdktest.Exchange{}, `{"model":"claude",`+hi+comma(tc.in)+`}`).Body
				same(t, member(t, body, "tools"), orNull(tc.tools))
				same(t, member(t, body, "tool_choice"), orNull(tc.choice))
			})
		}
	})
}

func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return text
}

func TestJSONAnswers(t *testing.T) {
	const f = `"tools":[{"type":"function","function":{"name":"f"}}]`
	const about = `"description":"Give the answer as this tool's input."`
	const any = `{"name":"json_tool_call",` + about + `,"input_schema":{"type":"object","additionalProperties":true,"properties":{}}}`
	const g = `{"name":"f","input_schema":{"type":"object","properties":{}}}`
	const forced = `{"type":"tool","name":"json_tool_call","disable_parallel_tool_use":true}`
	cases := []struct{ name, in, tools, choice string }{
		{"text", `"response_format":{"type":"text"}`, ``, ``},
		{"object", `"response_format":{"type":"json_object"}`, `[` + any + `]`, forced},
		{"schema", `"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"a":{"type":"number"}}}}}`,
			`[{"name":"json_tool_call",` + about + `,"input_schema":{"type":"object","properties":{"a":{"type":"number"}}}}]`, forced},
		{"schema without a type", `"response_format":{"type":"json_object","response_schema":{"properties":{"a":{}}}}`,
			`[{"name":"json_tool_call",` + about + `,"input_schema":{"type":"object","properties":{"a":{}}}}]`, forced},
		{"no schema", `"response_format":{"type":"json_schema","json_schema":{"name":"n"}}`, `[` + any + `]`, forced},
		{"beside tools", f + `,"response_format":{"type":"json_object"}`, `[` + g + `,` + any + `]`, `{"type":"any"}`},
		{"beside tools, one at a time", f + `,"parallel_tool_calls":false,"response_format":{"type":"json_object"}`,
			`[` + g + `,` + any + `]`, `{"type":"any","disable_parallel_tool_use":true}`},
		{"tools not to be called", f + `,"tool_choice":"none","response_format":{"type":"json_object"}`, `[` + g + `,` + any + `]`, forced},
		{"a tool to be called", f + `,"tool_choice":{"type":"function","function":{"name":"f"}},"response_format":{"type":"json_object"}`,
			`[` + g + `,` + any + `]`, `{"type":"tool","name":"f"}`},
		{"while thinking", `"reasoning_effort":"low","response_format":{"type":"json_object"}`, `[` + any + `]`, ``},
		{"while adapting", `"thinking":{"type":"adaptive"},"response_format":{"type":"json_object"}`, `[` + any + `]`, ``},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				body := ask(t, p, sdktest.Exchange{}, `{"model":"claude",`+hi+comma(tc.in)+`}`).Body
				same(t, member(t, body, "tools"), orNull(tc.tools))
				same(t, member(t, body, "tool_choice"), orNull(tc.choice))
				same(t, member(t, body, "response_format"), `null`)
			})
		}
	})
}

// Text completions have neither tools nor formats.
func TestPromptWithoutTools(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		body := ask(t, p, sdktest.Exchange{Endpoint: hostabi.Completions},
			`{"model":"claude","prompt":"hi","tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_object"}}`).Body
		same(t, member(t, body, "tools"), `null`)
	})
}

// Anthropic refuses to begin thinking inside a round of tool calls.
func TestEffortInARoundOfCalls(t *testing.T) {
	const call = `"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]`
	const result = `,{"role":"tool","tool_call_id":"c","content":"r"}`
	const ask1 = `{"role":"user","content":"a"},`
	cases := []struct {
		name, messages string
		thinks         bool
	}{
		{"inside", ask1 + `{"role":"assistant",` + call + `}` + result, false},
		{"thought before", ask1 + `{"role":"assistant","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}],` + call + `}` + result, true},
		{"after", ask1 + `{"role":"assistant",` + call + `}` + result + `,{"role":"user","content":"b"}`, true},
		{"answered", ask1 + `{"role":"assistant",` + call + `}` + result + `,{"role":"assistant","content":"b"}`, true},
		{"old call", ask1 + `{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}`, false},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			body := ask(t, p, sdktest.Exchange{}, `{"model":"claude","reasoning_effort":"low","temperature":0,"messages":[`+tc.messages+`]}`).Body
			if got := member(t, body, "thinking") != "null"; got != tc.thinks {
				t.Errorf("%s: thinks %v", tc.name, got)
			}
			if got := member(t, body, "temperature") == "null"; got != tc.thinks {
				t.Errorf("%s: temperature kept %v", tc.name, !got)
			}
			want := "4096"
			if tc.thinks {
				want = "5120"
			}
			same(t, member(t, body, "max_tokens"), want)
		}
	})
}
