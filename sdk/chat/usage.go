package chat

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

var (
	keyPromptTokens      = sdk.Name("prompt_tokens")
	keyInputTokens       = sdk.Name("input_tokens")
	keyCompletionTokens  = sdk.Name("completion_tokens")
	keyOutputTokens      = sdk.Name("output_tokens")
	keyPromptDetails     = sdk.Name("prompt_tokens_details")
	keyCached            = sdk.Name("cached_tokens")
	keyCacheWrite        = sdk.Name("cache_write_tokens")
	keyCompletionDetails = sdk.Name("completion_tokens_details")
	keyReasoningTokens   = sdk.Name("reasoning_tokens")
	keyNumCached         = sdk.Name("num_cached_tokens")
	keyCacheHit          = sdk.Name("prompt_cache_hit_tokens")
	keyCacheRead         = sdk.Name("cache_read_input_tokens")
	keyCacheCreation     = sdk.Name("cache_creation_input_tokens")
	keyTotalTokens       = sdk.Name("total_tokens")
)

// WriteUsage adds a usage object for chat and completions. Details that are zero are left out.
func WriteUsage(o *sdk.Out, u sdk.Usage) {
	o.Lit(`{"prompt_tokens":`).Int(u.Prompt)
	o.Lit(`,"completion_tokens":`).Int(u.Completion)
	o.Lit(`,"total_tokens":`).Int(u.Prompt + u.Completion)
	if u.CacheRead > 0 || u.CacheWrite > 0 {
		o.Lit(`,"prompt_tokens_details":{"cached_tokens":`).Int(u.CacheRead)
		o.Lit(`},"cache_read_input_tokens":`).Int(u.CacheRead)
		o.Lit(`,"cache_creation_input_tokens":`).Int(u.CacheWrite)
	}
	if u.Reasoning > 0 {
		o.Lit(`,"completion_tokens_details":{"reasoning_tokens":`).Int(u.Reasoning).Lit(`}`)
	}
	o.Lit(`}`)
}

// The members of a usage object, in the order of usageShape.
const (
	atPrompt = iota
	atInput
	atCompletion
	atOutput
	atTotal
	atPromptDetails
	atCompletionDetails
	atCached
	atNumCached
	atCacheHit
	atCacheRead
	atCacheCreation
	atReasoning
	usageMembers
)

var usageShape = sdk.NewShape(keyPromptTokens, keyInputTokens, keyCompletionTokens, keyOutputTokens, keyTotalTokens, keyPromptDetails,
	keyCompletionDetails, keyCached, keyNumCached, keyCacheHit, keyCacheRead, keyCacheCreation, keyReasoningTokens)

// ReadUsage reads a usage object as OpenAI writes it, or as the vendors of its protocol do.
func ReadUsage(v sdk.Value, endpoint hostabi.Endpoint) sdk.Usage {
	var at [usageMembers]sdk.Value
	usageShape.Read(v, at[:])
	u := sdk.Usage{
		Prompt:     firstCount(at[atPrompt : atInput+1]),
		Completion: firstCount(at[atCompletion : atOutput+1]),
		CacheRead:  at[atPromptDetails].Get(keyCached).Int(),
		CacheWrite: at[atPromptDetails].Get(keyCacheWrite).Int(),
		Reasoning:  at[atCompletionDetails].Get(keyReasoningTokens).Int(),
	}
	if u.CacheRead == 0 {
		u.CacheRead = firstCount(at[atCached : atCacheRead+1])
	}
	if u.CacheWrite == 0 {
		u.CacheWrite = at[atCacheCreation].Int()
	}
	if u.Reasoning == 0 {
		u.Reasoning = at[atReasoning].Int()
	}
	settle(&u, at[atTotal].Int(), endpoint)
	return u
}

// settle books what the total counts beyond prompt and completion: some vendors bill reasoning on top, and some count
// embeddings in the total alone.
func settle(u *sdk.Usage, total int64, endpoint hostabi.Endpoint) {
	if rest := total - u.Prompt - u.Completion; rest > 0 {
		if endpoint == hostabi.Chat || endpoint == hostabi.Completions {
			u.Completion += rest
		} else {
			u.Prompt += rest
		}
	}
	u.CacheRead = min(u.CacheRead, u.Prompt)
}

// firstCount returns the first of the counters that is not zero.
func firstCount(counters []sdk.Value) int64 {
	for _, c := range counters {
		if n := c.Int(); n > 0 {
			return n
		}
	}
	return 0
}
