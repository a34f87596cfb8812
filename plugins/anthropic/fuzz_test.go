package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// Whatever a client sends, the request is refused or becomes one JSON object without doubled keys.
func FuzzRequest(f *testing.F) {
	f.Add(conversationOf(8, 1<<10), false)
	f.Add(jsonWanted, false)
	f.Add(`{"model":"m","prompt":["a","b"],"stop":["x"],"stop_sequences":["y"],"user":"u","metadata":{}}`, true)
	f.Add(`{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},{"type":"file","file":{"file_id":"f"}}]},`+
		`{"role":"assistant","content":" ","thinking_blocks":[{"signature":"s"}],"function_call":{"name":"f","arguments":"{}"}},{"role":"function","content":[{"type":"refusal"}]}],`+
		`"system":"x","reasoning_effort":"low","parallel_tool_calls":false,"tool_choice":{"type":"any"},"functions":[{}],"web_search_options":{"user_location":{"approximate":{"type":1,"city":""}}},"mcp_servers":1}`, false)
	p := sdktest.Native(f, ".")
	f.Fuzz(func(t *testing.T, body string, completions bool) {
		var d tape.Doc
		if d.Scan([]byte(body)) != nil {
			t.Skip()
		}
		x := sdktest.Exchange{Endpoint: hostabi.Chat}
		if completions {
			x.Endpoint = hostabi.Completions
		}
		a := p.Open(x).Request(body)
		if a.Failure != nil {
			return
		}
		if err := d.Scan([]byte(a.Body)); err != nil || d.Nodes[0].Kind != tape.Object {
			t.Errorf("%s became %s: %v", body, a.Body, err)
		}
	})
}

// Whatever comes from upstream, the client gets JSON or an error.
func FuzzReply(f *testing.F) {
	f.Add(benchReply, start, textBlock, false)
	f.Add(`{"content":[{"type":"thinking","thinking":1},{"type":"redacted_thinking"},{"type":"tool_use"},{"type":"text","text":[]}],"usage":{"input_tokens":"x"}}`, tool("t", "json_tool_call"), input(`1`), true)
	f.Add(`{"type":"error"}`, block(`{"type":"thinking","thinking":"t"}`), delta(`{"type":"signature_delta","signature":{}}`), false)
	f.Add(`{"error":1}`, textBlock, text(`"x"`), true)
	p := sdktest.Native(f, ".")
	f.Fuzz(func(t *testing.T, reply, first, second string, json bool) {
		request := `{"model":"m",` + hi + `}`
		if json {
			request = jsonWanted
		}
		x := p.Open(sdktest.Exchange{Flags: hostabi.FlagIncludeUsage})
		x.Request(request)
		answers := []sdktest.Answer{x.Response(reply), x.Chunk("", first), x.Chunk("", second), x.Chunk("", stopBlock), x.Chunk("", done("tool_use")), x.End()}
		for i, a := range answers {
			if a.Failure != nil || a.Passed {
				continue
			}
			out := a.Events
			if i == 0 {
				out = []string{a.Body}
			}
			for _, text := range out {
				var d tape.Doc
				if err := d.Scan([]byte(text)); err != nil {
					t.Errorf("answer %d: %v in %s", i, err, text)
				}
			}
		}
	})
}
