package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// Role is whose text a segment is.
type Role = hostabi.Role

// Roles.
const (
	RoleSystem    = hostabi.RoleSystem    // system and developer messages
	RoleUser      = hostabi.RoleUser      // user messages, prompts and inputs
	RoleAssistant = hostabi.RoleAssistant // what the model wrote, now or earlier
	RoleTool      = hostabi.RoleTool      // what tools returned
)

// Part is what a segment is a part of.
type Part = hostabi.Part

// Parts.
const (
	PartText      = hostabi.PartText      // content, prompts, inputs
	PartArguments = hostabi.PartArguments // the arguments of a tool call, JSON as the model wrote it
	PartResult    = hostabi.PartResult    // what a tool returned
	PartReasoning = hostabi.PartReasoning // thinking
)

// Scope is whom stored values belong to.
type Scope = hostabi.Scope

// Scopes.
const (
	ScopeRequest = hostabi.ScopeRequest // the exchange; gone when it ends
	ScopeKey     = hostabi.ScopeKey     // the virtual key that made the request
	ScopeGlobal  = hostabi.ScopeGlobal  // the plugin
)
