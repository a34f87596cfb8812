package chat

import "github.com/sluice-gateway/sluice/sdk"

// Member adds a member to the choice's message that OpenAI doesn't have; the caller writes its value next. It comes after
// reasoning and before tool calls. For completions, which have no message, it returns nil.
func (r *Reply) Member(key string) *sdk.Out {
	r.leaveText()
	if r.text {
		return nil
	}
	r.leaveReasoning()
	return r.out.Lit(`,"`).Lit(key).Lit(`":`)
}
