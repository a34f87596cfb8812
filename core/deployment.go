package core

import "time"

// Deployment is one way to reach a model: the limits and facts that routing needs. How to speak to it is known to
// package provider.
type Deployment struct {
	ID    string
	Group string // the model_name that clients ask for, or a pattern with *
	Model string // litellm_params.model
	// BaseModel is what prices and limits are looked up by; "" = Model.
	BaseModel string

	// Unusable is true for one that can't be called as it is configured: it is chosen only where there is no other.
	Unusable bool
	// AccessGroups are names that keys may list instead of the model's.
	AccessGroups []string

	Weight, RPM, TPM *float64 // for weighted picks; nil = not set

	Timeout       time.Duration // 0 = not set
	StreamTimeout time.Duration // 0 = not set
	Retries       int           // -1 = not set

	InputCost, OutputCost *float64 // USD per token; nil = the catalogue's
}
