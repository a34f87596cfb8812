package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/sdk/chat/relay/replaytest"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// vendorOf names the vendor that stands for a recorded provider, where the names differ.
var vendorOf = map[string]string{
	"bedrock_mantle": "openai_like", "fireworks": "fireworks_ai", "gemini_openai": "openai_like", "llamacpp": "llamafile",
	"nvidia": "nvidia_nim", "ollama": "openai_like", "openai_compatible": "openai_like", "together": "together_ai",
	"venice": "veniceai", "vllm": "hosted_vllm", "cohere": "openai_like", "anthropic": "openai_like",
}

func TestReplay(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) { replaytest.Run(t, p, vendorOf) })
}
