package e2e

import (
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// collect streams an answer and puts it together as the client's own helper does.
func collect(t *testing.T, client openai.Client, params openai.ChatCompletionNewParams) openai.ChatCompletionAccumulator {
	t.Helper()
	stream := client.Chat.Completions.NewStreaming(soon(t), params)
	defer stream.Close()
	var acc openai.ChatCompletionAccumulator
	for stream.Next() {
		if !acc.AddChunk(stream.Current()) {
			t.Errorf("the client can't add %s", stream.Current().RawJSON())
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if len(acc.Choices) == 0 {
		t.Fatal("the stream had no choices")
	}
	return acc
}

func TestGoClientStream(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for name, client := range map[string]openai.Client{"openai": h.client(), "azure": h.azureClient()} {
		for _, model := range chatModels {
			t.Run(name+" client/"+model, func(t *testing.T) {
				params := hello(model)
				plain := collect(t, client, params)
				if c := plain.Choices[0]; c.Message.Content != mock.Greeting || c.FinishReason != "stop" {
					t.Errorf("choice %+v", c)
				}
				if plain.Usage.TotalTokens != 0 {
					t.Errorf("usage %+v although nobody asked", plain.Usage)
				}
				params.StreamOptions.IncludeUsage = openai.Bool(true)
				u := collect(t, client, params).Usage
				if u.PromptTokens != mock.PromptTokens || u.CompletionTokens != mock.CompletionTokens {
					t.Errorf("usage %+v", u)
				}
			})
		}
	}
}

// TestGoClientUsageIsAskedOfUpstream: the gateway has to know the tokens even when the client does not care.
func TestGoClientUsageIsAskedOfUpstream(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	collect(t, h.client(), hello("openai"))
	if body := h.openai.Last(t).Body; !strings.Contains(body, `"include_usage":true`) {
		t.Errorf("the upstream got %s", body)
	}
}

func TestGoClientStreamErrors(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	stream := client.Chat.Completions.NewStreaming(soon(t), hello("fails/openai/429"))
	for stream.Next() {
		t.Errorf("got %s", stream.Current().RawJSON())
	}
	wantError(t, stream.Err(), 429, "litellm.RateLimitError")
}

func TestGoClientTextStream(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	for _, model := range []string{"text", "openai", "azure", "anthropic/claude"} {
		t.Run(model, func(t *testing.T) {
			stream := client.Completions.NewStreaming(soon(t), openai.CompletionNewParams{Model: openai.CompletionNewParamsModel(model),
				Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Hello")}})
			text, finish := "", ""
			for stream.Next() {
				for _, c := range stream.Current().Choices {
					text += c.Text
					finish += string(c.FinishReason)
				}
			}
			if stream.Err() != nil || text != mock.Greeting || finish != "stop" {
				t.Errorf("got %q, finish %q, error %v", text, finish, stream.Err())
			}
		})
	}
}
