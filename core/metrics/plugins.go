package metrics

import (
	"maps"
	"slices"
)

// pluginMetrics are what is told of each plugin.
var pluginMetrics = []struct {
	kind       kind
	name, help string
	value      func(p *Plugin) float64
}{
	{counter, "sluice_plugin_events_total", "Events that guests handled.", func(p *Plugin) float64 { return float64(p.Events) }},
	{counter, "sluice_plugin_fuel_total", "Units of fuel that guests used for events.", func(p *Plugin) float64 { return float64(p.Fuel) }},
	{counter, "sluice_plugin_cpu_seconds_total", "Seconds that guests ran.", func(p *Plugin) float64 { return p.CPU.Seconds() }},
	{counter, "sluice_plugin_traps_total", "Events that a guest crashed on.", func(p *Plugin) float64 { return float64(p.Traps) }},
	{counter, "sluice_plugin_replaced_total", "Instances dropped after a crash or for their memory.", func(p *Plugin) float64 { return float64(p.Replaced) }},
	{gauge, "sluice_plugin_memory_bytes", "Linear memory of the instances.", func(p *Plugin) float64 { return float64(p.MemoryBytes) }},
	{gauge, "sluice_plugin_instances", "Instances that run.", func(p *Plugin) float64 { return float64(p.Instances) }},
	{gauge, "sluice_plugin_in_flight", "Exchanges that guests keep state of.", func(p *Plugin) float64 { return float64(p.InFlight) }},
	{gauge, "sluice_plugin_draining", "Older versions that finish their exchanges.", func(p *Plugin) float64 { return float64(p.Draining) }},
	{gauge, "sluice_plugin_breaker_open", "Whether the plugin is left alone because it crashed too often.", func(p *Plugin) float64 {
		if p.Breaker == "open" || p.Breaker == "probing" {
			return 1
		}
		return 0
	}},
}

func (w *text) plugins(all []Plugin) {
	for _, m := range pluginMetrics {
		w.family(m.kind, m.name, m.help)
		for i := range all {
			w.sample(m.value(&all[i]), all[i].labels()...)
		}
	}
	w.family(summary, "sluice_plugin_event_seconds", "How long events took in a guest, waits left out.")
	for i := range all {
		w.events(&all[i])
	}
	w.family(counter, "sluice_plugin_records_total", "Records of an observer, by what became of them.")
	for i := range all {
		if r := all[i].Records; r != nil {
			w.outcome(all[i].Name, "recorded", r.Recorded)
			w.outcome(all[i].Name, "dropped", r.Dropped)
			w.outcome(all[i].Name, "failed", r.Failed)
		}
	}
	w.family(untyped, "sluice_plugin_custom", "What a plugin itself counts.")
	for i := range all {
		for _, name := range slices.Sorted(maps.Keys(all[i].Custom)) {
			w.sample(float64(all[i].Custom[name]), "metric", name, "plugin", all[i].Name)
		}
	}
}

// labels tell which plugin it is.
func (p *Plugin) labels(more ...string) []string {
	return slices.Concat([]string{"kind", p.Kind, "plugin", p.Name}, more, []string{"version", p.Version})
}

func (w *text) events(p *Plugin) {
	w.sample(p.P50.Seconds(), p.labels("quantile", "0.5")...)
	w.sample(p.P99.Seconds(), p.labels("quantile", "0.99")...)
	w.suffixed("_count", float64(p.Events), p.labels()...)
	w.suffixed("_sum", p.CPU.Seconds(), p.labels()...)
}

func (w *text) outcome(plugin, outcome string, n int64) {
	w.sample(float64(n), "outcome", outcome, "plugin", plugin)
}

func (w *text) guards(all []Guard) {
	w.family(counter, "sluice_guard_verdicts_total", "Verdicts of guards since the configuration was read.")
	for i := range all {
		g := &all[i]
		for _, v := range []struct {
			outcome string
			n       uint64
		}{{"blocked", g.Blocked}, {"edited", g.Edited}, {"not_run", g.NotRun}, {"passed", g.Passed}} {
			w.sample(float64(v.n), "guard", g.Name, "outcome", v.outcome)
		}
	}
}
