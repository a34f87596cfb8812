package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

// format is how a vendor streams: what comes before the text, a piece of it, and the end.
type format struct {
	name, model string
	open        string
	piece       func(text string) string
	end         string
	fail        string // an error inside the stream, with the text "the model broke"
	failClass   string
	whole       func(text string) string // a complete reply
}

var formats = []format{
	{
		name: "openai", model: "openai/m",
		open: openaiChunk(`{"role":"assistant","content":""}`, "null"),
		piece: func(text string) string {
			return openaiChunk(`{"content":`+jsonText(text)+`}`, "null")
		},
		end:       openaiChunk("{}", `"stop"`) + "data: [DONE]\n\n",
		fail:      `data: {"error":{"message":"the model broke","type":"server_error","code":503}}` + "\n\n",
		failClass: "ServiceUnavailableError",
		whole: func(text string) string {
			return fmt.Sprintf(`{"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%s},`+
				`"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, jsonText(text))
		},
	},
	{
		name: "anthropic", model: "anthropic/m",
		open: claudeEvent("message_start", `"message":{"id":"msg_1","model":"m","role":"assistant","content":[],"usage":{"input_tokens":3,"output_tokens":1}}`) +
			claudeEvent("content_block_start", `"index":0,"content_block":{"type":"text","text":""}`),
		piece: func(text string) string {
			return claudeEvent("content_block_delta", `"index":0,"delta":{"type":"text_delta","text":`+jsonText(text)+`}`)
		},
		end: claudeEvent("content_block_stop", `"index":0`) +
			claudeEvent("message_delta", `"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}`) + claudeEvent("message_stop", `"x":0`),
		fail:      claudeEvent("error", `"error":{"type":"overloaded_error","message":"the model broke"}`),
		failClass: "ServiceUnavailableError",
		whole: func(text string) string {
			return fmt.Sprintf(`{"id":"msg_1","type":"message","model":"m","role":"assistant","content":[{"type":"text","text":%s}],"stop_reason":"end_turn",`+
				`"usage":{"input_tokens":1,"output_tokens":1}}`, jsonText(text))
		},
	},
}

func jsonText(s string) string {
	text, _ := json.Marshal(s) // a string always can be
	return string(text)
}

func openaiChunk(delta, finish string) string {
	return fmt.Sprintf(`data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", delta, finish)
}

func claudeEvent(kind, rest string) string {
	return fmt.Sprintf("event: %s\ndata: {\"type\":%q,%s}\n\n", kind, kind, rest)
}

// playing starts a gateway whose only upstream streams what play sends.
func playing(t *testing.T, f format, settings string, play func(s *mock.Stream)) *gateway.Gateway {
	t.Helper()
	up := mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) { play(mock.StartStream(t, w, r)) })
	return single(t, f.model, up.URL, settings)
}

// single starts a gateway with one deployment, called m.
func single(t *testing.T, model, base, settings string) *gateway.Gateway {
	t.Helper()
	return gateway.Start(t, gateway.Options{Config: fmt.Sprintf(`
model_list:
  - model_name: m
    litellm_params: {model: %q, api_base: %q, api_key: sk-secret-upstream}
%s
`, model, base, settings)})
}

const (
	noRetries = "router_settings: {num_retries: 0}"
	ask       = `{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}`
	askWhole  = `{"model":"m","messages":[{"role":"user","content":"Hello"}]}`
)

// textOf is the text of a chunk.
func textOf(t *testing.T, data string) string {
	t.Helper()
	a, err := wire.OpenAIStream("data: " + data + "\n\n")
	if err != nil {
		t.Fatal(err)
	}
	if a.Choices[0] == nil {
		return ""
	}
	return a.Choices[0].Text
}

// TestStreamEventsArriveAtOnce: the upstream sends an event only when the client has got the one before.
func TestStreamEventsArriveAtOnce(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			const pieces = 20
			received := make(chan struct{})
			g := playing(t, f, noRetries, func(s *mock.Stream) {
				s.Send(f.open)
				for i := range pieces {
					s.Send(f.piece(fmt.Sprint("piece ", i)))
					s.Await(received)
				}
				s.Send(f.end)
			})
			s := g.Stream("/v1/chat/completions", ask)
			defer s.Close()
			for i := 0; i < pieces; {
				data, ok, err := s.Next()
				if !ok || err != nil {
					t.Fatalf("the stream ended at piece %d: %v", i, err)
				}
				text := textOf(t, data)
				if text == "" {
					continue
				}
				if text != fmt.Sprint("piece ", i) {
					t.Fatalf("got %q for piece %d", text, i)
				}
				received <- struct{}{}
				i++
			}
			rest, err := s.Rest()
			if err != nil || len(rest) == 0 || rest[len(rest)-1] != "[DONE]" {
				t.Errorf("ended with %q, %v", rest, err)
			}
		})
	}
}

// broken checks the end of a stream that failed: an error event, and no [DONE].
func broken(t *testing.T, s *gateway.Stream, text, class string) {
	t.Helper()
	events, err := s.Rest()
	if err != nil || len(events) == 0 {
		t.Fatalf("got %q, %v", events, err)
	}
	last := events[len(events)-1]
	e, ok := gateway.Reply{Body: []byte(last)}.Error()
	if !ok || !strings.HasPrefix(e.Message, "litellm."+class+": ") || !strings.Contains(e.Message, text) {
		t.Errorf("ended with %s, want a %s with %q", last, class, text)
	}
	for _, e := range events {
		if e == "[DONE]" {
			t.Error("[DONE] although the stream broke")
		}
	}
}

func TestStreamErrorInside(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			g := playing(t, f, noRetries, func(s *mock.Stream) {
				s.Send(f.open + f.piece("one"))
				s.Send(f.fail)
			})
			s := g.Stream("/v1/chat/completions", ask)
			defer s.Close()
			broken(t, s, "the model broke", f.failClass)
		})
	}
}

// TestStreamErrorFirst: an error before any text is an HTTP error.
func TestStreamErrorFirst(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			g := playing(t, f, noRetries, func(s *mock.Stream) { s.Send(f.fail) })
			r := g.Post("/v1/chat/completions", ask)
			if e, ok := r.Error(); !ok || r.Status != 503 || !strings.Contains(e.Message, "the model broke") {
				t.Errorf("answered %d %s", r.Status, r.Body)
			}
		})
	}
}

// TestStreamCut: an upstream that goes away in the middle, rudely or politely, must not look like a finished answer.
func TestStreamCut(t *testing.T) {
	for _, f := range formats {
		for name, leave := range map[string]func(*mock.Stream){"cut": (*mock.Stream).Cut, "ended": func(*mock.Stream) {}} {
			t.Run(f.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				g := playing(t, f, noRetries, func(s *mock.Stream) {
					s.Send(f.open + f.piece("one"))
					leave(s)
				})
				s := g.Stream("/v1/chat/completions", ask)
				defer s.Close()
				broken(t, s, "", "APIConnectionError")
			})
		}
	}
}

func TestStreamStalls(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan bool, 1)
			g := playing(t, f, "router_settings: {num_retries: 0, stream_timeout: 0.3}", func(s *mock.Stream) {
				s.Send(f.open + f.piece("one"))
				_, ok := s.Gone()
				gone <- ok
			})
			s := g.Stream("/v1/chat/completions", ask)
			defer s.Close()
			broken(t, s, "timed out", "Timeout")
			if !<-gone {
				t.Error("the upstream's connection stayed open")
			}
		})
	}
}

// TestStreamStallsFirst: nothing at all within stream_timeout is an HTTP error.
func TestStreamStallsFirst(t *testing.T) {
	g := playing(t, formats[0], "router_settings: {num_retries: 0, stream_timeout: 0.3}", func(s *mock.Stream) { s.Gone() })
	r := g.Post("/v1/chat/completions", ask)
	if e, ok := r.Error(); !ok || r.Status != 408 || e.Code != "408" || !strings.HasPrefix(e.Message, "litellm.Timeout: ") {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
	if r.Header.Get("x-litellm-timeout") != "0.3" {
		t.Errorf("x-litellm-timeout %q", r.Header.Get("x-litellm-timeout"))
	}
}
