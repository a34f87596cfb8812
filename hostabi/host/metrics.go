package host

import (
	"sync"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

const maxMetrics = 32

// Metric is a figure that a guest keeps.
type Metric struct {
	Name  string // [a-z0-9_]+
	Kind  hostabi.MetricKind
	Value int64
}

// metrics are those of one plugin, over all its instances. Each instance that is configured declares them anew and gets
// the same ids.
type metrics struct {
	mu       sync.Mutex
	declared []Metric // their values are in values
	values   [maxMetrics]atomic.Int64
	kinds    [maxMetrics]atomic.Int32 // as declared; 0 while there is none
}

// Metrics returns the figures that the plugin's guest keeps, in the order of their declaration.
func (p *Plugin) Metrics() []Metric {
	m := &p.metrics
	m.mu.Lock()
	defer m.mu.Unlock()
	list := append([]Metric(nil), m.declared...)
	for i := range list {
		list[i].Value = m.values[i].Load()
	}
	return list
}

// declare returns the id of a metric; ids begin at 1.
func (m *metrics) declare(kind hostabi.MetricKind, name string) (int, hostabi.Errno) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, d := range m.declared {
		if d.Name == name && d.Kind == kind {
			return i + 1, 0
		}
		if d.Name == name {
			return 0, hostabi.ErrnoInvalid
		}
	}
	if len(m.declared) == maxMetrics {
		return 0, hostabi.ErrnoLimit
	}
	m.kinds[len(m.declared)].Store(int32(kind))
	m.declared = append(m.declared, Metric{Name: name, Kind: kind})
	return len(m.declared), 0
}

func (m *metrics) measure(id uint32, value int64) hostabi.Errno {
	i := id - 1
	if i >= maxMetrics {
		return hostabi.ErrnoAbsent
	}
	switch hostabi.MetricKind(m.kinds[i].Load()) {
	case hostabi.MetricCounter:
		if value < 0 {
			return hostabi.ErrnoInvalid
		}
		m.values[i].Add(value)
	case hostabi.MetricGauge:
		m.values[i].Store(value)
	default:
		return hostabi.ErrnoAbsent
	}
	return 0
}

func (g *instance) metric(a args) {
	name, ok := g.view(a.u32(1), a.u32(2))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	if !g.configuring {
		a.err(hostabi.ErrnoState)
		return
	}
	kind := hostabi.MetricKind(a.i32(0))
	if kind < hostabi.MetricCounter || kind > hostabi.MetricGauge || !isMetric(name) {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	id, e := g.plugin.metrics.declare(kind, string(name))
	if e != 0 {
		a.err(e)
		return
	}
	a.ok(id)
}

func isMetric(name []byte) bool {
	for _, b := range name {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '_' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= tape.MaxAtomLen
}

func (g *instance) measure(a args) {
	if e := g.plugin.metrics.measure(a.u32(0), int64(a[1])); e != 0 {
		a.err(e)
		return
	}
	a.ok(0)
}
