package config

import (
	"net/netip"
	"time"
)

// General holds general_settings: who may call the server and what it exposes. Absent keys are zero or nil.
type General struct {
	MasterKey       string // "" = no authentication; LITELLM_MASTER_KEY when the file has none
	KeyHeader       string // header that carries the key instead of Authorization
	CustomAuth      Mention
	MaxRequestSize  *float64
	MaxResponseSize *float64 // both in megabytes, fractions allowed

	CompletionModel string // replaces the model of every chat and completion request
	EmbeddingModel  string
	ModerationModel string

	BlockRobots                bool
	HealthCheckDetails         *bool // nil = true
	AllowClientSideCredentials bool

	// Routes are paths, where {x} stands for a segment and * at the end for any text, or names of groups like
	// LiteLLMRoutes.info_routes.
	PublicRoutes         []Mention // need no key
	AdminOnlyRoutes      []Mention
	AllowedRoutes        []Mention // nil = every route exists
	EnforcedParams       []string  // dotted paths a request body must have
	ServiceAccountParams []string  // the same for keys of service accounts
	EnforceUserParam     bool
	AllowedIPs           []string // addresses or CIDR ranges; empty = all
	UseXForwardedFor     bool
	UserHeader           string // request header that names the end user

	DatabaseURL         string // Postgres; "" = SQLite in the data folder; DATABASE_URL when the file has none
	DatabaseConnections *int
	DatabaseTimeout     *time.Duration
	SpendInterval       *time.Duration // between writes of spend to the database
	SpendRetention      string         // age at which rows of the spend log are deleted, like 30d; "" = never
	NoSpendLogs         bool           // calls count, but have no rows in the spend log
	StorePrompts        bool           // requests and responses are kept in the spend log
	HideMasterKeyHash   bool           // the master key's hash is kept out of the database
	AllowWhenAway       bool           // keys that are known go on while the database is away
	MaxParallel         *int           // requests at once in all
}

var generalFields = table[General]{
	set("master_key", words, func(g *General) *string { return &g.MasterKey }, "key of the proxy admin").guards(ruleOff).hidden().acts(),
	set("litellm_key_header_name", headerName, func(g *General) *string { return &g.KeyHeader }, "request header that carries the key").acts(),
	set("custom_auth", mention, func(g *General) *Mention { return &g.CustomAuth }, "auth plugin that checks keys").guards(ruleOff).acts(),
	known[General]("enable_jwt_auth", yesNo, "accept JSON web tokens as keys").guards(ruleOff),
	known[General]("litellm_jwtauth", pairs, "how claims of a token map to teams and users").guards(ruleOff),
	known[General]("enable_oauth2_auth", yesNo, "check keys with an OAuth 2 introspection endpoint").guards(ruleOff),
	known[General]("enable_oauth2_proxy_auth", yesNo, "trust identity headers of an OAuth 2 proxy").guards(ruleOff),
	known[General]("oauth2_config_mappings", pairs, "which identity header fills which field"),
	known[General]("allow_user_auth", yesNo, "let users sign in with a key of their own"),
	known[General]("user_api_key_cache_ttl", seconds, "how long a key is remembered"),
	set("allow_requests_on_db_unavailable", yesNo, func(g *General) *bool { return &g.AllowWhenAway }, "keys that are known go on while the database is away").acts(),
	known[General]("ui_access_mode", words, "who may use the dashboard").guards(ruleOff),
	known[General]("role_permissions", sequence, "routes and models of each role").guards(ruleOff),
	set("user_header_name", headerName, func(g *General) *string { return &g.UserHeader }, "request header that names the end user").acts(),

	set("public_routes", mentions, func(g *General) *[]Mention { return &g.PublicRoutes }, "routes that need no key").acts(),
	set("admin_only_routes", mentions, func(g *General) *[]Mention { return &g.AdminOnlyRoutes }, "routes for the proxy admin only").guards(ruleOff).acts(),
	set("allowed_routes", mentions, func(g *General) *[]Mention { return &g.AllowedRoutes }, "the only routes that exist").guards(ruleOff).acts(),
	set("enforced_params", texts, func(g *General) *[]string { return &g.EnforcedParams }, "parameters every LLM request must have").guards(ruleOff).acts(),
	set("enforce_user_param", yesNo, func(g *General) *bool { return &g.EnforceUserParam }, "refuse LLM requests without user").guards(ruleOff).acts(),
	set("service_account_settings", serviceAccounts, func(g *General) *[]string { return &g.ServiceAccountParams }, "enforced_params for keys of service accounts").guards(ruleOff).acts(),
	set("allowed_ips", listOf("a list of IP addresses or CIDR ranges", address), func(g *General) *[]string { return &g.AllowedIPs }, "client addresses that may call").guards(ruleOff).acts(),
	set("use_x_forwarded_for", yesNo, func(g *General) *bool { return &g.UseXForwardedFor }, "take the client address from X-Forwarded-For: the last one, which the proxy in front wrote").acts(),
	opt("max_request_size_mb", amount, func(g *General) **float64 { return &g.MaxRequestSize }, "largest request body in megabytes").guards(limitOff).acts(),
	opt("max_response_size_mb", amount, func(g *General) **float64 { return &g.MaxResponseSize }, "largest response body in megabytes").guards(limitOff).acts(),
	set("block_robots", yesNo, func(g *General) *bool { return &g.BlockRobots }, "serve a robots.txt that keeps crawlers out").acts(),
	set("allow_client_side_credentials", yesNo, func(g *General) *bool { return &g.AllowClientSideCredentials }, "let requests bring their own api_base"),
	known[General]("forward_openai_org_id", yesNo, "pass the client's OpenAI-Organization header on"),
	known[General]("forward_client_headers_to_llm_api", yesNo, "pass the client's x- headers on"),
	known[General]("pass_through_endpoints", sequence, "paths handed to other servers as they are"),
	known[General]("use_client_credentials_pass_through_routes", yesNo, "let pass-through requests bring provider credentials"),

	set("completion_model", words, func(g *General) *string { return &g.CompletionModel }, "model of every chat and completion request").acts(),
	set("embedding_model", words, func(g *General) *string { return &g.EmbeddingModel }, "model of every embedding request").acts(),
	set("moderation_model", words, func(g *General) *string { return &g.ModerationModel }, "model of every moderation request").acts(),
	known[General]("image_generation_model", words, "model of every image request"),
	known[General]("infer_model_from_keys", yesNo, "offer the models whose provider keys are in the environment"),
	known[General]("store_model_in_db", yesNo, "keep models and settings in the database too"),

	known[General]("max_parallel_requests", count, "parallel requests per key").guards(limitOff),
	opt("global_max_parallel_requests", count, func(g *General) **int { return &g.MaxParallel }, "parallel requests in all").acts().guards(limitOff),
	known[General]("disable_retry_on_max_parallel_request_limit_error", yesNo, "do not retry what a parallel limit refused"),

	set("database_url", words, func(g *General) *string { return &g.DatabaseURL }, "Postgres connection").acts().hidden(),
	opt("database_connection_pool_limit", count, func(g *General) **int { return &g.DatabaseConnections }, "connections to Postgres").acts(),
	opt("database_connection_timeout", seconds, func(g *General) **time.Duration { return &g.DatabaseTimeout }, "wait for a connection to Postgres").acts(),
	known[General]("disable_prisma_schema_update", yesNo, "leave the tables as they are"),
	opt("proxy_batch_write_at", seconds, func(g *General) **time.Duration { return &g.SpendInterval }, "pause between writes of spend").acts(),
	known[General]("proxy_budget_rescheduler_min_time", seconds, "shortest pause between budget resets"),
	known[General]("proxy_budget_rescheduler_max_time", seconds, "longest pause between budget resets"),
	set("disable_spend_logs", yesNo, func(g *General) *bool { return &g.NoSpendLogs }, "write no spend log").acts(),
	known[General]("disable_reset_budget", yesNo, "never reset budgets"),
	set("disable_adding_master_key_hash_to_db", yesNo, func(g *General) *bool { return &g.HideMasterKeyHash }, "keep the master key's hash out of the database").acts(),
	set("store_prompts_in_spend_logs", yesNo, func(g *General) *bool { return &g.StorePrompts }, "keep requests and responses in the spend log").acts(),
	known[General]("disable_error_logs", yesNo, "write no error log"),
	set("maximum_spend_logs_retention_period", period, func(g *General) *string { return &g.SpendRetention }, "age at which spend logs are deleted, like 30d").acts(),
	known[General]("maximum_spend_logs_retention_interval", words, "pause between deletions, like 1d"),
	known[General]("use_redis_transaction_buffer", yesNo, "collect spend in Redis before it is written"),

	known[General]("background_health_checks", yesNo, "call every deployment regularly"),
	known[General]("health_check_interval", seconds, "pause between health checks"),
	opt("health_check_details", yesNo, func(g *General) **bool { return &g.HealthCheckDetails }, "show parameters of deployments in /health").acts(),

	known[General]("alerting", texts, "where alerts go, like slack"),
	known[General]("alerting_threshold", seconds, "age at which a request counts as hanging"),
	known[General]("alert_types", texts, "alerts that are sent"),
	known[General]("alert_to_webhook_url", pairs, "webhooks per alert type").hidden(),
	known[General]("alerting_args", pairs, "settings of alerting"),
	known[General]("spend_report_frequency", words, "pause between spend reports, like 7d"),

	known[General]("key_management_system", words, "secret manager that resolves os.environ/ references"),
	known[General]("key_management_settings", pairs, "settings of the secret manager"),
	known[General]("use_google_kms", yesNo, "decrypt secrets with Google KMS"),
	known[General]("use_azure_key_vault", yesNo, "read secrets from Azure Key Vault"),
	known[General]("use_aws_secret_manager", yesNo, "read secrets from AWS Secrets Manager"),

	known[General]("disable_master_key_return", yesNo, "keep the master key out of the dashboard login").guards(ruleOff),
	known[General]("default_team_disabled", yesNo, "refuse keys without a team").guards(ruleOff),
	known[General]("custom_sso", words, "Python function for single sign-on"),
	known[General]("custom_key_generate", words, "Python function that judges new keys").guards(ruleOff),
	known[General]("custom_key_update", words, "Python function that judges changed keys").guards(ruleOff),
}

var serviceAccounts = reader[[]string]{"a mapping with enforced_params", func(d *diagnosis, n *node) ([]string, bool) {
	var params []string
	table[[]string]{
		set("enforced_params", texts, func(s *[]string) *[]string { return s }, "parameters every LLM request must have").guards(ruleOff).acts(),
	}.section(d, n, &params)
	return params, true
}}

var address = scalarReader("an IP address or CIDR range", func(n *node) (string, bool) {
	if _, err := netip.ParsePrefix(n.text); err == nil {
		return n.text, true
	}
	_, err := netip.ParseAddr(n.text)
	return n.text, err == nil
})
