package core

import (
	"encoding/json"
	"time"
)

// Spend is the record of one call for the spend log. The JSON names are LiteLLM's.
type Spend struct {
	RequestID      string          `json:"request_id"` // the response's id; of a failure the call's
	CallType       string          `json:"call_type"`  // acompletion, aembedding, …
	KeyHash        string          `json:"api_key"`    // or MasterKeyName
	Cost           USD             `json:"spend"`
	TotalTokens    int64           `json:"total_tokens"`
	PromptTokens   int64           `json:"prompt_tokens"`
	OutputTokens   int64           `json:"completion_tokens"`
	Start          time.Time       `json:"startTime"`
	End            time.Time       `json:"endTime"`
	FirstToken     *time.Time      `json:"completionStartTime"`
	Model          string          `json:"model"`
	ModelID        string          `json:"model_id"`
	ModelGroup     string          `json:"model_group"`
	Provider       string          `json:"custom_llm_provider"`
	APIBase        string          `json:"api_base"`
	UserID         string          `json:"user"`
	TeamID         string          `json:"team_id"`
	OrganizationID string          `json:"organization_id"`
	EndUser        string          `json:"end_user"`
	CacheHit       string          `json:"cache_hit"` // "True" or "False"
	CacheKey       string          `json:"cache_key"`
	Tags           []string        `json:"request_tags"`
	RequesterIP    string          `json:"requester_ip_address"`
	Metadata       json.RawMessage `json:"metadata"`
	Messages       json.RawMessage `json:"messages"` // {} unless prompts are stored
	Response       json.RawMessage `json:"response"` // likewise
	Status         string          `json:"status"`   // success or failure
	Charges        []Charge        `json:"-"`
	// Unlogged keeps the call out of the spend log: it counts, and that is all.
	Unlogged bool `json:"-"`
}

// MasterKeyName stands for the master key's hash where that is not to be kept.
const MasterKeyName = "litellm_proxy_master_key"

// Charge adds a call's cost to what somebody has spent. Window is when the budget's duration that it falls into began,
// 0 when there is none.
type Charge struct {
	Kind   string    `json:"k"` // key, team, user, member, customer, organization, proxy, key_model
	ID     string    `json:"i"`
	Window time.Time `json:"w,omitzero"`
	Soft   USD       `json:"s,omitzero"` // the budget beyond which to warn; 0 = none
}

// Spent is what somebody has spent.
type Spent struct {
	Window time.Time // when the current duration began
	Amount USD       // in it
	Total  USD       // ever
}

// Audit is an entry of the audit log. The JSON names are LiteLLM's; secrets are never in it.
type Audit struct {
	ID       string          `json:"id"`
	At       time.Time       `json:"updated_at"`
	By       string          `json:"changed_by"`
	ByKey    string          `json:"changed_by_api_key"` // its hash
	Action   string          `json:"action"`             // created, updated, deleted, blocked, unblocked, rotated
	Table    string          `json:"table_name"`
	ObjectID string          `json:"object_id"`
	Before   json.RawMessage `json:"before_value"`
	After    json.RawMessage `json:"updated_values"`
}
