package main

import "github.com/sluice-gateway/sluice/sdk"

const (
	countInput uint8 = 1 + iota
	countOutput
	countCacheWrite
	countCacheRead
	countDetails
)

var counters = number(map[string]uint8{
	"input_tokens":                countInput,
	"output_tokens":               countOutput,
	"cache_creation_input_tokens": countCacheWrite,
	"cache_read_input_tokens":     countCacheRead,
	"output_tokens_details":       countDetails,
})

// tokens counts what Anthropic bills. Its input excludes what was read from or written to the cache.
type tokens struct {
	input, output, cacheWrite, cacheRead, thinking int64
	known                                          bool // something was reported
}

// read takes over a usage object. A stream reports twice, the second time not always everything.
func (t *tokens) read(usage sdk.Value) {
	for m := usage.First(); m.Exists(); m = m.Next() {
		if m.IsNull() {
			continue
		}
		switch counters.of(m.Key()) {
		case countInput:
			t.input = m.Int()
		case countOutput:
			t.output = m.Int()
		case countCacheWrite:
			t.cacheWrite = m.Int()
		case countCacheRead:
			t.cacheRead = m.Int()
		case countDetails:
			t.thinking = m.Get(keyThinkingTokens).Int()
		}
		t.known = true
	}
}

// usage is the same in OpenAI's terms.
func (t *tokens) usage() sdk.Usage {
	return sdk.Usage{
		Prompt:     t.input + t.cacheWrite + t.cacheRead,
		Completion: t.output,
		CacheRead:  t.cacheRead,
		CacheWrite: t.cacheWrite,
		Reasoning:  t.thinking,
	}
}

// reportOpenAI tells the gateway what a reply in OpenAI's format says.
func reportOpenAI(c *sdk.Call, usage sdk.Value) {
	if usage.IsObject() {
		c.Usage(sdk.Usage{Prompt: usage.Get(keyPromptTokens).Int(), Completion: usage.Get(keyCompletionTokens).Int()})
	}
}
