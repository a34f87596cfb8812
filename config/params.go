package config

import (
	"encoding/json"
	"strings"
	"time"
)

// draft is a Params in the making.
type draft struct {
	Params
	baseURL               string
	headers, extraHeaders []Pair
	organizations         []string
	defaults              object
}

var paramFields = concat(table[draft]{
	set("model", words, func(p *draft) *string { return &p.Model }, "provider and model to call").acts(),
	set("api_key", words, func(p *draft) *string { return &p.APIKey }, "key for the provider").hidden().acts(),
	set("api_base", endpoint, func(p *draft) *string { return &p.APIBase }, "address of the provider").acts(),
	set("base_url", endpoint, func(p *draft) *string { return &p.baseURL }, "the same as api_base, which it beats").acts(),
	set("api_version", words, func(p *draft) *string { return &p.APIVersion }, "version of the provider's API").acts(),
	set("organization", texts, func(p *draft) *[]string { return &p.organizations }, "OpenAI organization; a list makes one deployment each").acts(),
	set("azure_ad_token", words, func(p *draft) *string { return &p.AzureADToken }, "token for Azure").hidden().acts(),
	set("custom_llm_provider", words, func(p *draft) *string { return &p.CustomProvider }, "provider, when model has no prefix").acts(),
	set("litellm_credential_name", words, func(p *draft) *string { return &p.CredentialName }, "entry of credential_list to fill in").acts(),

	opt("rpm", count, func(p *draft) **int { return &p.RPM }, "requests per minute").acts(),
	opt("tpm", count, func(p *draft) **int { return &p.TPM }, "tokens per minute").acts(),
	opt("weight", amount, func(p *draft) **float64 { return &p.Weight }, "share of the group's requests").acts(),
	opt("order", anyInt, func(p *draft) **int { return &p.Order }, "lower ones are preferred"),
	opt("max_parallel_requests", count, func(p *draft) **int { return &p.MaxParallelRequests }, "parallel requests").guards(limitOff),
	opt("timeout", seconds, func(p *draft) **time.Duration { return &p.Timeout }, "time a call may take").acts(),
	opt("stream_timeout", seconds, func(p *draft) **time.Duration { return &p.StreamTimeout }, "time a streamed call may take").acts(),
	opt("num_retries", count, func(p *draft) **int { return &p.NumRetries }, "retries of a failed call").acts(),
	opt("max_retries", count, func(p *draft) **int { return &p.MaxRetries }, "retries of the HTTP client").acts(),
	opt("cooldown_time", seconds, func(p *draft) **time.Duration { return &p.CooldownTime }, "how long it is left alone after failures"),
	set("tags", texts, func(p *draft) *[]string { return &p.Tags }, "tags for routing"),
	set("region_name", words, func(p *draft) *string { return &p.RegionName }, "region for routing"),

	set("headers", headers, func(p *draft) *[]Pair { return &p.headers }, "headers of the upstream call").acts(),
	set("extra_headers", headers, func(p *draft) *[]Pair { return &p.extraHeaders }, "headers of the upstream call").acts(),
	set("extra_body", rawObject, func(p *draft) *json.RawMessage { return &p.ExtraBody }, "members added to the upstream body").acts(),
	opt("drop_params", yesNo, func(p *draft) **bool { return &p.DropParams }, "drop parameters the provider does not support").acts(),
	set("additional_drop_params", texts, func(p *draft) *[]string { return &p.AdditionalDropParams }, "further parameters to drop").acts(),
	set("allowed_openai_params", texts, func(p *draft) *[]string { return &p.AllowedOpenAIParams }, "parameters to send in any case").acts(),
	opt("supports_system_message", yesNo, func(p *draft) **bool { return &p.SupportsSystemMessage }, "false = merge system messages into others").acts(),
	set("configurable_clientside_auth_params", clientSide, func(p *draft) *[]ClientSideParam { return &p.ClientSideAuth }, "credentials a request may bring"),

	opt("max_budget", amount, func(p *draft) **float64 { return &p.MaxBudget }, "dollars that may be spent").guards(limitOff),
	set("budget_duration", words, func(p *draft) *string { return &p.BudgetDuration }, "when the budget starts anew, like 30d").guards(limitOff),
	set("mock_response", words, func(p *draft) *string { return &p.MockResponse }, "answer given without a call"),
	known[draft]("mock_timeout", yesNo, "time out without a call"),
	known[draft]("mock_delay", seconds, "pause before a mocked answer"),
	known[draft]("mock_tool_calls", sequence, "tool calls given without a call"),
	known[draft]("guardrails", sequence, "guards of this model").guards(guardOff),
	known[draft]("use_in_pass_through", yesNo, "lend the credentials to pass-through routes"),
	known[draft]("merge_reasoning_content_in_choices", yesNo, "put reasoning into the content"),
	known[draft]("roles", pairs, "prompt template: text around messages"),
	known[draft]("initial_prompt_value", words, "prompt template: text at the beginning"),
	known[draft]("final_prompt_value", words, "prompt template: text at the end"),
	known[draft]("bos_token", words, "prompt template: beginning of a sequence"),
	known[draft]("eos_token", words, "prompt template: end of a sequence"),
	known[draft]("metadata", pairs, "data for logs"),
	known[draft]("cache_control_injection_points", sequence, "where prompt caching begins"),
	known[draft]("ssl_verify", anything, "check the provider's certificate"),
}, priceFields(), providerFields, requestFields)

// providerFields are settings of single providers; they name credentials and places, and are no request parameters.
var providerFields = table[draft]{
	known[draft]("tenant_id", words, "Azure AD tenant"),
	known[draft]("client_id", words, "Azure AD application"),
	known[draft]("client_secret", words, "Azure AD secret").hidden(),
	known[draft]("azure_ad_token_provider", words, "Python function that gives Azure tokens"),
	known[draft]("azure_username", words, "Azure AD user"),
	known[draft]("azure_password", words, "Azure AD password").hidden(),
	known[draft]("azure_scope", words, "Azure AD scope"),
	known[draft]("aws_access_key_id", words, "AWS access key").hidden(),
	known[draft]("aws_secret_access_key", words, "AWS secret").hidden(),
	known[draft]("aws_session_token", words, "AWS session token").hidden(),
	known[draft]("aws_region_name", words, "AWS region"),
	known[draft]("aws_session_name", words, "AWS session"),
	known[draft]("aws_profile_name", words, "AWS profile"),
	known[draft]("aws_role_name", words, "AWS role"),
	known[draft]("aws_web_identity_token", words, "AWS web identity").hidden(),
	known[draft]("aws_sts_endpoint", words, "address of AWS STS"),
	known[draft]("aws_external_id", words, "AWS external id"),
	known[draft]("aws_bedrock_runtime_endpoint", words, "address of Bedrock"),
	known[draft]("vertex_project", words, "Google Cloud project"),
	known[draft]("vertex_location", words, "Google Cloud region"),
	known[draft]("vertex_credentials", anything, "Google Cloud service account").hidden(),
	known[draft]("vertex_ai_project", words, "Google Cloud project"),
	known[draft]("vertex_ai_location", words, "Google Cloud region"),
	known[draft]("vertex_ai_credentials", anything, "Google Cloud service account").hidden(),
	known[draft]("watsonx_region_name", words, "watsonx region"),
	known[draft]("hf_model_name", words, "Hugging Face model whose prompt template is used"),
}

// endpoint reads an address; one that cannot work is only warned about, since samples have placeholders.
var endpoint = reader[string]{"a URL", func(d *diagnosis, n *node) (string, bool) {
	s, ok := words.read(d, n)
	if ok && s != "" && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		d.warnf(n.place, "not a URL with http:// or https://")
	}
	return s, ok
}}

var rawObject = reader[json.RawMessage]{"a mapping", func(d *diagnosis, n *node) (json.RawMessage, bool) {
	_, ok := pairs.read(d, n)
	return jsonOf(n), ok
}}
