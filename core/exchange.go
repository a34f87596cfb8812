package core

import "time"

// Endpoint is an API that clients call. The numbers are those of the plugin contract.
type Endpoint uint8

// Endpoints.
const (
	NoEndpoint Endpoint = iota
	Chat
	Completions
	Embeddings
	Moderations
)

var endpointNames = [...]string{"", "chat", "completions", "embeddings", "moderations"}

// String returns the endpoint's name as manifests spell it.
func (e Endpoint) String() string { return endpointNames[e] }

// Endpoints lists them.
var Endpoints = []Endpoint{Chat, Completions, Embeddings, Moderations}

// Exchange is what the gateway knows of one request. It is filled on the way in and read everywhere; it is not shared
// between requests.
type Exchange struct {
	Endpoint Endpoint
	CallID   string
	Start    time.Time

	// Model is the model group that the client asked for; Group is the one that serves it, after aliases.
	Model, Group string
	Stream       bool
	IncludeUsage bool

	Principal Principal
	// EndUser is whom the request is made for, as its user member says; "" = it does not say.
	EndUser string
	// Tags and SpendMetadata, JSON, are what the request wants to see in the spend log.
	Tags          []string
	SpendMetadata []byte

	// Timeout and StreamTimeout are what the request itself asks for; 0 = nothing.
	Timeout, StreamTimeout time.Duration
	// Retries is what the request itself asks for; -1 = nothing.
	Retries int

	Usage   Usage
	Attempt Attempt
	// Failed are the attempts that went wrong, in their order. When the whole exchange did before it began to answer, Attempt is
	// the last of them.
	Failed []Failure
	// Answer is what the response says of itself.
	Answer struct{ ID, Model string }

	// FirstToken is when the first part of a stream was there for the client; zero without one.
	FirstToken time.Time

	// Verdicts are those of the guards, in the order in which they began.
	Verdicts []Verdict
}

// Attempt tells how the upstream was reached.
type Attempt struct {
	Deployment *Deployment
	APIBase    string
	Provider   string        // the vendor's name
	Model      string        // as the vendor knows it
	Retries    int           // attempts after the first
	MaxRetries int           // allowed
	Began      time.Time     // when the request was sent
	Upstream   time.Duration // from then to the head of the reply
	Why        string        // the router's reason for this deployment; "" = the default strategy chose
}

// Failure is an attempt that went wrong.
type Failure struct {
	Attempt Attempt
	Error   *Error
}

// Usage counts tokens. Prompt includes those read from or written to a cache, Completion those spent on reasoning.
type Usage struct {
	Prompt, Completion, CacheRead, CacheWrite, Reasoning int
	// Counted is true when the vendor reported the numbers.
	Counted bool
}

// Principal is who makes a request.
type Principal struct {
	// Admin is true for the master key, and for everyone while no key is configured.
	Admin bool
	// KeyHash is the SHA-256 of the key that was presented, in hex, or MasterKeyName; "" when none was needed.
	KeyHash, KeyAlias              string
	UserID, TeamID, OrganizationID string
	// Models are the names and patterns (* stands for any text) of the models that may be asked for; nil = all.
	Models []string
	// Role is proxy_admin, proxy_admin_viewer, org_admin, internal_user, internal_user_viewer or "" for a key whose user has
	// none.
	Role string
	// Account is what the store says about a virtual key; nil for the master key and without a store.
	Account *Account
}
