package tape

import (
	"fmt"
	"strings"
	"testing"
)

// chatRequest builds a request of about size bytes as clients send them: a system message, four tools, and turns whose
// texts have line breaks, quotes and some text beyond ASCII.
func chatRequest(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"model":"gpt-4o","stream":true,"temperature":0.7,"max_tokens":1024,"user":"u-1029","messages":[` +
		`{"role":"system","content":"You are a helpful assistant. Answer briefly."}`)
	tools := 0
	if size > 4<<10 {
		tools = 4
	}
	const tool = `,{"type":"function","function":{"name":"tool_%d","description":"Looks up the weather and the time at a place that the user names.",` +
		`"parameters":{"type":"object","properties":{"city":{"type":"string","description":"name of the city"},` +
		`"days":{"type":"integer","minimum":1},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city"]}}}`
	room := size - tools*len(tool) - 40
	words := strings.Repeat("The quick brown fox jumps over the lazy dog near the river bank. ", 12)
	for i := 0; b.Len() < room; i++ {
		role := [...]string{"user", "assistant"}[i%2]
		text := words[:min(len(words), 60+i*53%700, max(20, room-b.Len()-40))]
		fmt.Fprintf(&b, `,{"role":%q,"content":"%s\nSaid \"so\" at café %d."}`, role, text, i)
	}
	b.WriteString(`]`)
	for i := range tools {
		if i == 0 {
			b.WriteString(`,"tools":[` + fmt.Sprintf(tool, i)[1:])
			continue
		}
		fmt.Fprintf(&b, tool, i)
	}
	if tools > 0 {
		b.WriteString(`],"tool_choice":"auto"`)
	}
	b.WriteString(`}`)
	return []byte(b.String())
}

var benchSizes = []int{1, 10, 50, 100}

// vocabularyOfChat are the names that the gateway and its plugins intern.
var vocabularyOfChat = []string{
	"model", "messages", "role", "content", "system", "user", "assistant", "tool", "type", "function", "name", "text",
	"description", "parameters", "properties", "required", "enum", "stream", "temperature", "max_tokens", "tools",
	"tool_choice", "auto", "object", "string", "integer", "stop", "top_p", "n", "metadata", "stream_options",
	"include_usage", "tool_calls", "id", "arguments", "image_url", "url", "detail", "response_format", "json_schema",
}

func internChat(tb testing.TB) {
	for _, name := range vocabularyOfChat {
		if _, err := Intern(name); err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	internChat(b)
	for _, kb := range benchSizes {
		src := chatRequest(kb << 10)
		b.Run(fmt.Sprintf("%dKB", kb), func(b *testing.B) {
			var d Doc
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Scan(src); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(d.Nodes)), "nodes")
		})
	}
}

// chatPatch is what a deployment changes: gateway-only members go, the model and defaults are set, one name is another.
func chatPatch() *Patch {
	var defaults Doc
	if err := defaults.Scan([]byte(`{"temperature":1,"top_p":0.9,"stop":["\n\n"],"response_format":{"type":"text"}}`)); err != nil {
		panic(err)
	}
	return &Patch{
		Drop:   []Atom{MustIntern("metadata"), MustIntern("user"), MustIntern("api_key"), MustIntern("fallbacks")},
		Rename: []Alias{{MustIntern("max_tokens"), "max_completion_tokens"}},
		Set:    []Alias{SetText(MustIntern("model"), "gpt-4o-2024-11-20")},
		Merge:  &defaults,
	}
}

func BenchmarkPatch(b *testing.B) {
	internChat(b)
	p := chatPatch()
	for _, kb := range benchSizes {
		var d, dst Doc
		if err := d.Scan(chatRequest(kb << 10)); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%dKB", kb), func(b *testing.B) {
			b.SetBytes(int64(len(d.Src)))
			b.ReportAllocs()
			for b.Loop() {
				p.Apply(&dst, &d)
			}
		})
	}
}
