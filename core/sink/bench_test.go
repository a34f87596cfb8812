package sink

import (
	"testing"
)

// BenchmarkRecord is what a request pays for an observer.
func BenchmarkRecord(b *testing.B) {
	q := &queue{Observer: Observer{nil, true, true}, records: make(chan *record, 1)}
	o := &Observers{list: []*queue{q}, success: true}
	x := full()
	b.ReportAllocs()
	for b.Loop() {
		o.Record(x, End{})
		(<-q.records).release()
	}
}
