package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// ask sends one request and returns its answer.
func ask(p *sdktest.Plugin, endpoint hostabi.Endpoint, flags uint32, body string) sdktest.Answer {
	return p.Open(sdktest.Exchange{Endpoint: endpoint, Flags: flags, Attrs: map[string]string{"model": "demo"}}).Request(body)
}

func both(t *testing.T, test func(t *testing.T, p *sdktest.Plugin)) { sdktest.Both(t, ".", test) }

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

type message struct {
	Role, Content string
	ToolCalls     []struct {
		ID, Type string
		Function struct{ Name, Arguments string }
	} `json:"tool_calls"`
}

type reply struct {
	ID, Object, Model string
	Created           int64
	Choices           []struct {
		Index          int
		Message, Delta message
		Text           string
		FinishReason   string `json:"finish_reason"`
	}
	Usage *usage
}

const hello = `{"model":"demo","messages":[{"role":"system","content":"x"},{"role":"user","content":"no"},{"role":"user","content":[{"type":"text","text":"Say \"hi\"\nplease"}]}]`

const answered = `Hello! I am the demo model: I come with the gateway and need no account. You said: "Say "hi" please"`

func TestChat(t *testing.T) {
	both(t, func(t *testing.T, p *sdktest.Plugin) {
		a := ask(p, hostabi.Chat, 0, hello+`,"n":2}`)
		var r reply
		decode(t, a.Body, &r)
		if len(r.Choices) != 2 || r.Object != "chat.completion" || r.Model != "demo" || r.Created == 0 || !strings.HasPrefix(r.ID, "chatcmpl-") {
			t.Fatalf("got %s", a.Body)
		}
		if c := r.Choices[1]; c.Index != 1 || c.Message.Role != "assistant" || c.Message.Content != answered || c.FinishReason != "stop" {
			t.Errorf("got %+v", c)
		}
		if r.Usage == nil || r.Usage.Prompt == 0 || r.Usage.Completion != len(answered)/4 || r.Usage.Total != r.Usage.Prompt+r.Usage.Completion {
			t.Errorf("usage %+v", r.Usage)
		}
		if a.Usage == nil || int(a.Usage[hostabi.UsagePrompt]) != r.Usage.Prompt {
			t.Errorf("reported %v", a.Usage)
		}
	})
}

func TestChatOfNothing(t *testing.T) {
	p := sdktest.Native(t, ".")
	for _, body := range []string{`{}`, `{"messages":[]}`, `{"messages":[{"role":"user","content":null}]}`} {
		var r reply
		decode(t, ask(p, hostabi.Chat, 0, body).Body, &r)
		if len(r.Choices) != 1 || !strings.Contains(r.Choices[0].Message.Content, "Send me a message") {
			t.Errorf("%s: got %+v", body, r)
		}
	}
}

func TestQuote(t *testing.T) {
	long := strings.Repeat("ü", 200)
	for in, want := range map[string]string{"a  b\n c": "a b c", long: long[:maxQuote] + "…", "x" + long: ("x" + long)[:maxQuote-1] + "…"} {
		if got := quote(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestChatStream(t *testing.T) {
	both(t, func(t *testing.T, p *sdktest.Plugin) {
		for _, flags := range []uint32{0, hostabi.FlagIncludeUsage} {
			a := ask(p, hostabi.Chat, hostabi.FlagStream|flags, hello+`,"stream":true}`)
			text, finish, counted := "", "", 0
			for i, e := range a.Events {
				var r reply
				decode(t, e, &r)
				if r.Object != "chat.completion.chunk" || r.Usage != nil && i != len(a.Events)-1 {
					t.Errorf("got %s", e)
				}
				if r.Usage != nil {
					counted++
				}
				for _, c := range r.Choices {
					text += c.Delta.Content
					finish += c.FinishReason
				}
			}
			if text != answered || finish != "stop" || len(a.Events) < 10 || (counted == 1) != (flags != 0) || a.Usage == nil {
				t.Errorf("got %q, %q, %d events, usage %d times", text, finish, len(a.Events), counted)
			}
		}
	})
}

func TestToolCalls(t *testing.T) {
	tools := `,"tools":[{"type":"function","function":{"name":"first"}},{"type":"function","function":{"name":"second"}}],"tool_choice":`
	both(t, func(t *testing.T, p *sdktest.Plugin) {
		for choice, want := range map[string]string{
			`"required"`: "first", `{"type":"function","function":{"name":"second"}}`: "second", `"auto"`: "", `"none"`: "",
		} {
			var r reply
			decode(t, ask(p, hostabi.Chat, 0, hello+tools+choice+`}`).Body, &r)
			if m := r.Choices[0].Message; want == "" && (len(m.ToolCalls) > 0 || m.Content == "") {
				t.Errorf("%s: got %+v", choice, m)
			} else if want != "" && (len(m.ToolCalls) != 1 || m.ToolCalls[0].Function.Name != want || m.ToolCalls[0].Function.Arguments != "{}" || r.Choices[0].FinishReason != "tool_calls") {
				t.Errorf("%s: got %+v", choice, r)
			}
		}
		name, arguments, finish := "", "", ""
		for _, e := range ask(p, hostabi.Chat, hostabi.FlagStream, hello+tools+`"required"}`).Events {
			var r reply
			decode(t, e, &r)
			for _, call := range r.Choices[0].Delta.ToolCalls {
				name += call.Function.Name
				arguments += call.Function.Arguments
			}
			finish += r.Choices[0].FinishReason
		}
		if name != "first" || arguments != "{}" || finish != "tool_calls" {
			t.Errorf("streamed %s(%s), %s", name, arguments, finish)
		}
	})
}

func TestCompletions(t *testing.T) {
	both(t, func(t *testing.T, p *sdktest.Plugin) {
		for prompt, want := range map[string]string{`"Once"`: `You said: "Once"`, `["Once","more"]`: `You said: "Once"`, `[1,2]`: "Send me"} {
			var r reply
			decode(t, ask(p, hostabi.Completions, 0, `{"prompt":`+prompt+`}`).Body, &r)
			if r.Object != "text_completion" || !strings.Contains(r.Choices[0].Text, want) || r.Choices[0].FinishReason != "stop" {
				t.Errorf("%s: got %+v", prompt, r)
			}
		}
		text := ""
		for _, e := range ask(p, hostabi.Completions, hostabi.FlagStream, `{"prompt":"Once"}`).Events {
			var r reply
			decode(t, e, &r)
			text += r.Choices[0].Text
		}
		if !strings.HasSuffix(text, `You said: "Once"`) {
			t.Errorf("streamed %q", text)
		}
	})
}

type vectors struct {
	Object, Model string
	Data          []struct {
		Object    string
		Index     int
		Embedding json.RawMessage
	}
	Usage usage
}

func TestEmbeddings(t *testing.T) {
	both(t, func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range []struct {
			input       string
			count, size int
			more        string
		}{
			{`"a"`, 1, 8, ""}, {`["a","b","a"]`, 3, 8, ""}, {`[1,2]`, 1, 8, ""}, {`[[1,2],[3]]`, 2, 5, `,"dimensions":5`},
		} {
			var plain, packed vectors
			decode(t, ask(p, hostabi.Embeddings, 0, `{"input":`+tc.input+tc.more+`}`).Body, &plain)
			decode(t, ask(p, hostabi.Embeddings, 0, `{"encoding_format":"base64","input":`+tc.input+tc.more+`}`).Body, &packed)
			if plain.Object != "list" || plain.Model != "demo" || len(plain.Data) != tc.count || plain.Usage.Prompt == 0 || plain.Usage.Total != plain.Usage.Prompt {
				t.Fatalf("%s: got %+v", tc.input, plain)
			}
			for i, d := range plain.Data {
				var floats []float32
				decode(t, string(d.Embedding), &floats)
				if d.Object != "embedding" || d.Index != i || len(floats) != tc.size || math.Abs(length(floats)-1) > 1e-4 {
					t.Errorf("%s: got %+v of length %v", tc.input, d, length(floats))
				}
				if got := unpack(t, packed.Data[i].Embedding); !reflect.DeepEqual(got, floats) {
					t.Errorf("%s: base64 holds %v, want %v", tc.input, got, floats)
				}
			}
			if tc.count == 3 && (string(plain.Data[0].Embedding) != string(plain.Data[2].Embedding) || string(plain.Data[0].Embedding) == string(plain.Data[1].Embedding)) {
				t.Error("equal inputs differ, or different ones don't")
			}
		}
	})
}

func length(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

func unpack(t *testing.T, packed json.RawMessage) []float32 {
	t.Helper()
	var text string
	decode(t, string(packed), &text)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

func TestEmbeddingsRefused(t *testing.T) {
	p := sdktest.Native(t, ".")
	for _, body := range []string{`{}`, `{"input":[]}`, `{"input":"x","dimensions":-1}`, `{"input":"x","dimensions":1000000}`} {
		if f := ask(p, hostabi.Embeddings, 0, body).Failure; f == nil || f.Class != hostabi.BadRequest {
			t.Errorf("%s: got %+v", body, f)
		}
	}
}

func TestModerations(t *testing.T) {
	both(t, func(t *testing.T, p *sdktest.Plugin) {
		for input, want := range map[string]int{`"x"`: 1, `["x","y"]`: 2, `[{"type":"text","text":"x"},{"type":"text","text":"y"}]`: 1} {
			var r struct {
				ID, Model string
				Results   []struct {
					Flagged        bool
					Categories     map[string]bool
					CategoryScores map[string]float64 `json:"category_scores"`
				}
			}
			decode(t, ask(p, hostabi.Moderations, 0, `{"input":`+input+`}`).Body, &r)
			if len(r.Results) != want || r.Model != "demo" || !strings.HasPrefix(r.ID, "modr-") {
				t.Fatalf("%s: got %+v", input, r)
			}
			if v := r.Results[0]; v.Flagged || v.Categories["hate"] || len(v.Categories) != 11 || len(v.CategoryScores) != 11 {
				t.Errorf("%s: got %+v", input, v)
			}
		}
	})
}
