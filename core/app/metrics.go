package app

import (
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/metrics"
)

// metricsCallback is the callback that lets everybody read the metrics.
const metricsCallback = "prometheus"

func metricSettings(c *config.Config) metrics.Settings {
	l := &c.LiteLLM
	named := func(m config.Mention) bool { return m.Name == metricsCallback }
	return metrics.Settings{
		Public:  slices.ContainsFunc(slices.Concat(l.Callbacks, l.SuccessCallbacks, l.FailureCallbacks), named),
		NeedKey: l.MetricsNeedKey, NoEndUsers: l.MetricsWithoutEndUsers,
	}
}

// metricSources are what the metrics ask at each scrape.
func (a *App) metricSources() metrics.Sources {
	s := metrics.Sources{Plugins: a.pluginMetrics, Guards: a.guardMetrics}
	if a.books != nil {
		s.Spool = a.books.spoolMetrics
	}
	return s
}

// pluginMetrics lists the plugins that are loaded.
func (a *App) pluginMetrics() []metrics.Plugin {
	var loaded []metrics.Plugin
	for _, p := range a.status() {
		if p.State == "loaded" {
			loaded = append(loaded, measured(&p))
		}
	}
	return loaded
}

func measured(p *endpoint.Plugin) metrics.Plugin {
	f := &p.PluginFigures
	m := metrics.Plugin{Name: p.Name, Kind: p.Kind, Version: p.Version, Events: f.Events, Fuel: f.Fuel, Traps: f.Traps, Replaced: f.Replaced,
		P50: time.Duration(f.P50), P99: time.Duration(f.P99), CPU: time.Duration(f.CPU), MemoryBytes: f.MemoryBytes,
		Instances: f.Instances, InFlight: f.InFlight, Draining: p.Draining, Breaker: f.Breaker, Custom: f.Metrics}
	if r := f.Records; r != nil {
		m.Records = &metrics.Records{Recorded: r.Recorded, Dropped: r.Dropped, Failed: r.Failed}
	}
	return m
}

func (a *App) guardMetrics() []metrics.Guard {
	var all []metrics.Guard
	for _, g := range a.pipeline.State().Guards.All() {
		s := g.Stats()
		all = append(all, metrics.Guard{Name: g.Name, Passed: s.Passed, Edited: s.Edited, Blocked: s.Blocked, NotRun: s.NotRun})
	}
	return all
}

func (b *books) spoolMetrics() metrics.Spool {
	files, bytes, oldest := b.spool.Backlog()
	s := metrics.Spool{Files: files, Bytes: bytes, Lost: b.spool.Lost()}
	if files > 0 {
		s.Age = time.Since(oldest)
	}
	return s
}
