package metrics

import (
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Plugin is a loaded plugin with its figures, which were counted since this version was loaded.
type Plugin struct {
	Name, Kind, Version           string
	Events, Fuel, Traps, Replaced uint64
	P50, P99, CPU                 time.Duration
	MemoryBytes                   uint64
	Instances, InFlight, Draining int
	Breaker                       string // closed, open or probing
	Records                       *Records
	Custom                        map[string]int64 // what the plugin itself counts
}

// Records tells what became of an observer's records.
type Records struct{ Recorded, Dropped, Failed int64 }

// Guard is a guard with its verdicts.
type Guard struct {
	Name                            string
	Passed, Edited, Blocked, NotRun uint64
}

// Kinds of budgets that the LiteLLM proxy has metrics for.
const (
	TeamBudget     = "team"
	KeyBudget      = "key"
	ProviderBudget = "provider"
)

// Budget is what somebody may spend. ID is a key's hash.
type Budget struct {
	Kind, ID, Alias string
	Max, Spent      core.USD
	ResetAt         time.Time // zero = never
}

// Limit is what a key may still ask of a model in its current minute.
type Limit struct {
	KeyHash, KeyAlias, Model string
	Requests, Tokens         int64 // below 0 = unlimited
}

// Spool is the state of what waits to be written to the database.
type Spool struct {
	Files int
	Bytes int64
	Age   time.Duration // of the oldest file
	Lost  uint64        // calls that could not be kept
}
