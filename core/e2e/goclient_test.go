package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// client is OpenAI's own for Go, as its users point it at a gateway.
func (h *house) client() openai.Client {
	return openai.NewClient(option.WithBaseURL(h.URL+"/v1"), option.WithAPIKey(masterKey), option.WithMaxRetries(0))
}

// azureClient is the same client, made for Azure.
func (h *house) azureClient() openai.Client {
	return openai.NewClient(azure.WithEndpoint(h.URL, "2024-02-01"), azure.WithAPIKey(masterKey),
		azure.WithUnsafeAllowHTTP(), option.WithMaxRetries(0))
}

// soon bounds a call of a client.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func hello(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{
		openai.SystemMessage("Be brief."), openai.UserMessage("Hello"),
	}}
}

func TestGoClientChat(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for name, client := range map[string]openai.Client{"openai": h.client(), "azure": h.azureClient()} {
		for _, model := range chatModels {
			t.Run(name+" client/"+model, func(t *testing.T) {
				r, err := client.Chat.Completions.New(soon(t), hello(model))
				if err != nil {
					t.Fatal(err)
				}
				c := r.Choices[0]
				if c.Message.Content != mock.Greeting || c.FinishReason != "stop" || c.Message.Role != "assistant" {
					t.Errorf("choice %s", c.RawJSON())
				}
				checkUsage(t, r.Usage)
				if r.Object != "chat.completion" || r.ID == "" || r.Created == 0 || r.Model == "" {
					t.Errorf("head %q %q %d %q", r.Object, r.ID, r.Created, r.Model)
				}
			})
		}
	}
}

func checkUsage(t *testing.T, u openai.CompletionUsage) {
	t.Helper()
	if u.PromptTokens != mock.PromptTokens || u.CompletionTokens != mock.CompletionTokens || u.TotalTokens != mock.PromptTokens+mock.CompletionTokens {
		t.Errorf("usage %s", u.RawJSON())
	}
}

func TestGoClientDemo(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	r, err := client.Chat.Completions.New(soon(t), hello("demo"))
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Choices[0]; c.Message.Content == "" || c.FinishReason != "stop" || r.Usage.TotalTokens == 0 {
		t.Errorf("answered %s", r.RawJSON())
	}
	params := hello("demo")
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	got := collect(t, client, params)
	if got.Choices[0].Message.Content == "" || got.Choices[0].FinishReason != "stop" || got.Usage.TotalTokens == 0 {
		t.Errorf("streamed %+v", got.Choices)
	}
	text, err := client.Completions.New(soon(t), openai.CompletionNewParams{Model: "demo",
		Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Hello")}})
	if err != nil || text.Choices[0].Text == "" {
		t.Errorf("completions answered %v, %v", text, err)
	}
	vectors, err := client.Embeddings.New(soon(t), openai.EmbeddingNewParams{Model: "demo",
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"a", "b"}}})
	if err != nil || len(vectors.Data) != 2 || len(vectors.Data[1].Embedding) == 0 {
		t.Errorf("embeddings answered %v, %v", vectors, err)
	}
	verdict, err := client.Moderations.New(soon(t), openai.ModerationNewParams{Model: "demo",
		Input: openai.ModerationNewParamsInputUnion{OfString: openai.String("Hello")}})
	if err != nil || len(verdict.Results) != 1 || verdict.Results[0].Flagged {
		t.Errorf("moderations answered %v, %v", verdict, err)
	}
}

func TestGoClientModels(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	page, err := client.Models.List(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range page.Data {
		listed[m.ID] = m.Object == "model"
	}
	for _, name := range append([]string{"demo", "text", "embed", "moderate"}, chatModels...) {
		if !listed[name] {
			t.Errorf("%s is not listed", name)
		}
	}
	m, err := client.Models.Get(soon(t), "anthropic/claude")
	if err != nil || m.ID != "anthropic/claude" || m.Created == 0 {
		t.Errorf("got %v, %v", m, err)
	}
	_, err = client.Models.Get(soon(t), "nothing")
	wantError(t, err, 404, "does not exist")
}

// wantError checks for the client's typed error.
func wantError(t *testing.T, err error, status int, text string) *openai.Error {
	t.Helper()
	var e *openai.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error with status %d", err, status)
	}
	if e.StatusCode != status || !contains(e.Message, text) {
		t.Errorf("got %d %s, want %d with %q", e.StatusCode, e.RawJSON(), status, text)
	}
	return e
}
