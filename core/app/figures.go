package app

import (
	"github.com/sluice-gateway/sluice/core/endpoint"
)

// figures sums up what a plugin's variants did, and tells how it is.
func (c *cast) figures(m *module, shown *endpoint.Plugin) {
	var most uint64
	for _, v := range c.variants {
		if v.terms.module != m || !v.tried.Load() {
			continue
		}
		if v.err != nil {
			shown.State, shown.LastError = "failed", v.err.Error()
			continue
		}
		if shown.State == "available" {
			shown.State = "loaded"
		}
		v.figures(shown, &most)
	}
}

// figures adds those of one variant. most is the largest number of events seen so far.
func (v *variant) figures(shown *endpoint.Plugin, most *uint64) {
	s, f := v.loaded.Stats(), &shown.PluginFigures
	f.Instances += s.Instances
	f.InFlight += s.InFlight
	f.Events += s.Events
	f.CPU += s.CPU.Nanoseconds()
	f.Fuel += s.Fuel
	f.MemoryBytes += s.MemoryBytes
	f.Traps += s.Traps
	f.Replaced += s.Replaced
	if f.Breaker == "" || f.Breaker == "closed" {
		f.Breaker = s.Breaker.String()
	}
	if s.LastTrap != "" {
		shown.LastError, shown.LastStack = s.LastTrap, s.LastStack
	}
	if s.Events >= *most {
		*most, f.P50, f.P99 = s.Events, s.P50.Nanoseconds(), s.P99.Nanoseconds()
	}
	for _, m := range v.loaded.Metrics() {
		if f.Metrics == nil {
			f.Metrics = map[string]int64{}
		}
		f.Metrics[m.Name] += m.Value
	}
}

// decisions adds what the observers' queues and the guards count.
func (a *App) decisions(shown *endpoint.Plugin) {
	s := a.pipeline.State()
	for _, o := range s.Observers.Stats() {
		if o.Name == shown.Name {
			shown.Records = &endpoint.PluginRecords{Recorded: o.Recorded, Dropped: o.Dropped, Failed: o.Failed}
		}
	}
	for _, g := range s.Guards.All() {
		if g.Plugin.Name == shown.Name {
			v := g.Stats()
			if shown.Verdicts == nil {
				shown.Verdicts = new(endpoint.PluginVerdicts)
			}
			shown.Verdicts.Passed += v.Passed
			shown.Verdicts.Edited += v.Edited
			shown.Verdicts.Blocked += v.Blocked
			shown.Verdicts.NotRun += v.NotRun
		}
	}
}
