package metrics

import (
	"sync"
	"sync/atomic"
)

// kind is how Prometheus is to take a metric.
type kind string

const (
	counter  kind = "counter"
	gauge    kind = "gauge"
	untyped  kind = "untyped"
	duration kind = "histogram"
	summary  kind = "summary"
)

// metric is a name with values. Values that are not durations are whole numbers of some unit.
type metric struct {
	name, help string
	kind       kind
	per        float64 // units in 1; 0 = 1
}

// table holds the metrics that have the same labels, a row for each combination of values.
type table struct {
	labels  []label
	metrics []metric // durations last

	mu     sync.Mutex
	rows   []*row // only ever added to
	byText map[string]*row
}

// row has the values of a table's metrics for one combination of labels.
type row struct {
	before, after string // labels as the text has them: those before le, of which there is one at least, and those after
	numbers       []number
	durations     []histogram
}

// number is a counter, or a gauge, which has no value until it is set.
type number struct {
	atomic.Int64
	there atomic.Bool
}

func (n *number) set(v int64) {
	n.Store(v)
	if !n.there.Load() {
		n.there.Store(true)
	}
}

// row returns the row for some values.
func (t *table) row(v *values) *row {
	var b []byte
	cut := -1
	for _, l := range t.labels {
		if l >= afterLE && cut < 0 {
			cut = len(b)
		}
		b = appendLabel(b, labelNames[l], v[l])
	}
	if cut < 0 {
		cut = len(b)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.byText[string(b)]
	if r == nil {
		text := string(b)
		r = &row{before: text[:cut], after: text[cut:]}
		t.values(r)
		t.byText[text] = r
		t.rows = append(t.rows, r)
	}
	return r
}

// values makes room for a row's.
func (t *table) values(r *row) {
	n := 0
	for n < len(t.metrics) && t.metrics[n].kind != duration {
		n++
	}
	r.numbers, r.durations = make([]number, n), make([]histogram, len(t.metrics)-n)
}

// all returns the rows that there are.
func (t *table) all() []*row {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows
}
