package main

import "strings"

// liteLLMNames gives the provider names LiteLLM uses where the package calls a vendor differently, and those that share
// the vendor's prices. The first name is the list's own. Other vendors keep their name.
var liteLLMNames = map[string][]string{
	"aws":            {"bedrock", "bedrock_converse"},
	"azure":          {"azure", "azure_ai", "azure_text"},
	"cohere":         {"cohere", "cohere_chat"},
	"fireworks":      {"fireworks_ai"},
	"github-copilot": {"github_copilot"},
	"google":         {"gemini", "vertex_ai", "vertex_ai_beta"},
	"mistral":        {"mistral", "codestral", "text-completion-codestral"},
	"moonshotai":     {"moonshot"},
	"openai":         {"openai", "text-completion-openai", "custom_openai"},
	"together":       {"together_ai"},
	"voyageai":       {"voyage"},
	"x-ai":           {"xai"},
}

// routerPrefix starts the vendor id of an inference provider behind Hugging Face. LiteLLM writes those
// huggingface/<inference provider>/<model>, so they become one list whose model names carry the inference provider.
const routerPrefix = "huggingface_"

func providerNames(vendorID string) []string {
	if names, ok := liteLLMNames[vendorID]; ok {
		return names
	}
	return []string{vendorID}
}

// placeOf returns the list a vendor belongs to and the prefix of its model names there.
func placeOf(vendorID string) (list, prefix string) {
	if inference, ok := strings.CutPrefix(vendorID, routerPrefix); ok {
		return "huggingface", inference + "/"
	}
	return vendorID, ""
}
