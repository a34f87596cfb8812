package relay

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// count reports the usage that a document carries and returns that object: the member usage, or the one inside Groq's
// own. It doesn't exist when there is none.
func (s *State) count(c *sdk.Call, usage, groq sdk.Value) sdk.Value {
	if !usage.IsObject() {
		usage = groq.Get(keyUsage)
	}
	if !usage.IsObject() {
		return sdk.Value{}
	}
	s.usage = readUsage(usage, c.Endpoint())
	c.Usage(s.usage)
	return usage
}

func readUsage(v sdk.Value, endpoint hostabi.Endpoint) sdk.Usage {
	u := sdk.Usage{
		Prompt:     firstCount(v, keyPromptTokens, keyInputTokens),
		Completion: firstCount(v, keyCompletionTokens, keyOutputTokens),
		CacheRead:  v.Get(keyPromptDetails).Get(keyCached).Int(),
		CacheWrite: v.Get(keyPromptDetails).Get(keyCacheWrite).Int(),
		Reasoning:  v.Get(keyCompletionDetails).Get(keyReasoningTokens).Int(),
	}
	if u.CacheRead == 0 {
		u.CacheRead = firstCount(v, keyCached, keyNumCached, keyCacheHit, keyCacheRead)
	}
	if u.CacheWrite == 0 {
		u.CacheWrite = v.Get(keyCacheCreation).Int()
	}
	if u.Reasoning == 0 {
		u.Reasoning = v.Get(keyReasoningTokens).Int()
	}
	settle(&u, v.Get(keyTotalTokens).Int(), endpoint)
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
func firstCount(v sdk.Value, keys ...sdk.Atom) int64 {
	for _, key := range keys {
		if n := v.Get(key).Int(); n > 0 {
			return n
		}
	}
	return 0
}
