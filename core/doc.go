// Package core holds the domain types that every part of the gateway shares: exchanges, principals, deployments, usage
// and errors. It imports nothing of ours.
package core

// Version is Sluice's version.
const Version = "0.1.0"

// CompatibleWith is the LiteLLM version whose wire contract the gateway follows; clients read it from headers.
const CompatibleWith = "1.63.8"
