package e2e

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// masterKey is what clients of a house send.
var masterKey = gateway.Secret("master")

// house is a gateway in front of one mock upstream for each format.
type house struct {
	*gateway.Gateway
	openai, azure, anthropic *mock.Server
}

const houseConfig = `
model_list:
  - model_name: demo
    litellm_params: {model: demo/demo}
  - model_name: openai
    litellm_params: {model: openai/gpt-mock, api_base: $OPENAI/v1, api_key: sk-secret-openai}
  - model_name: azure
    litellm_params: {model: azure/dep-mock, api_base: $AZURE, api_key: sk-secret-azure, api_version: "2024-02-01"}
  - model_name: anthropic/claude
    litellm_params: {model: anthropic/claude-mock, api_base: $ANTHROPIC, api_key: sk-secret-anthropic}
  - model_name: compatible
    litellm_params: {model: groq/llama-mock, api_base: $OPENAI/openai/v1, api_key: sk-secret-groq}
  - model_name: text
    litellm_params: {model: text-completion-openai/babbage-mock, api_base: $OPENAI/v1, api_key: sk-secret-openai}
  - model_name: embed
    litellm_params: {model: openai/embedding-mock, api_base: $OPENAI/v1, api_key: sk-secret-openai}
  - model_name: azure-embed
    litellm_params: {model: azure/dep-embed, api_base: $AZURE, api_key: sk-secret-azure, api_version: "2024-02-01"}
  - model_name: moderate
    litellm_params: {model: openai/moderation-mock, api_base: $OPENAI/v1, api_key: sk-secret-openai}
  - model_name: fails/openai/*
    litellm_params: {model: openai/fail-*, api_base: $OPENAI/v1, api_key: sk-secret-openai}
  - model_name: fails/anthropic/*
    litellm_params: {model: anthropic/fail-*, api_base: $ANTHROPIC, api_key: sk-secret-anthropic}
router_settings: {num_retries: 0}
general_settings: {master_key: sk-secret-master}
`

func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{openai: mock.OpenAI(t), azure: mock.OpenAI(t), anthropic: mock.Anthropic(t)}
	config := strings.NewReplacer("$OPENAI", h.openai.URL, "$AZURE", h.azure.URL, "$ANTHROPIC", h.anthropic.URL).Replace(houseConfig)
	h.Gateway = gateway.Start(t, gateway.Options{Config: config})
	return h
}

// chatModels are the models of a house that answer like the mocks.
var chatModels = []string{"openai", "azure", "anthropic/claude", "compatible"}
