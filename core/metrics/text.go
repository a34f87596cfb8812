package metrics

import (
	"bufio"
	"math"
	"strconv"
	"time"
)

// text writes samples. Errors stay with the buffered writer.
type text struct {
	*bufio.Writer
	head metric
}

// family begins a metric.
func (w *text) family(kind kind, name, help string) {
	w.head = metric{name: name, kind: kind}
	b := w.AvailableBuffer()
	b = append(append(append(append(b, "# HELP "...), name...), ' '), help...)
	b = append(append(append(b, "\n# TYPE "...), name...), ' ')
	w.put(append(append(b, kind...), '\n'))
}

// put ends a line; what is wrong with the writer shows when it is flushed.
func (w *text) put(b []byte) { _, _ = w.Write(b) }

// sample writes a value of the metric that family began. labels are pairs of name and value in alphabetical order.
func (w *text) sample(v float64, labels ...string) { w.suffixed("", v, labels...) }

// suffixed writes a sample of one of the metric's parts, like _count.
func (w *text) suffixed(suffix string, v float64, labels ...string) {
	b := append(append(w.AvailableBuffer(), w.head.name...), suffix...)
	if len(labels) > 0 {
		b = append(b, '{')
		for i := 0; i < len(labels); i += 2 {
			b = appendLabel(b, labels[i], labels[i+1])
		}
		b = append(b, '}')
	}
	w.put(append(appendFloat(append(b, ' '), v), '\n'))
}

// single writes a metric that has one value and no labels.
func (w *text) single(kind kind, name, help string, v float64) {
	w.family(kind, name, help)
	w.sample(v)
}

// table writes a table's metrics, those that were never counted without samples.
func (w *text) table(t *table) {
	rows := t.all()
	numbers := 0
	for i := range t.metrics {
		m := &t.metrics[i]
		w.family(m.kind, m.name, m.help)
		if m.kind == duration {
			for _, r := range rows {
				w.durations(r, &r.durations[i-numbers])
			}
			continue
		}
		numbers++
		for _, r := range rows {
			w.number(r, m, &r.numbers[i])
		}
	}
}

func (w *text) number(r *row, m *metric, n *number) {
	v := n.Load()
	if m.kind == counter && v == 0 || m.kind == gauge && !n.there.Load() {
		return
	}
	b := append(append(w.AvailableBuffer(), m.name...), '{')
	b = append(append(append(b, r.before...), r.after...), "} "...)
	w.put(append(appendFloat(b, float64(v)/max(m.per, 1)), '\n'))
}

// boundTexts are the values of le.
var boundTexts = func() (all [len(bounds) + 1]string) {
	for i, b := range bounds {
		all[i] = string(appendFloat(nil, b))
	}
	all[len(bounds)] = "+Inf"
	return all
}()

func (w *text) durations(r *row, h *histogram) {
	sum := h.sum.Load() // first: what is counted meanwhile is then missing in the sum, not in the buckets
	var buckets [len(bounds) + 1]uint64
	seen := uint64(0)
	for i := range h.buckets {
		seen += h.buckets[i].Load()
		buckets[i] = seen
	}
	if seen == 0 {
		return
	}
	for i, n := range buckets {
		b := append(append(w.AvailableBuffer(), w.head.name...), "_bucket{"...)
		b = append(b, r.before...)
		b = appendLabel(b, "le", boundTexts[i])
		b = append(append(b, r.after...), "} "...)
		w.put(append(appendFloat(b, float64(n)), '\n'))
	}
	for _, part := range [...]struct {
		name  string
		value float64
	}{{"_count{", float64(seen)}, {"_sum{", time.Duration(sum).Seconds()}} {
		b := append(append(w.AvailableBuffer(), w.head.name...), part.name...)
		b = append(append(append(b, r.before...), r.after...), "} "...)
		w.put(append(appendFloat(b, part.value), '\n'))
	}
}

// appendFloat writes a number as Python's client does: with a fraction, and with an exponent from a million on.
func appendFloat(b []byte, v float64) []byte {
	switch a := math.Abs(v); {
	case math.IsInf(v, 0):
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case a >= 1e6, a != 0 && a < 1e-4:
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	case a == math.Trunc(a):
		return append(strconv.AppendInt(b, int64(v), 10), ".0"...)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}
