package chat

import "github.com/sluice-gateway/sluice/sdk"

// Reasons to stop, as OpenAI names them.
const (
	Stop          = "stop"
	Length        = "length"
	ToolCalls     = "tool_calls"
	ContentFilter = "content_filter"
	FunctionCall  = "function_call"
)

var finishReasons = finishTable(map[string][]string{
	Stop: {
		"stop", "STOP", "stop_sequence", "STOP_SEQUENCE", "end_turn", "eos", "eos_token", "EOS_TOKEN", "COMPLETE",
		"complete", "completed", "finished", "done", "pause_turn",
	},
	Length: {
		"length", "max_tokens", "MAX_TOKENS", "max_length", "model_length", "max_output_tokens", "ERROR_LIMIT",
		"model_context_window_exceeded",
	},
	ToolCalls: {"tool_calls", "tool_call", "tool_use", "TOOL_CALL"},
	ContentFilter: {
		"content_filter", "content_filtered", "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
		"ERROR_TOXIC", "guardrail_intervened", "refusal", "sensitive",
	},
	FunctionCall: {"function_call"},
})

func finishTable(words map[string][]string) map[sdk.Atom]string {
	table := map[sdk.Atom]string{}
	for reason, list := range words {
		for _, word := range list {
			table[sdk.Name(word)] = reason
		}
	}
	return table
}

// FinishReason returns OpenAI's word for a vendor's reason to stop, Stop for words it doesn't know, and "" when v is not
// a string or empty: the answer goes on.
func FinishReason(v sdk.Value) string {
	if !v.IsString() || v.Empty() {
		return ""
	}
	if reason, ok := finishReasons[v.Atom()]; ok {
		return reason
	}
	return Stop
}
