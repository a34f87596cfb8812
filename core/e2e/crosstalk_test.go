package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

// echo answers each request with its own text, streamed word by word if asked.
func echo(t *testing.T, f format) *mock.Server {
	return mock.New(t, func(w http.ResponseWriter, r *http.Request, body string) {
		var q struct {
			Stream   bool
			Messages []struct{ Content json.RawMessage }
		}
		if err := json.Unmarshal([]byte(body), &q); err != nil || len(q.Messages) == 0 {
			t.Errorf("upstream got %s", body)
			return
		}
		text := said(q.Messages[0].Content)
		if !q.Stream {
			mock.WriteJSON(w, 200, f.whole(text))
			return
		}
		s := mock.StartStream(t, w, r)
		s.Send(f.open)
		for _, word := range strings.SplitAfter(text, " ") {
			s.Send(f.piece(word))
		}
		s.Send(f.end)
	})
}

// said is the text of a message, which may be in a list of parts.
func said(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var parts []struct{ Text string }
	if json.Unmarshal(content, &parts) != nil || len(parts) == 0 {
		return ""
	}
	return parts[0].Text
}

// TestNoCrosstalk: with many requests at once everybody gets the answer to their own.
func TestNoCrosstalk(t *testing.T) {
	t.Parallel()
	var config strings.Builder
	config.WriteString("model_list:\n")
	for _, f := range formats {
		fmt.Fprintf(&config, "  - model_name: %s\n    litellm_params: {model: %s, api_base: %q, api_key: sk-secret-a}\n", f.name, f.model, echo(t, f).URL)
	}
	g := gateway.Start(t, gateway.Options{Config: config.String()})
	const clients, rounds = 32, 12
	var wait sync.WaitGroup
	for c := range clients {
		wait.Go(func() {
			for n := range rounds {
				exchange(t, g, formats[(c+n)%len(formats)].name, (c+n/2)%2 == 0, strings.Repeat(fmt.Sprintf("client %d round %d ", c, n), 1+(c*n)%40))
			}
		})
	}
	wait.Wait()
}

func exchange(t *testing.T, g *gateway.Gateway, model string, stream bool, text string) {
	r := g.Post(chat, fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":%q}]}`, model, stream, text))
	read := wire.OpenAI
	if stream {
		read = func(body []byte) (wire.Answer, error) { return wire.OpenAIStream(string(body)) }
	}
	a, err := read(r.Body)
	if err != nil || r.Status != 200 || a.Choices[0] == nil || a.Choices[0].Text != text {
		t.Errorf("%s, stream %v: answered %d %.200s to %.80q", model, stream, r.Status, r.Body, text)
	}
}

// TestLargeBodies: eight megabytes there and back.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			g := single(t, f.model, echo(t, f).URL, noRetries)
			text := strings.Repeat("Ünïcödé 🙂 and \\ \"quotes\"\n", 8<<20/32)
			content, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			r := g.Post(chat, `{"model":"m","messages":[{"role":"user","content":`+string(content)+`}]}`)
			a, err := wire.OpenAI(r.Body)
			if err != nil || r.Status != 200 || a.Choices[0].Text != text {
				t.Errorf("answered %d %.300s, %v", r.Status, r.Body, err)
			}
		})
	}
}
