package main

import "github.com/sluice-gateway/sluice/sdk"

// words numbers names, so that a switch over what a document says is one jump instead of a row of comparisons.
type words []uint8

// number gives each name its number. It runs while the plugin initialises.
func number(names map[string]uint8) words {
	var w words
	for name, n := range names {
		a := int(sdk.Name(name))
		if a >= len(w) {
			w = append(w, make(words, a+1-len(w))...)
		}
		w[a] = n
	}
	return w
}

// of returns the number of a name, 0 when it has none.
func (w words) of(a sdk.Atom) uint8 {
	if int(a) < len(w) {
		return w[a]
	}
	return 0
}

// Keys that are looked up one at a time.
var (
	keyApproximate      = sdk.Name("approximate")
	keyArguments        = sdk.Name("arguments")
	keyBudgetTokens     = sdk.Name("budget_tokens")
	keyCacheControl     = sdk.Name("cache_control")
	keyCompletionTokens = sdk.Name("completion_tokens")
	keyContent          = sdk.Name("content")
	keyContentBlock     = sdk.Name("content_block")
	keyContextSize      = sdk.Name("search_context_size")
	keyDelta            = sdk.Name("delta")
	keyDescription      = sdk.Name("description")
	keyDisableParallel  = sdk.Name("disable_parallel_tool_use")
	keyFile             = sdk.Name("file")
	keyFileData         = sdk.Name("file_data")
	keyFileID           = sdk.Name("file_id")
	keyFormat           = sdk.Name("format")
	keyFunction         = sdk.Name("function")
	keyID               = sdk.Name("id")
	keyImageURL         = sdk.Name("image_url")
	keyInput            = sdk.Name("input")
	keyJSONSchema       = sdk.Name("json_schema")
	keyMessage          = sdk.Name("message")
	keyModel            = sdk.Name("model")
	keyName             = sdk.Name("name")
	keyObject           = sdk.Name("object")
	keyParameters       = sdk.Name("parameters")
	keyPartialJSON      = sdk.Name("partial_json")
	keyPromptTokens     = sdk.Name("prompt_tokens")
	keyRefusal          = sdk.Name("refusal")
	keyResponseSchema   = sdk.Name("response_schema")
	keyRole             = sdk.Name("role")
	keySchema           = sdk.Name("schema")
	keySignature        = sdk.Name("signature")
	keyStopReason       = sdk.Name("stop_reason")
	keyText             = sdk.Name("text")
	keyThinking         = sdk.Name("thinking")
	keyThinkingTokens   = sdk.Name("thinking_tokens")
	keyType             = sdk.Name("type")
	keyURL              = sdk.Name("url")
	keyUsage            = sdk.Name("usage")
	keyUserLocation     = sdk.Name("user_location")
)
