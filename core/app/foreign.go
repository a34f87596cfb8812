package app

import (
	"slices"

	"github.com/sluice-gateway/sluice/config"
)

// foreignGuards and foreignLoggers are what LiteLLM knows under these names in callbacks, and nothing here does.
var (
	foreignGuards = []string{
		"hide_secrets", "llmguard_moderations", "llamaguard_moderations", "google_text_moderation", "blocked_user_check",
		"banned_keywords", "presidio", "lakera_prompt_injection", "detect_prompt_injection", "openai_moderations",
		"aporia_prompt_injection", "max_budget_limiter", "batch_redis_requests",
	}
	foreignLoggers = []string{
		"langfuse", "langfuse_otel", "langsmith", "langtrace", "lunary", "helicone", "traceloop", "otel", "arize", "arize_phoenix", "galileo",
		"openmeter", "datadog", "datadog_llm_observability", "sentry", "posthog", "slack", "athina", "supabase",
		"s3", "s3_v2", "gcs_bucket", "gcs_pubsub", "azure_storage", "azure_sentinel", "dynamodb", "sqs", "aws_sqs", "kafka", "logfire",
		"literalai", "argilla", "opik", "humanloop", "mlflow", "braintrust", "wandb", "promptlayer", "greenscale", "deepeval",
		"resend_email", "smtp_email", "email", "generic_api", "generic", "custom_api", "cloudzero", "vector_store_pre_call_hook", "anthropic_cache_control_hook",
		"dynamic_rate_limiter", "dynamic_rate_limiter_v3", "responsible_ai", "agentops", "bitbucket", "gitlab", "dotprompt", "pagerduty",
	}
)

// foreign reports a callback that is no plugin, unless it is the one for metrics. Where guards are named too it may be one
// that its author counts on.
func (p *planner) foreign(m config.Mention, guards bool) {
	if m.Name != metricsCallback {
		p.report(p.stranger(m, guards))
	}
}

func (p *planner) stranger(m config.Mention, guards bool) config.Finding {
	kinds := []string{"observer"}
	if guards {
		kinds = append(kinds, "guard")
	}
	switch {
	case slices.Contains(foreignGuards, m.Name):
		return m.At.Finding(config.Warning, "there is no plugin %s yet: this guard does NOT run", m.Name)
	case slices.Contains(foreignLoggers, m.Name):
		return m.At.Finding(config.Notice, "%s is not acted on yet", m.Name)
	}
	f := m.At.Finding(config.Warning, "no plugin is called %q: if it is a guard, it does NOT run", m.Name)
	if !guards {
		f = m.At.Finding(config.Warning, "no observer plugin is called %q", m.Name)
	}
	loggers := append(slices.Clip(foreignLoggers), metricsCallback)
	f = f.Meaning(m.Name, slices.Concat(p.namesOf(kinds...), loggers, foreignGuards))
	if guards && f.Suggestion != "" && !slices.Contains(loggers, f.Suggestion) {
		f.Level, f.Message = config.Error, "no plugin is called \""+m.Name+"\""
	}
	return f
}
