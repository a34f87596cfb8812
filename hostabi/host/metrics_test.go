package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestMetrics(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	at, n := put(t, g, 100, "seen_2")
	const counter, gauge = uint64(hostabi.MetricCounter), uint64(hostabi.MetricGauge)
	want(t, g, 1, hostabi.ImportMetric, counter, at, n)
	want(t, g, 1, hostabi.ImportMetric, counter, at, n)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportMetric, gauge, at, n)
	want(t, g, 2, hostabi.ImportMetric, gauge, at, n-1)
	for _, bad := range []string{"", "A", "a-b", "é", strings.Repeat("a", 49)} {
		at, n := put(t, g, 200, bad)
		want(t, g, hostabi.ErrnoInvalid, hostabi.ImportMetric, gauge, at, n)
	}
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportMetric, 0, at, n)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportMetric, 3, at, n)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportMetric, counter, end, 1)
	minus := int64(-5)
	want(t, g, 0, hostabi.ImportMeasure, 1, 3)
	want(t, g, 0, hostabi.ImportMeasure, 1, 4)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportMeasure, 1, uint64(minus))
	want(t, g, 0, hostabi.ImportMeasure, 2, 9)
	want(t, g, 0, hostabi.ImportMeasure, 2, uint64(minus))
	for _, id := range []uint64{0, 3, maxMetrics + 1, 1<<32 - 1} {
		want(t, g, hostabi.ErrnoAbsent, hostabi.ImportMeasure, id, 1)
	}
	got := g.plugin.Metrics()
	if !slices.Equal(got, []Metric{{"seen_2", hostabi.MetricCounter, 7}, {"seen_", hostabi.MetricGauge, -5}}) {
		t.Errorf("metrics %+v", got)
	}
	for i := range maxMetrics - 2 {
		at, n := put(t, g, 200, fmt.Sprint("m", i))
		want(t, g, i+3, hostabi.ImportMetric, counter, at, n)
	}
	want(t, g, 0, hostabi.ImportMeasure, maxMetrics, 1)
	at, n = put(t, g, 200, "one_more")
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportMetric, counter, at, n)
	g.configuring = false
	want(t, g, hostabi.ErrnoState, hostabi.ImportMetric, counter, at, n)
}
