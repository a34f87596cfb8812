package core

import "time"

// Limits bound what whoever they are given to may use. The JSON names are LiteLLM's; nil is no limit.
type Limits struct {
	// MaxBudget is what may be spent in each BudgetDuration, or ever when there is none.
	MaxBudget *USD `json:"max_budget"`
	// SoftBudget only warns.
	SoftBudget *USD `json:"soft_budget"`
	// BudgetDuration is like 30s, 5m, 2h, 7d, 1w or 1mo.
	BudgetDuration *string `json:"budget_duration"`
	// BudgetStart is when the first duration began; later ones follow it.
	BudgetStart *time.Time `json:"budget_start,omitempty"`
	// TPM and RPM are tokens and requests per minute.
	TPM *int64 `json:"tpm_limit"`
	RPM *int64 `json:"rpm_limit"`
	// Parallel is how many requests may be under way at once.
	Parallel *int64 `json:"max_parallel_requests"`
	// ModelMaxBudget is like {"gpt-4o":{"budget_limit":0.5,"time_period":"1d"}}.
	ModelMaxBudget map[string]ModelBudget `json:"model_max_budget,omitempty"`
}

// ModelBudget is what may be spent on one model.
type ModelBudget struct {
	Limit  USD    `json:"budget_limit"`
	Period string `json:"time_period"`
}

// Change says who changed something last, and when.
type Change struct {
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}
