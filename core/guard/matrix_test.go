package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
)

// row is an endpoint with all the places of its documents that hold text: each is a § in a JSON string.
type row struct {
	endpoint core.Endpoint
	name     string
	request  string
	whose    []string // role and part of each text of the request
	// response and event are what a model answers; N stands for the choice's index. "" = there is no such text.
	response, event string
}

// rows is the table that the tests of surfaces are made of. An endpoint without a row fails TestEveryEndpointHasRows.
var rows = []row{
	{core.Chat, "messages", `{"model":"m","messages":[{"role":"system","content":"§"},{"role":"developer","content":"§"},` +
		`{"content":"§","role":"user"},{"role":"assistant","content":"§","refusal":"§","reasoning_content":"§"},{"role":"new","content":"§"}],"n":1}`,
		[]string{"system text", "system text", "user text", "assistant text", "assistant text", "assistant reasoning", "user text"},
		`{"id":"c","choices":[{"index":N,"message":{"role":"assistant","content":"§","reasoning_content":"§","refusal":"§"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`,
		`{"id":"c","choices":[{"index":N,"delta":{"content":"§"}}]}`},
	{core.Chat, "parts", `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"§"},"§",{"type":"input_text","text":"§"},` +
		`{"type":"image_url","image_url":{"url":"data:secret"}},{"type":"brand_new","content":[{"text":{"value":"§"}}]}]},` +
		`{"role":"assistant","content":[{"type":"thinking","thinking":"§"},{"type":"refusal","refusal":"§"}]}],"prediction":{"type":"content","content":[{"type":"text","text":"§"}]}}`,
		[]string{"user text", "user text", "user text", "user text", "assistant reasoning", "assistant text", "user text"},
		`{"choices":[{"index":N,"message":{"content":[{"type":"text","text":"§"},{"type":"thinking","thinking":"§"}],"audio":{"transcript":"§"}}}]}`,
		`{"choices":[{"index":N,"delta":{"reasoning_content":"§"}}]}`},
	{core.Chat, "tools", `{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"secret","type":"function","function":{"name":"f","arguments":"§"}},` +
		`{"type":"custom","custom":{"name":"g","input":"§"}}]},{"role":"tool","tool_call_id":"t","content":"§"},{"role":"assistant","function_call":{"name":"f","arguments":"§"}},` +
		`{"role":"function","name":"f","content":[{"type":"text","text":"§"}]},{"role":"assistant","tool_calls":[{"function":{"name":"h","arguments":{"a":["§"],"b":{"c":"§"}}}}]}]}`,
		[]string{"assistant arguments f", "assistant arguments g", "tool result", "assistant arguments f", "tool result f", "assistant arguments h", "assistant arguments h"},
		`{"choices":[{"index":N,"message":{"tool_calls":[{"id":"t","function":{"name":"f","arguments":"§"}},{"id":"u","function":{"name":"g","arguments":"§"}}],"function_call":{"name":"f","arguments":"§"}}}]}`,
		`{"choices":[{"index":N,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"§"}}]}}]}`},
	{core.Chat, "twice", `{"messages":[{"role":"user","content":"§","content":"§"},{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"§","arguments":"§"},"function":{"arguments":"§"}}]}]}`,
		[]string{"user text", "user text", "assistant arguments f", "assistant arguments f", "assistant arguments"},
		`{"choices":[{"index":N,"message":{"content":"§"},"message":{"content":"§","refusal":"§"}}]}`,
		`{"choices":[{"index":N,"delta":{"content":"§"}}]}`},
	{core.Completions, "prompt", `{"model":"m","prompt":"§","suffix":"§"}`, []string{"user text", "user text"},
		`{"choices":[{"text":"§","index":N,"finish_reason":"stop"}]}`, `{"choices":[{"index":N,"text":"§"}]}`},
	{core.Completions, "prompts", `{"prompt":["§","§"],"model":"m"}`, []string{"user text", "user text"},
		`{"choices":[{"text":"§","index":N}]}`, `{"choices":[{"index":N,"text":"§"}]}`},
	{core.Embeddings, "input", `{"model":"m","input":"§"}`, []string{"user text"}, "", ""},
	{core.Embeddings, "inputs", `{"model":"m","input":["§","§",[1,2,3]]}`, []string{"user text", "user text"}, "", ""},
	{core.Moderations, "input", `{"model":"m","input":"§"}`, []string{"user text"}, "", ""},
	{core.Moderations, "inputs", `{"model":"m","input":["§","§"]}`, []string{"user text", "user text"}, "", ""},
	{core.Moderations, "parts", `{"model":"m","input":[{"type":"text","text":"§"},{"type":"image_url","image_url":{"url":"secret"}}]}`, []string{"user text"}, "", ""},
}

const mark = "§"

func fill(document, text string) string { return strings.ReplaceAll(document, mark, text) }

// fillOne puts one text in the place of the n-th mark and another in those of the rest.
func fillOne(document, text string, n int, rest string) string {
	pieces := strings.Split(document, mark)
	out := pieces[0]
	for i, p := range pieces[1:] {
		if i == n {
			out += text + p
		} else {
			out += rest + p
		}
	}
	return out
}

// TestEveryEndpointHasRows fails when somebody adds an endpoint without saying where its text is.
func TestEveryEndpointHasRows(t *testing.T) {
	for _, e := range core.Endpoints {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.endpoint == e }) {
			t.Errorf("%s has no rows", e)
		}
		if !known(e) {
			t.Errorf("%s has no surfaces", e)
		}
		if answers := slices.ContainsFunc(rows, func(r row) bool { return r.endpoint == e && r.event != "" }); answers != (len(surfaces[e].output) > 0) {
			t.Errorf("%s: the rows say that it answers with text: %t", e, answers)
		}
	}
}

func eachRow(t *testing.T, test func(t *testing.T, r row)) {
	for _, r := range rows {
		t.Run(r.endpoint.String()+" "+r.name, func(t *testing.T) { test(t, r) })
	}
}

var (
	roleNames = map[hostabi.Role]string{hostabi.RoleSystem: "system", hostabi.RoleUser: "user", hostabi.RoleAssistant: "assistant", hostabi.RoleTool: "tool"}
	partNames = map[hostabi.Part]string{hostabi.PartText: "text", hostabi.PartArguments: "arguments", hostabi.PartResult: "result", hostabi.PartReasoning: "reasoning"}
)

func TestInput(t *testing.T) {
	eachRow(t, func(t *testing.T, r row) {
		var log []asked
		x := begin(t, r.endpoint, false, fill(r.request, "a secret, a secret"), fake("g", PreCall, "input", &log))
		if e := x.Input(&x.doc); e != nil {
			t.Fatal(e)
		}
		if got, want := string(x.doc.Src), fill(r.request, "a [*], a [*]"); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
		if x.doc.Scan(x.doc.Src) != nil || x.Applied() != "g" || x.verdicts() != fmt.Sprintf("g pre_call edited %d", 2*len(r.whose)) {
			t.Errorf("%s; %s", x.Applied(), x.verdicts())
		}
		var whose []string
		for i, s := range log[0].segments {
			name := strings.TrimSpace(roleNames[s.Role] + " " + partNames[s.Part] + " " + log[0].tools[i])
			whose = append(whose, name)
			if log[0].texts[i] != "a secret, a secret" || s.Flags != hostabi.SegmentFinal || s.Seen != 0 {
				t.Errorf("segment %d: %+v %q", i, s, log[0].texts[i])
			}
		}
		if !slices.Equal(whose, r.whose) || len(log) != 1 || log[0].event != hostabi.EventInput {
			t.Errorf("asked %d times about %q", len(log), whose)
		}
	})
}

// A word is found wherever it stands, alone.
func TestInputRefusals(t *testing.T) {
	eachRow(t, func(t *testing.T, r row) {
		for n := range r.whose {
			body := fillOne(r.request, "what is forbidden", n, "fine")
			for _, m := range []Mode{PreCall, DuringCall, LoggingOnly} {
				for _, stream := range []bool{false, true} {
					x := begin(t, r.endpoint, stream, body, fake("g", m, "input", nil))
					e := x.Input(&x.doc)
					if m != PreCall && e != nil {
						t.Errorf("%s: before the call: %v", m, e)
					}
					interrupted := false
					if m != PreCall {
						interrupted, e = x.during()
					}
					want := m != LoggingOnly
					if refused := e != nil && e.Code() == 400 && e.Kind == "None" && e.Message == `{'error': 'no forbidden words'}`; refused != want {
						t.Errorf("%s, text %d: %v", m, n, e)
					}
					if interrupted != (m == DuringCall) {
						t.Errorf("%s, text %d: the call was interrupted: %t", m, n, interrupted)
					}
					if got := x.verdicts(); got != "g "+m.String()+" blocked: no forbidden words" {
						t.Errorf("%s, text %d: %s", m, n, got)
					}
					if string(x.doc.Src) != body {
						t.Errorf("%s: changed", m)
					}
				}
			}
		}
	})
}

// Beside the call nothing may be edited: that is counted and left.
func TestDuringCallDoesNotEdit(t *testing.T) {
	eachRow(t, func(t *testing.T, r row) {
		body := fill(r.request, secret)
		x := begin(t, r.endpoint, false, body, fake("d", DuringCall, "input", nil), fake("l", LoggingOnly, "input", nil))
		if interrupted, e := x.during(); e != nil || interrupted || string(x.doc.Src) != body {
			t.Errorf("%v, interrupted %t: %s", e, interrupted, x.doc.Src)
		}
		n := len(r.whose)
		if got := x.verdicts(); got != fmt.Sprintf("d during_call passed refused %d; l logging_only passed refused %d", n, n) {
			t.Error(got)
		}
		if x.Applied() != "d" {
			t.Errorf("applied: %s", x.Applied())
		}
	})
}

// choices writes a response or event with n choices: the template's only one is repeated.
func choices(template string, n int) string {
	head, rest, _ := strings.Cut(template, `"choices":[`)
	end := strings.LastIndex(rest, "]")
	var list []string
	for i := range n {
		list = append(list, strings.ReplaceAll(rest[:end], "N", fmt.Sprint(i)))
	}
	return head + `"choices":[` + strings.Join(list, ",") + rest[end:]
}

// everyHook are the ways in which a plugin can look at responses.
var everyHook = []string{"output", "window", "output window"}

func TestOutput(t *testing.T) {
	eachRow(t, func(t *testing.T, r row) {
		for n := 1; n <= 3; n++ {
			for _, hooks := range everyHook {
				if r.response == "" {
					testNoOutput(t, r, hooks)
					continue
				}
				document := choices(r.response, n)
				var log []asked
				x := begin(t, r.endpoint, false, fill(r.request, "x"), fake("g", PostCall, hooks, &log))
				body, e := x.Output([]byte(fill(document, "a secret b")))
				if want := fill(document, "a [*] b"); e != nil || string(body) != want {
					t.Errorf("%d choices, %s: %v %s", n, hooks, e, body)
				}
				if len(log) != 1 || int(log[0].segments[len(log[0].segments)-1].Choice) != n-1 {
					t.Errorf("%d choices, %s: %+v", n, hooks, log)
				}
				for i := range strings.Count(document, mark) {
					x := begin(t, r.endpoint, false, fill(r.request, "x"), fake("g", PostCall, hooks, nil))
					if _, e := x.Output([]byte(fillOne(document, forbidden, i, "fine"))); e == nil || e.Code() != 400 || x.verdicts() != "g post_call blocked: no forbidden words" {
						t.Errorf("%d choices, %s, text %d: %v; %s", n, hooks, i, e, x.verdicts())
					}
				}
			}
		}
	})
}

func testNoOutput(t *testing.T, r row, hooks string) {
	x := begin(t, r.endpoint, false, fill(r.request, "x"), fake("g", PostCall, hooks, nil))
	const answer = `{"data":[{"embedding":[1,2]}],"results":[{"flagged":true}]}`
	body, e := x.Output([]byte(answer))
	if e != nil || string(body) != answer || x.verdicts() != "g post_call not run: "+whyNoText || x.Applied() != "" {
		t.Errorf("%v %s; %s; %s", e, body, x.verdicts(), x.Applied())
	}
}

func TestLoggingOnlyOutput(t *testing.T) {
	eachRow(t, func(t *testing.T, r row) {
		if r.response == "" {
			return
		}
		for _, hooks := range everyHook {
			x := begin(t, r.endpoint, false, fill(r.request, "x"), fake("g", LoggingOnly, hooks, nil))
			document := fillOne(choices(r.response, 2), forbidden, 0, secret)
			body, e := x.Output([]byte(document))
			if e != nil || string(body) != document || x.verdicts() != "g logging_only blocked: no forbidden words" || x.Applied() != "" {
				t.Errorf("%s: %v; %s; %s", hooks, e, x.verdicts(), x.Applied())
			}
			x = begin(t, r.endpoint, true, fill(r.request, "x"), fake("g", LoggingOnly, hooks, nil))
			stream := frame(fill(choices(r.event, 2), "sec")) + frame(fill(choices(r.event, 2), "ret"))
			if got, e := x.streamed(t, stream); e != nil || got != stream || x.verdicts() != "g logging_only passed refused 2" {
				t.Errorf("%s: %v %s; %s", hooks, e, got, x.verdicts())
			}
		}
	})
}

// TestStream sends text through every kind of guard, one character at a time and all at once, for one choice and several.
func TestStream(t *testing.T) {
	const text = "it is a secret, secretsecret: sec ret s"
	want := strings.ReplaceAll(text, secret, redacted)
	eachRow(t, func(t *testing.T, r row) {
		if r.event == "" {
			testNoStream(t, r)
			return
		}
		for n := 1; n <= 3; n++ {
			for _, hooks := range everyHook {
				for _, size := range []int{1, 2, 5, len(text)} {
					var parts []string
					for at := 0; at < len(text); at += size {
						parts = append(parts, frame(fill(choices(r.event, n), text[at:min(at+size, len(text))])))
					}
					for _, together := range []bool{false, true} {
						if together {
							parts = []string{strings.Join(parts, "")}
						}
						x := begin(t, r.endpoint, true, fill(r.request, "x"), fake("g", PostCall, hooks, nil))
						out, e := x.streamed(t, parts...)
						if e != nil {
							t.Fatal(e)
						}
						got := contents(t, out)
						for i := range n {
							if got[i] != want {
								t.Errorf("%d choices, %s, pieces of %d: choice %d is %q", n, hooks, size, i, got[i])
							}
						}
						if v := x.verdicts(); v != fmt.Sprintf("g post_call edited %d", 3*n) || x.Applied() != "g" {
							t.Errorf("%d choices, %s, pieces of %d: %s; %s", n, hooks, size, v, x.Applied())
						}
					}
				}
			}
		}
	})
}

func testNoStream(t *testing.T, r row) {
	x := begin(t, r.endpoint, true, fill(r.request, "x"), fake("g", PostCall, "window", nil))
	const event = "data: {\"data\":[]}\n\n"
	if out, e := x.streamed(t, event); e != nil || out != event || x.verdicts() != "g post_call not run: "+whyNoText {
		t.Errorf("%v %s; %s", e, out, x.verdicts())
	}
}

// contents joins the texts of a stream by choice.
func contents(t *testing.T, stream string) map[int]string {
	t.Helper()
	all := map[int]string{}
	for _, e := range events(t, stream) {
		for _, c := range e["choices"].([]any) {
			choice := c.(map[string]any)
			i, _ := choice["index"].(float64)
			all[int(i)] += written(choice)
		}
	}
	return all
}

func written(choice map[string]any) string {
	if text, ok := choice["text"].(string); ok {
		return text
	}
	delta, _ := choice["delta"].(map[string]any)
	for _, key := range []string{"content", "reasoning_content"} {
		if text, ok := delta[key].(string); ok {
			return text
		}
	}
	if calls, ok := delta["tool_calls"].([]any); ok {
		text, _ := calls[0].(map[string]any)["function"].(map[string]any)["arguments"].(string)
		return text
	}
	return ""
}

// A refusal in the middle of a stream lets nothing of the word out, however it was cut.
func TestStreamRefusals(t *testing.T) {
	const text = "so far so good, but this is forbidden, and this never comes"
	eachRow(t, func(t *testing.T, r row) {
		if r.event == "" {
			return
		}
		for _, hooks := range everyHook {
			for size := 1; size <= len(text); size++ {
				var parts []string
				for at := 0; at < len(text); at += size {
					parts = append(parts, frame(fill(choices(r.event, 1), text[at:min(at+size, len(text))])))
				}
				x := begin(t, r.endpoint, true, fill(r.request, "x"), fake("g", PostCall, hooks, nil))
				out, e := x.streamed(t, parts...)
				if e == nil || e.Code() != 400 || x.verdicts() != "g post_call blocked: no forbidden words" {
					t.Errorf("%s, pieces of %d: %v; %s", hooks, size, e, x.verdicts())
				}
				if got := contents(t, out)[0]; !strings.HasPrefix(text[:strings.Index(text, forbidden)], got) || hooks == "output" && got != "" {
					t.Errorf("%s, pieces of %d: %q left", hooks, size, got)
				}
			}
		}
	})
}
