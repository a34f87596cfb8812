package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

func TestGoClientCompletions(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for name, client := range map[string]openai.Client{"openai": h.client(), "azure": h.azureClient()} {
		for _, model := range []string{"text", "openai", "azure", "anthropic/claude", "compatible"} {
			t.Run(name+" client/"+model, func(t *testing.T) {
				r, err := client.Completions.New(soon(t), openai.CompletionNewParams{Model: openai.CompletionNewParamsModel(model),
					Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Hello")}})
				if err != nil {
					t.Fatal(err)
				}
				if r.Choices[0].Text != mock.Greeting || r.Choices[0].FinishReason != "stop" || r.Object != "text_completion" {
					t.Errorf("answered %s", r.RawJSON())
				}
				checkUsage(t, r.Usage)
			})
		}
	}
	h.Post("/v1/completions", `{"model":"openai","prompt":"x"}`, "Authorization", "Bearer "+masterKey)
	if path := h.openai.Last(t).Path; path != "/v1/completions" {
		t.Errorf("an openai/ model's text completion went to %s", path)
	}
}

// TestGoClientEmbeddings: the vector comes as numbers, and in base64 when that is asked for.
func TestGoClientEmbeddings(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	want := []float64{0.5, -1, 2}
	for name, client := range map[string]openai.Client{"openai": h.client(), "azure": h.azureClient()} {
		for _, model := range []string{"embed", "azure-embed"} {
			for _, format := range []openai.EmbeddingNewParamsEncodingFormat{"", "float"} {
				t.Run(name+" client/"+model+"/"+string(format), func(t *testing.T) {
					r, err := client.Embeddings.New(soon(t), openai.EmbeddingNewParams{Model: model, EncodingFormat: format,
						Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"a", "b"}}})
					if err != nil {
						t.Fatal(err)
					}
					if len(r.Data) != 2 || !slices.Equal(r.Data[0].Embedding, want) || r.Data[1].Index != 1 || r.Usage.PromptTokens != 8 {
						t.Errorf("answered %s", r.RawJSON())
					}
				})
			}
		}
	}
	r := h.Post("/v1/embeddings", `{"model":"embed","input":"a","encoding_format":"base64"}`, "Authorization", "Bearer "+masterKey)
	if !strings.Contains(string(r.Body), `"AAAAPwAAgL8AAABA"`) {
		t.Errorf("base64 answered %d %s", r.Status, r.Body)
	}
}

func TestGoClientModerations(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	r, err := client.Moderations.New(soon(t), openai.ModerationNewParams{Model: "moderate",
		Input: openai.ModerationNewParamsInputUnion{OfString: openai.String("I will find you")}})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Results[0]; !v.Flagged || !v.Categories.Violence || v.Categories.Hate || v.CategoryScores.Violence != 0.98 {
		t.Errorf("answered %s", r.RawJSON())
	}
}

func TestGoClientErrors(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	for _, vendor := range []struct{ name, title string }{{"openai", "OpenAI"}, {"anthropic", "Anthropic"}} {
		for status, want := range map[int]struct {
			code        int
			class, kind string
		}{
			400: {400, "BadRequestError", "invalid_request_error"}, 401: {401, "AuthenticationError", "None"},
			403: {403, "PermissionDeniedError", "None"}, 404: {404, "NotFoundError", "None"},
			408: {408, "Timeout", "None"}, 422: {422, "UnprocessableEntityError", "None"},
			429: {429, "RateLimitError", "throttling_error"}, 500: {500, "InternalServerError", "None"},
			503: {503, "ServiceUnavailableError", "None"},
		} {
			model := "fails/" + vendor.name + "/" + strconv.Itoa(status)
			t.Run(model, func(t *testing.T) {
				_, err := client.Chat.Completions.New(soon(t), hello(model))
				e := wantError(t, err, want.code, "litellm."+want.class+": ")
				if !contains(e.Message, vendor.title+"Exception - the mock was told to fail") || e.Type != want.kind || e.Code != strconv.Itoa(want.code) {
					t.Errorf("got %s", e.RawJSON())
				}
			})
		}
	}
	_, err := client.Chat.Completions.New(soon(t), hello("no-such-model"))
	wantError(t, err, 400, "no-such-model")
}
