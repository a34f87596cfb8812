package core

// User is somebody who owns keys and is a member of teams. The JSON names are LiteLLM's.
type User struct {
	ID    string  `json:"user_id"`
	Email *string `json:"user_email"`
	Alias *string `json:"user_alias"`
	Role  *string `json:"user_role"` // proxy_admin, proxy_admin_viewer, internal_user or internal_user_viewer
	Limits
	Models   []string       `json:"models"`
	Metadata map[string]any `json:"metadata"`
	Change
}

// Customer is an end user of an application: whom its requests name in user. The JSON names are LiteLLM's.
type Customer struct {
	ID            string  `json:"user_id"`
	Alias         *string `json:"alias"`
	Blocked       bool    `json:"blocked"`
	BudgetID      *string `json:"budget_id"`
	AllowedRegion *string `json:"allowed_model_region"` // eu or us
	DefaultModel  *string `json:"default_model"`
	Change
}

// Budget is a set of limits that keys, customers, members and organizations share by its id.
type Budget struct {
	ID string `json:"budget_id"`
	// Owner is who alone has the budget, as customer/u1; "" = it is to be shared.
	Owner string `json:"owner,omitempty"`
	Limits
	Change
}
