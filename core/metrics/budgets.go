package metrics

import (
	"time"
)

// budgetMetrics are the names for one kind of budget; "" = there is no such metric.
var budgetMetrics = []struct {
	kind, remaining, max, hours string
	labels                      func(b *Budget) []string
}{
	{TeamBudget, "litellm_remaining_team_budget_metric", "litellm_team_max_budget_metric", "litellm_team_budget_remaining_hours_metric",
		func(b *Budget) []string { return []string{"team", b.ID, "team_alias", b.Alias} }},
	{KeyBudget, "litellm_remaining_api_key_budget_metric", "litellm_api_key_max_budget_metric", "litellm_api_key_budget_remaining_hours_metric",
		func(b *Budget) []string { return []string{"api_key_alias", b.Alias, "hashed_api_key", b.ID} }},
	{ProviderBudget, "litellm_provider_remaining_budget_metric", "", "",
		func(b *Budget) []string { return []string{"api_provider", b.ID} }},
}

func (w *text) budgets(all []Budget) {
	now := time.Now()
	for _, m := range budgetMetrics {
		for _, part := range []struct {
			name, help string
			value      func(*Budget) (float64, bool)
		}{
			{m.remaining, "US dollars that may still be spent.", func(b *Budget) (float64, bool) { return (b.Max - b.Spent).Float(), true }},
			{m.max, "US dollars that may be spent.", func(b *Budget) (float64, bool) { return b.Max.Float(), true }},
			{m.hours, "Hours until the budget begins anew.", func(b *Budget) (float64, bool) { return b.ResetAt.Sub(now).Hours(), !b.ResetAt.IsZero() }},
		} {
			if part.name == "" {
				continue
			}
			w.family(gauge, part.name, part.help)
			for i := range all {
				if v, there := part.value(&all[i]); there && all[i].Kind == m.kind {
					w.sample(v, m.labels(&all[i])...)
				}
			}
		}
	}
}

func (w *text) limits(all []Limit) {
	for _, part := range []struct {
		name, help string
		value      func(*Limit) int64
	}{
		{"litellm_remaining_api_key_requests_for_model", "Requests that a key may still make of a model this minute.", func(l *Limit) int64 { return l.Requests }},
		{"litellm_remaining_api_key_tokens_for_model", "Tokens that a key may still use of a model this minute.", func(l *Limit) int64 { return l.Tokens }},
	} {
		w.family(gauge, part.name, part.help)
		for i := range all {
			if n := part.value(&all[i]); n >= 0 {
				w.sample(float64(n), "api_key_alias", all[i].KeyAlias, "hashed_api_key", all[i].KeyHash, "model", all[i].Model)
			}
		}
	}
}
