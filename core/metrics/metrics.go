package metrics

import (
	"sync"
	"sync/atomic"
)

// Settings are what a configuration says about metrics.
type Settings struct {
	// Public lets everybody read them, else only administrators; NeedKey asks for a key of whoever may read them.
	Public, NeedKey bool
	// NoEndUsers leaves out for whom requests are made.
	NoEndUsers bool
}

// Sources are where figures come from that are looked up at each scrape. Each may be nil.
type Sources struct {
	Plugins func() []Plugin
	Guards  func() []Guard
	Budgets func() []Budget
	Limits  func() []Limit
	Spool   func() Spool
}

// DefaultSets is how many combinations of labels are told apart unless New is told otherwise.
const DefaultSets = 10_000

// Metrics counts for as long as the process runs. A nil *Metrics counts nothing. It is safe for concurrent use.
type Metrics struct {
	Sources  Sources // set before anything is written
	settings atomic.Pointer[Settings]
	most     int
	tables   *[tableCount]table
	folded   atomic.Int64 // requests that are not told apart

	mu   sync.RWMutex
	sets map[key]*set
}

// New returns metrics without values. most bounds the combinations of labels that are told apart, 0 = DefaultSets: beyond
// three quarters of them names that clients choose become "other", beyond all of them everything does.
func New(most int) *Metrics {
	if most <= 0 {
		most = DefaultSets
	}
	m := &Metrics{most: most, tables: newTables(), sets: map[key]*set{}}
	m.Apply(Settings{})
	return m
}

// Apply puts other settings in force.
func (m *Metrics) Apply(s Settings) { m.settings.Store(&s) }

// Settings returns those in force.
func (m *Metrics) Settings() Settings {
	if m == nil {
		return Settings{}
	}
	return *m.settings.Load()
}
