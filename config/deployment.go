package config

import (
	"encoding/json"
	"time"
)

// Deployment is one upstream model under a public name. Deployments with the same ModelName form a model group.
type Deployment struct {
	ID        string // model_info.id, or the id LiteLLM computes
	ModelName string
	Params    Params
	Info      ModelInfo
	Pos       Pos // of the model_list item
	Index     int // of the item in model_list, over all included files
}

// Params holds litellm_params. Absent keys are zero or nil; a Timeout of 0 counts as absent.
type Params struct {
	Model          string // with its provider prefix, as written
	APIKey         string
	APIBase        string // api_base or base_url
	APIVersion     string
	Organization   string
	AzureADToken   string
	CustomProvider string
	CredentialName string // its values are already filled in

	RPM, TPM            *int
	Weight              *float64
	Order               *int
	MaxParallelRequests *int
	NumRetries          *int
	MaxRetries          *int
	Timeout             *time.Duration
	StreamTimeout       *time.Duration
	CooldownTime        *time.Duration
	Tags                []string
	RegionName          string

	ExtraHeaders          []Pair          // headers and extra_headers, which win, in file order
	ExtraBody             json.RawMessage // a JSON object; nil when absent
	DropParams            *bool
	AdditionalDropParams  []string
	AllowedOpenAIParams   []string
	SupportsSystemMessage *bool
	ClientSideAuth        []ClientSideParam

	Prices         map[string]float64 // dollars under LiteLLM's names, like input_cost_per_token
	MaxBudget      *float64           // dollars per BudgetDuration
	BudgetDuration string
	MockResponse   string

	Defaults json.RawMessage // request parameters as a JSON object in file order; nil when there are none
	All      []Param         // every key as written in the file, after resolution of references
}

// Param is one key of litellm_params or model_info. The Value of a Secret one must not be shown.
type Param struct {
	Key    string
	Value  json.RawMessage
	Secret bool
}

// ClientSideParam is a parameter a client may bring itself. Pattern is a regular expression the whole value must
// match, "" for any value.
type ClientSideParam struct {
	Name, Pattern string
}

// ModelInfo holds model_info. All has every key of the file, those without a field here too.
type ModelInfo struct {
	ID                    string // as written; Deployment.ID is the effective one
	Mode                  string
	BaseModel             string
	SupportedEnvironments []string // nil = active everywhere
	AccessGroups          []string
	MaxTokens             *int
	MaxInputTokens        *int
	MaxOutputTokens       *int
	All                   []Param
}
