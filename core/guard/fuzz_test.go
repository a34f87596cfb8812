package guard

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/core"
)

// byField joins the texts of a stream by where they stand.
func byField(t *testing.T, stream string) (content, reasoning string) {
	t.Helper()
	for _, e := range events(t, stream) {
		delta := e["choices"].([]any)[0].(map[string]any)["delta"].(map[string]any)
		c, _ := delta["content"].(string)
		r, _ := delta["reasoning_content"].(string)
		content, reasoning = content+c, reasoning+r
	}
	return content, reasoning
}

// FuzzCuts streams turns of content and reasoning, each in one event, and once more cut into pieces of some size: what the
// guards leave is the same.
func FuzzCuts(f *testing.F) {
	f.Add("so sec|hm|ret and more|secretsecret", uint8(3), uint8(8), false)
	f.Add("sec|a long thought about something else|ret", uint8(1), uint8(7), true)
	f.Add("größe€|😀secret|x|secre", uint8(2), uint8(0), true)
	f.Fuzz(func(t *testing.T, script string, size, ahead uint8, together bool) {
		if !utf8.ValidString(script) || strings.Contains(script, forbidden) || strings.Contains(script, "broken") || size == 0 {
			return
		}
		var whole, cut []string
		for i, turn := range strings.Split(script, "|") {
			whole = append(whole, say(i, turn))
			for at := 0; at < len(turn); {
				end := min(at+int(size), len(turn))
				for end < len(turn) && !utf8.RuneStart(turn[end]) {
					end++
				}
				cut = append(cut, say(i, turn[at:end]))
				at = end
			}
		}
		if together {
			cut = []string{strings.Join(cut, "")}
		}
		wantContent, wantReasoning := guardedFields(t, int(ahead), whole)
		gotContent, gotReasoning := guardedFields(t, int(ahead), cut)
		if ahead < uint8(len(secret)) {
			return // the guard looks for more than it asks for: then the cuts do matter
		}
		if gotContent != wantContent || gotReasoning != wantReasoning {
			t.Errorf("%q cut by %d, lookahead %d: %q %q, want %q %q", script, size, ahead, gotContent, gotReasoning, wantContent, wantReasoning)
		}
	})
}

func say(turn int, text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	key := "content"
	if turn%2 == 1 {
		key = "reasoning_content"
	}
	return frame(`{"choices":[{"index":0,"delta":{"` + key + `":` + string(b) + `}}]}`)
}

func guardedFields(t *testing.T, ahead int, parts []string) (content, reasoning string) {
	t.Helper()
	g := fake("g", PostCall, "window", nil)
	g.Plugin.Lookahead = ahead
	x := begin(t, core.Chat, true, `{}`, g)
	out, e := x.streamed(t, parts...)
	if e != nil {
		t.Fatal(e)
	}
	return byField(t, out)
}
