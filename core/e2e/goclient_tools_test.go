package e2e

import (
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

var weather = openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
	Name:        "get_weather",
	Description: openai.String("The weather of a city."),
	Parameters: shared.FunctionParameters{"type": "object", "required": []string{"city"},
		"properties": map[string]any{"city": map[string]string{"type": "string"}}},
})

// TestGoClientTools asks, gets two calls at once, brings their results and gets the answer.
func TestGoClientTools(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	for _, model := range chatModels {
		t.Run(model, func(t *testing.T) {
			params := hello(model)
			params.Tools = []openai.ChatCompletionToolUnionParam{weather}
			r, err := client.Chat.Completions.New(soon(t), params)
			if err != nil {
				t.Fatal(err)
			}
			checkCalls(t, r.Choices[0])
			params.Messages = append(params.Messages, r.Choices[0].Message.ToParam())
			for _, call := range r.Choices[0].Message.ToolCalls {
				params.Messages = append(params.Messages, openai.ToolMessage("21 degrees", call.ID))
			}
			r, err = client.Chat.Completions.New(soon(t), params)
			if err != nil {
				t.Fatal(err)
			}
			if c := r.Choices[0]; c.Message.Content != mock.AfterUse || c.FinishReason != "stop" {
				t.Errorf("answered %s", c.RawJSON())
			}
		})
	}
}

func TestGoClientToolsStream(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	for _, model := range chatModels {
		t.Run(model, func(t *testing.T) {
			params := hello(model)
			params.Tools = []openai.ChatCompletionToolUnionParam{weather}
			checkCalls(t, collect(t, client, params).Choices[0])
		})
	}
}

func checkCalls(t *testing.T, c openai.ChatCompletionChoice) {
	t.Helper()
	if c.FinishReason != "tool_calls" || len(c.Message.ToolCalls) != len(mock.Uses) {
		t.Fatalf("choice %+v", c)
	}
	for i, call := range c.Message.ToolCalls {
		want := mock.Uses[i]
		if call.ID != want.ID || call.Function.Name != "get_weather" || wire.Canonical(call.Function.Arguments) != want.Arguments {
			t.Errorf("call %d: %+v", i, call)
		}
	}
}

func TestGoClientJSONSchema(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	client := h.client()
	for _, model := range chatModels {
		t.Run(model, func(t *testing.T) {
			params := hello(model)
			params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: "weather", Strict: openai.Bool(true), Schema: map[string]any{"type": "object", "additionalProperties": false,
					"required": []string{"city", "degrees"}, "properties": map[string]any{"city": map[string]string{"type": "string"},
						"degrees": map[string]string{"type": "integer"}}}}}
			r, err := client.Chat.Completions.New(soon(t), params)
			if err != nil {
				t.Fatal(err)
			}
			if c := r.Choices[0]; wire.Canonical(c.Message.Content) != mock.Shaped || c.FinishReason != "stop" || len(c.Message.ToolCalls) != 0 {
				t.Errorf("answered %s", c.RawJSON())
			}
			c := collect(t, client, params).Choices[0]
			if wire.Canonical(c.Message.Content) != mock.Shaped || c.FinishReason != "stop" {
				t.Errorf("streamed %+v", c)
			}
		})
	}
}
