package replay

import (
	"slices"
	"strings"
)

// kinds are the APIs that the gateway serves, as recordings name them, and their routes.
var kinds = map[string]string{
	"chat":               "/chat/completions",
	"chat_stream":        "/chat/completions",
	"completions":        "/completions",
	"completions_stream": "/completions",
	"embeddings":         "/embeddings",
	"moderations":        "/moderations",
}

// vendorOf is the provider in model strings where the recordings name it otherwise.
var vendorOf = map[string]string{
	"bedrock_mantle":    "openai",
	"cohere":            "openai", // its OpenAI-compatible surface
	"fireworks":         "fireworks_ai",
	"gemini_openai":     "openai",
	"llamacpp":          "llamafile",
	"nvidia":            "nvidia_nim",
	"ollama":            "openai", // its OpenAI-compatible surface
	"openai_compatible": "openai",
	"together":          "together_ai",
	"venice":            "veniceai",
	"vllm":              "hosted_vllm",
}

// foreign providers have no OpenAI-compatible part among the recordings.
var foreign = []string{"aleph_alpha", "bedrock", "gemini", "replicate", "sagemaker", "vertexai", "watsonx"}

// kind is the API of the exchange; for errors the one that was called.
func (f *fixture) kind() string {
	if f.Kind != "error" {
		return f.Kind
	}
	for _, feature := range f.Features {
		if kind, ok := strings.CutPrefix(feature, "on:"); ok {
			return kind
		}
	}
	return ""
}

// route is the gateway's API for the exchange, "" when it has none.
func (f *fixture) route() string { return kinds[f.kind()] }

func (f *fixture) streams() bool { return strings.HasSuffix(f.kind(), "_stream") }

// speaksAnthropic is true for the Messages API, whoever serves it.
func (f *fixture) speaksAnthropic() bool {
	return strings.HasSuffix(f.path(), "/v1/messages") && (f.Provider == "anthropic" || f.Provider == "azure_ai")
}

// speaksOpenAI is true for OpenAI's own format, whoever serves it.
func (f *fixture) speaksOpenAI() bool {
	switch {
	case slices.Contains(foreign, f.Provider):
		return false
	case f.Provider == "writer":
		return true
	}
	return f.route() != "" && strings.HasSuffix(f.path(), f.route())
}

// outOfScope says why an exchange can't be replayed, "" when it can.
func (f *fixture) outOfScope() string {
	switch {
	case f.route() == "":
		return "the gateway has no API for " + strings.TrimSuffix(f.kind(), "_stream")
	case !f.speaksAnthropic() && !f.speaksOpenAI():
		return "another format than OpenAI's and Anthropic's, of " + f.Provider
	}
	return ""
}

// vendor is the provider prefix of the model string.
func (f *fixture) vendor() string {
	switch {
	case f.speaksAnthropic():
		return "anthropic"
	case f.Provider == "anthropic": // its OpenAI-compatible surface
		return "openai"
	case f.Provider == "openai" && f.route() == "/completions":
		return "text-completion-openai"
	}
	if v := vendorOf[f.Provider]; v != "" {
		return v
	}
	return f.Provider
}
