package config

import (
	"cmp"
	"slices"
	"time"
)

// Router holds router_settings, completed with the same settings of litellm_settings. Absent keys are zero or nil.
type Router struct {
	Strategy      Mention        // simple-shuffle, which "" stands for, or a router plugin; other strategies of LiteLLM are not acted on
	NumRetries    *int           // nil = the router's default
	Timeout       *time.Duration // nil or 0 = the default of 6000 seconds
	StreamTimeout *time.Duration // nil or 0 = Timeout
	RetryAfter    *time.Duration // shortest pause before a retry
	Aliases       []Alias        // model_group_alias, in file order
	SetVerbose    bool
	redis         Redis
	Reliability
}

// Alias lets requests for Name go to the model group Model; a Hidden one is not listed.
type Alias struct {
	Name, Model string
	Hidden      bool
}

// Fallback names the model groups tried in order when Model fails; Model "*" stands for any.
type Fallback struct {
	Model string
	To    []string
}

// SimpleShuffle is the routing strategy the gateway has.
const SimpleShuffle = "simple-shuffle"

// Strategies are LiteLLM's routing strategies.
var Strategies = []string{
	SimpleShuffle, "least-busy", "usage-based-routing", "usage-based-routing-v2", "latency-based-routing", "cost-based-routing",
}

var routerFields = concat(table[Router]{
	set("routing_strategy", strategy, func(r *Router) *Mention { return &r.Strategy }, "how a deployment is chosen").acts(),
	known[Router]("routing_strategy_args", pairs, "settings of the strategy"),
	set("redis_host", words, func(r *Router) *string { return &r.redis.Host }, "Redis that shares limits, budgets and news of changed keys between instances").acts(),
	set("redis_port", count, func(r *Router) *int { return &r.redis.Port }, "port of Redis").acts(),
	set("redis_password", words, func(r *Router) *string { return &r.redis.Password }, "password of Redis").hidden().acts(),
	set("redis_url", words, func(r *Router) *string { return &r.redis.URL }, "address of Redis, all in one").hidden().acts(),
	known[Router]("cache_responses", yesNo, "answer repeated requests from a cache"),
	known[Router]("caching_groups", sequence, "model groups that share cached answers"),
	known[Router]("client_ttl", seconds, "how long HTTP clients are kept"),
	set("model_group_alias", aliases, func(r *Router) *[]Alias { return &r.Aliases }, "other names of model groups").acts(),
	opt("num_retries", count, func(r *Router) **int { return &r.NumRetries }, "retries of a failed call").acts(),
	opt("retry_after", seconds, func(r *Router) **time.Duration { return &r.RetryAfter }, "shortest pause before a retry").acts(),
	known[Router]("retry_policy", limits, "retries per kind of error"),
	known[Router]("model_group_retry_policy", mapOf("a mapping of models to retry policies", limits), "retries per model and kind of error"),
	known[Router]("max_fallbacks", count, "fallbacks that may follow each other"),
	opt("timeout", seconds, func(r *Router) **time.Duration { return &r.Timeout }, "time a call may take").acts(),
	opt("stream_timeout", seconds, func(r *Router) **time.Duration { return &r.StreamTimeout }, "time a streamed call may take").acts(),
	known[Router]("allowed_fails_policy", limits, "failures per kind of error before a deployment cools down"),
	known[Router]("disable_cooldowns", yesNo, "never leave a failing deployment alone"),
	known[Router]("enable_pre_call_checks", yesNo, "skip deployments a request does not fit"),
	known[Router]("optional_pre_call_checks", texts, "further checks, like prompt_caching"),
	known[Router]("enable_tag_filtering", yesNo, "choose deployments by tags").guards(ruleOff),
	known[Router]("tag_filtering_match_any", yesNo, "one shared tag is enough"),
	known[Router]("default_litellm_params", pairs, "parameters of every deployment").hidden(),
	known[Router]("default_max_parallel_requests", count, "parallel requests per deployment").guards(limitOff),
	known[Router]("provider_budget_config", pairs, "dollars that may be spent per provider").guards(limitOff),
	set("set_verbose", yesNo, func(r *Router) *bool { return &r.SetVerbose }, "log more").acts(),
	known[Router]("debug_level", words, "log level"),
}, reliabilityFields(func(r *Router) *Reliability { return &r.Reliability }))

// strategy also tells when the strategy asked for is not there yet. Whether a name that LiteLLM doesn't have is a plugin's
// is not known here.
var strategy = reader[Mention]{oneOf(Strategies...).want + ", or the name of a router plugin", func(d *diagnosis, n *node) (Mention, bool) {
	m, ok := mention.read(d, n)
	if ok && m.Name != SimpleShuffle && slices.Contains(Strategies, m.Name) {
		d.noticef(n.place, "%s is not acted on yet: %s is used", m.Name, SimpleShuffle)
	}
	return m, ok
}}

// aliases reads {alias: model} and {alias: {model: model, hidden: true}}.
var aliases = reader[[]Alias]{"a mapping of aliases to models", func(d *diagnosis, n *node) ([]Alias, bool) {
	if _, ok := pairs.read(d, n); !ok {
		return nil, false
	}
	var all []Alias
	for _, e := range n.entries {
		a := Alias{Name: e.key}
		if e.value.kind == mapping {
			aliasFields.section(d, e.value, &a)
		} else {
			a.Model, _ = words.read(d, e.value)
		}
		if a.Model == "" && e.value.kind != list {
			d.errorf(e.value.place, "the alias names no model")
		}
		all = append(all, a)
	}
	return all, true
}}

var aliasFields = table[Alias]{
	set("model", words, func(a *Alias) *string { return &a.Model }, "model group").acts(),
	set("hidden", yesNo, func(a *Alias) *bool { return &a.Hidden }, "leave the alias out of lists").acts(),
}

// fallbacks reads [{model: [fallback, …]}, …].
var fallbacks = reader[[]Fallback]{"a list of mappings of a model to its fallbacks", func(d *diagnosis, n *node) ([]Fallback, bool) {
	if _, ok := sequence.read(d, n); !ok {
		return nil, false
	}
	var all []Fallback
	for _, item := range n.items {
		if _, ok := pairs.read(d, item); !ok {
			continue
		}
		for _, e := range item.entries {
			to, _ := texts.read(d, e.value)
			all = append(all, Fallback{Model: e.key, To: to})
		}
	}
	return all, true
}}

// complete fills what the router settings leave open from litellm_settings.
func (r *Router) complete(l *LiteLLM) {
	r.NumRetries = cmp.Or(r.NumRetries, l.NumRetries)
	r.Timeout = cmp.Or(r.Timeout, l.RequestTimeout)
	r.AllowedFails = cmp.Or(r.AllowedFails, l.AllowedFails)
	r.CooldownTime = cmp.Or(r.CooldownTime, l.CooldownTime)
	r.Fallbacks = firstSet(r.Fallbacks, l.Fallbacks)
	r.DefaultFallbacks = firstSet(r.DefaultFallbacks, l.DefaultFallbacks)
	r.ContextWindowFallbacks = firstSet(r.ContextWindowFallbacks, l.ContextWindowFallbacks)
	r.ContentPolicyFallbacks = firstSet(r.ContentPolicyFallbacks, l.ContentPolicyFallbacks)
}

func firstSet[S ~[]E, E any](a, b S) S {
	if a != nil {
		return a
	}
	return b
}
