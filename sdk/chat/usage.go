package chat

import "github.com/sluice-gateway/sluice/sdk"

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
