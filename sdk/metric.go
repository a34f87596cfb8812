package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// Count is a metric that only grows.
type Count struct{ id int32 }

// Level is a metric that has a value.
type Level struct{ id int32 }

// Counter declares a metric. Names are [a-z0-9_]+, up to 48 bytes, and a plugin has up to 32. Call it only for package
// variables or in Configure; it panics on a name that the host refuses.
func Counter(name string) Count { return Count{declare(hostabi.MetricCounter, name)} }

// Gauge declares a metric as Counter does.
func Gauge(name string) Level { return Level{declare(hostabi.MetricGauge, name)} }

func declare(kind hostabi.MetricKind, name string) int32 {
	id := hostMetric(kind, name)
	if id < 0 {
		panic(setupError("metric " + name + ": " + refused(id).Error()))
	}
	return id
}

// Add adds to the counter; n must not be negative.
func (c Count) Add(n int64) { hostMeasure(c.id, n) }

// Set gives the gauge its value.
func (l Level) Set(n int64) { hostMeasure(l.id, n) }

// setupError is the panic of what may be called only while the plugin configures itself.
type setupError string

func (e setupError) Error() string { return string(e) }
