package config

import (
	"encoding/json"
	"time"
)

// LiteLLM holds litellm_settings: behaviour of the library LiteLLM is built on. Absent keys are zero or nil.
type LiteLLM struct {
	NumRetries     *int           // also in Router.NumRetries unless set there
	RequestTimeout *time.Duration // also in Router.Timeout unless set there
	DropParams     bool           // drop parameters a provider does not support instead of refusing them
	SetVerbose     bool
	JSONLogs       bool
	// MetricsWithoutEndUsers leaves out for whom requests are made; MetricsNeedKey asks for a key at /metrics.
	MetricsWithoutEndUsers, MetricsNeedKey bool
	// Names of guard and observer plugins, or of what LiteLLM has under those names.
	Callbacks, SuccessCallbacks, FailureCallbacks []Mention

	MaxBudget      *float64 // dollars that may be spent in all, in each BudgetDuration if there is one
	BudgetDuration string
	AuditLog       bool
	// NoCustomerSpend does not count what is spent for end users; MaxCustomerBudget, in dollars, holds for those without a
	// budget of their own.
	NoCustomerSpend   bool
	MaxCustomerBudget *float64
	// DefaultUserParams are members of /user/new that hold when a request does not say, and available_teams.
	DefaultUserParams json.RawMessage
	cache             bool
	cacheParams       cacheParams
	// Members of /key/generate: what holds when a request does not say, and the most that it may say.
	DefaultKeyParams, UpperboundKeyParams json.RawMessage
	Reliability
}

// Reliability holds the settings that may stand in litellm_settings and in router_settings, which win.
type Reliability struct {
	AllowedFails           *int
	CooldownTime           *time.Duration
	Fallbacks              []Fallback
	DefaultFallbacks       []string
	ContextWindowFallbacks []Fallback
	ContentPolicyFallbacks []Fallback
}

var litellmFields = concat(table[LiteLLM]{
	opt("num_retries", count, func(l *LiteLLM) **int { return &l.NumRetries }, "retries of a failed call").acts(),
	opt("request_timeout", seconds, func(l *LiteLLM) **time.Duration { return &l.RequestTimeout }, "time a call may take").acts(),
	known[LiteLLM]("force_ipv4", yesNo, "call providers over IPv4 only"),
	set("drop_params", yesNo, func(l *LiteLLM) *bool { return &l.DropParams }, "drop parameters a provider does not support").acts(),
	known[LiteLLM]("modify_params", yesNo, "rewrite messages a provider would refuse"),
	known[LiteLLM]("add_function_to_prompt", yesNo, "describe functions in the prompt"),
	known[LiteLLM]("model_alias_map", pairs, "other names of models"),
	set("set_verbose", yesNo, func(l *LiteLLM) *bool { return &l.SetVerbose }, "log more").acts(),
	set("json_logs", yesNo, func(l *LiteLLM) *bool { return &l.JSONLogs }, "log JSON").acts(),
	known[LiteLLM]("disable_hf_tokenizer_download", yesNo, "never download tokenizers"),

	set("callbacks", mentions, func(l *LiteLLM) *[]Mention { return &l.Callbacks }, "guard and observer plugins that run on every request").guards(guardOff).acts(),
	set("success_callback", mentions, func(l *LiteLLM) *[]Mention { return &l.SuccessCallbacks }, "observer plugins of successful calls").acts(),
	set("failure_callback", mentions, func(l *LiteLLM) *[]Mention { return &l.FailureCallbacks }, "observer plugins of failed calls").acts(),
	known[LiteLLM]("service_callbacks", texts, "loggers of Redis and database calls"),
	known[LiteLLM]("turn_off_message_logging", yesNo, "keep messages out of logs").guards(ruleOff),
	known[LiteLLM]("redact_user_api_key_info", yesNo, "keep key, user and team out of logs").guards(ruleOff),
	known[LiteLLM]("langfuse_default_tags", texts, "tags of every trace"),
	set("disable_end_user_cost_tracking", yesNo, func(l *LiteLLM) *bool { return &l.NoCustomerSpend }, "do not track spend of end users").acts(),
	set("disable_end_user_cost_tracking_prometheus_only", yesNo, func(l *LiteLLM) *bool { return &l.MetricsWithoutEndUsers }, "do not label metrics with end users").acts(),
	set("require_auth_for_metrics_endpoint", yesNo, func(l *LiteLLM) *bool { return &l.MetricsNeedKey }, "ask for a key at /metrics").guards(ruleOff).acts(),
	known[LiteLLM]("custom_prometheus_metadata_labels", texts, "metadata fields that become metric labels"),
	set("store_audit_logs", yesNo, func(l *LiteLLM) *bool { return &l.AuditLog }, "record who changed keys, teams and models").acts().guards(ruleOff),

	set("cache", yesNo, func(l *LiteLLM) *bool { return &l.cache }, "answer repeated requests from a cache"),
	set("cache_params", readCacheParams, func(l *LiteLLM) *cacheParams { return &l.cacheParams }, "where Redis is, as for router_settings; other settings of the cache").hidden().acts(),
	known[LiteLLM]("enable_caching_on_provider_specific_optional_params", yesNo, "let provider parameters take part in the cache key"),

	opt("max_budget", amount, func(l *LiteLLM) **float64 { return &l.MaxBudget }, "dollars that may be spent in all").acts().guards(limitOff),
	set("budget_duration", period, func(l *LiteLLM) *string { return &l.BudgetDuration }, "when max_budget starts anew, like 30d").acts().guards(limitOff),
	known[LiteLLM]("default_team_settings", sequence, "callbacks per team"),
	set("default_key_generate_params", rawObject, func(l *LiteLLM) *json.RawMessage { return &l.DefaultKeyParams }, "what a new key gets").acts(),
	set("upperbound_key_generate_params", rawObject, func(l *LiteLLM) *json.RawMessage { return &l.UpperboundKeyParams }, "the most a new key may ask for").acts().guards(limitOff),
	known[LiteLLM]("key_generation_settings", pairs, "who may make keys").guards(ruleOff),
	set("default_internal_user_params", rawObject, func(l *LiteLLM) *json.RawMessage { return &l.DefaultUserParams }, "what a new user gets").acts(),
	known[LiteLLM]("max_internal_user_budget", amount, "dollars a new user may spend").guards(limitOff),
	known[LiteLLM]("default_max_internal_user_budget", amount, "dollars a new user may spend").guards(limitOff),
	known[LiteLLM]("internal_user_budget_duration", words, "when a user's budget starts anew, like 30d").guards(limitOff),
	opt("max_end_user_budget", amount, func(l *LiteLLM) **float64 { return &l.MaxCustomerBudget }, "dollars an end user may spend").acts().guards(limitOff),
	known[LiteLLM]("max_user_budget", amount, "dollars a user may spend").guards(limitOff),

	known[LiteLLM]("public_model_groups", texts, "models of the public hub"),
	known[LiteLLM]("public_model_groups_links", pairs, "links shown in the public hub"),
	known[LiteLLM]("network_mock", yesNo, "answer calls without a network"),
	known[LiteLLM]("enable_json_schema_validation", yesNo, "check answers against response_format").guards(ruleOff),
}, guardFields(), reliabilityFields(func(l *LiteLLM) *Reliability { return &l.Reliability }))

// guardFields declares the settings of the guards that callbacks can name.
func guardFields() table[LiteLLM] {
	fields := table[LiteLLM]{
		known[LiteLLM]("guardrails", sequence, "guards in the older notation").guards(guardOff),
		known[LiteLLM]("blocked_user_list", texts, "users that are refused: a list, or a file with one per line").guards(guardOff),
		known[LiteLLM]("banned_keywords_list", texts, "words that are refused: a list, or a file with one per line").guards(guardOff),
		known[LiteLLM]("llm_guard_mode", oneOf("all", "key-specific", "request-specific"), "which requests LLM Guard checks").guards(guardOff),
		known[LiteLLM]("llamaguard_model_name", words, "model that judges messages").guards(guardOff),
		known[LiteLLM]("llamaguard_unsafe_content_categories", words, "file with the categories it judges by").guards(guardOff),
		known[LiteLLM]("google_moderation_confidence_threshold", share, "confidence above which a text is refused").guards(guardOff),
		known[LiteLLM]("presidio_ad_hoc_recognizers", words, "file with recognizers for Presidio").guards(guardOff),
		known[LiteLLM]("output_parse_pii", yesNo, "put masked values back into answers").guards(guardOff),
	}
	for _, category := range moderationCategories {
		doc := "confidence above which " + category + " text is refused"
		fields = append(fields,
			known[LiteLLM](category+"_confidence_threshold", share, doc).guards(guardOff),
			known[LiteLLM](category+"_threshold", share, doc).guards(guardOff))
	}
	return fields
}

// moderationCategories are those of Google's text moderation.
var moderationCategories = []string{
	"toxic", "insult", "profanity", "derogatory", "sexual", "death_harm_and_tragedy", "violent", "firearms_and_weapons",
	"public_safety", "health", "religion_and_belief", "illicit_drugs", "war_and_conflict", "politics", "finance", "legal",
}

// reliabilityFields declares the keys of a Reliability inside a T.
func reliabilityFields[T any](in func(*T) *Reliability) table[T] {
	return table[T]{
		opt("allowed_fails", count, func(t *T) **int { return &in(t).AllowedFails }, "failures a minute before a deployment cools down"),
		opt("cooldown_time", seconds, func(t *T) **time.Duration { return &in(t).CooldownTime }, "how long a failing deployment is left alone"),
		set("fallbacks", fallbacks, func(t *T) *[]Fallback { return &in(t).Fallbacks }, "models tried when one fails"),
		set("default_fallbacks", texts, func(t *T) *[]string { return &in(t).DefaultFallbacks }, "models tried when any model fails"),
		set("context_window_fallbacks", fallbacks, func(t *T) *[]Fallback { return &in(t).ContextWindowFallbacks }, "models tried when a prompt is too long"),
		set("content_policy_fallbacks", fallbacks, func(t *T) *[]Fallback { return &in(t).ContentPolicyFallbacks }, "models tried when a provider refuses the content"),
	}
}

func concat[T any](tables ...table[T]) table[T] {
	var all table[T]
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}
