package core

import (
	"encoding/json"
	"time"
)

// Key is a virtual key. Its secret is not kept anywhere; Hash is the SHA-256 of it in hex. The JSON names are LiteLLM's.
type Key struct {
	Hash           string  `json:"token"`
	Name           string  `json:"key_name"` // sk-...pZ3x
	Alias          *string `json:"key_alias"`
	UserID         *string `json:"user_id"`
	TeamID         *string `json:"team_id"`
	OrganizationID *string `json:"organization_id"`
	BudgetID       *string `json:"budget_id"`
	Limits
	Models               []string          `json:"models"` // empty = all
	Aliases              map[string]string `json:"aliases"`
	Config               json.RawMessage   `json:"config"`
	Permissions          map[string]any    `json:"permissions"`
	Metadata             map[string]any    `json:"metadata"`
	AllowedCacheControls []string          `json:"allowed_cache_controls"`
	AllowedRoutes        []string          `json:"allowed_routes,omitempty"`
	Blocked              *bool             `json:"blocked"`
	Expires              *time.Time        `json:"expires"`
	Change
}

// IsBlocked reports whether the key was blocked.
func (k *Key) IsBlocked() bool { return k.Blocked != nil && *k.Blocked }
