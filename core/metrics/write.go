package metrics

import (
	"bufio"
	"io"
	"runtime"

	"github.com/sluice-gateway/sluice/core"
)

// ContentType is that of what Write writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Write writes all metrics in Prometheus' text format. Its error is w's.
func (m *Metrics) Write(w io.Writer) error {
	if m == nil {
		return nil
	}
	t := &text{Writer: bufio.NewWriterSize(w, 16<<10)}
	for i := range m.tables {
		t.table(&m.tables[i])
	}
	t.folding(m)
	t.budgets(list(m.Sources.Budgets, m.most))
	t.limits(list(m.Sources.Limits, m.most))
	t.plugins(list(m.Sources.Plugins, m.most))
	t.guards(list(m.Sources.Guards, m.most))
	if m.Sources.Spool != nil {
		t.spool(m.Sources.Spool())
	}
	t.build()
	t.runtime()
	t.process()
	return t.Flush()
}

// list asks a source that may be nil, and takes no more than most of what it has.
func list[T any](source func() []T, most int) []T {
	if source == nil {
		return nil
	}
	all := source()
	return all[:min(len(all), most)]
}

func (w *text) folding(m *Metrics) {
	m.mu.RLock()
	sets := len(m.sets)
	m.mu.RUnlock()
	w.single(gauge, "sluice_metrics_label_sets", "Combinations of labels that are told apart.", float64(sets))
	w.single(counter, "sluice_metrics_folded_total", "Events that were counted as other, for there were too many combinations of labels.",
		float64(m.folded.Load()))
}

func (w *text) build() {
	w.family(gauge, "sluice_build_info", "The gateway's version, that of Go, and the LiteLLM version it is compatible with.")
	w.sample(1, "compatible_with", core.CompatibleWith, "goversion", runtime.Version(), "version", core.Version)
}

func (w *text) spool(s Spool) {
	w.single(gauge, "sluice_spool_files", "Files of the spool that wait for the database.", float64(s.Files))
	w.single(gauge, "sluice_spool_bytes", "Bytes in them.", float64(s.Bytes))
	w.single(gauge, "sluice_spool_age_seconds", "Age of the oldest of them.", s.Age.Seconds())
	w.single(counter, "sluice_spool_lost_calls_total", "Calls whose cost could not be kept.", float64(s.Lost))
}
