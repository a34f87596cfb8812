package provider

import "github.com/sluice-gateway/sluice/hostabi/tape"

// gatewayKeys are members of a request that are meant for the gateway. They are cut out before a plugin or an upstream
// sees the request; some hold credentials.
var gatewayKeys = intern(
	"metadata", "litellm_metadata", "user_config", "api_key", "api_base", "base_url", "api_version",
	"organization", "azure_ad_token", "fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "disable_fallbacks",
	"num_retries", "max_retries", "timeout", "request_timeout", "stream_timeout", "cache", "caching", "no-log", "tags",
	"guardrails", "permissions", "mock_response", "mock_tool_calls", "mock_timeout", "mock_delay", "mock_testing_fallbacks",
	"mock_testing_context_fallbacks", "mock_testing_content_policy_fallbacks", "mock_testing_rate_limit_error",
	"fastest_response", "priority", "drop_params", "additional_drop_params", "allowed_openai_params",
	"user_continue_message", "litellm_trace_id", "litellm_session_id", "litellm_call_id", "litellm_credential_name",
	"custom_llm_provider", "model_info", "enforced_params", "proxy_server_request", "extra_headers", "extra_body",
	"configurable_clientside_auth_params",
)

var keyDropParams = tape.MustIntern("drop_params")

func intern(names ...string) []tape.Atom {
	atoms := make([]tape.Atom, len(names))
	for i, n := range names {
		atoms[i] = tape.MustIntern(n)
	}
	return atoms
}
