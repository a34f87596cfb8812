package core

// Team is a group of users who share models and budgets. The JSON names are LiteLLM's.
type Team struct {
	ID             string  `json:"team_id"`
	Alias          *string `json:"team_alias"`
	OrganizationID *string `json:"organization_id"`
	Limits
	Models       []string          `json:"models"` // empty = all
	ModelAliases map[string]string `json:"model_aliases,omitempty"`
	Metadata     map[string]any    `json:"metadata"`
	Blocked      bool              `json:"blocked"`
	// MemberBudgetID is the budget of new members that are given none of their own.
	MemberBudgetID *string `json:"team_member_budget_id,omitempty"`
	Change
}

// Member is a user in a team.
type Member struct {
	TeamID    string  `json:"team_id"`
	UserID    string  `json:"user_id"`
	UserEmail *string `json:"user_email"`
	Role      string  `json:"role"` // admin or user
	BudgetID  *string `json:"budget_id"`
	Change
}

// Organization is a group of teams.
type Organization struct {
	ID       string         `json:"organization_id"`
	Alias    string         `json:"organization_alias"`
	BudgetID *string        `json:"budget_id"`
	Models   []string       `json:"models"`
	Metadata map[string]any `json:"metadata"`
	Change
}

// OrganizationMember is a user in an organization.
type OrganizationMember struct {
	OrganizationID string  `json:"organization_id"`
	UserID         string  `json:"user_id"`
	Role           string  `json:"user_role"` // org_admin, internal_user or internal_user_viewer
	BudgetID       *string `json:"budget_id"`
	Change
}
