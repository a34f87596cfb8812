package metrics

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

// TestSetsAreBounded: clients that think up names use up their share and no more.
func TestSetsAreBounded(t *testing.T) {
	const most = 100
	m := New(most)
	for i := range 1000 {
		x := full()
		x.EndUser = fmt.Sprint("end user ", i)
		m.Record(x, well(0))
		x.Group, x.Model = "", fmt.Sprint("model ", i)
		x.Attempt = core.Attempt{}
		m.Record(x, &End{Error: &core.Error{Class: core.NotFound}})
	}
	if n := len(m.sets); n > most*3/4+2 {
		t.Errorf("%d sets after end users and models", n)
	}
	for i := range 1000 {
		x := full()
		x.Principal.KeyHash = fmt.Sprint("key ", i)
		m.Record(x, well(0))
	}
	text := written(t, m)
	if n := len(m.sets); n > most+2 {
		t.Errorf("%d sets after keys", n)
	}
	if !strings.Contains(samples(text, "litellm_requests_metric_total"), `hashed_api_key="key 10"`) {
		t.Error("end users left no room for keys")
	}
	sum := int64(0)
	for _, r := range m.tables[clientRequests].rows {
		sum += r.numbers[0].Load()
	}
	if sum != 3000 || m.folded.Load() < 2500 {
		t.Errorf("%d requests of 3000, %d folded", sum, m.folded.Load())
	}
}

func TestManyCountAtOnce(t *testing.T) {
	m := New(50)
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			for n := range 200 {
				x := full()
				x.EndUser = fmt.Sprint(n * (i % 3))
				m.Record(x, well(0))
				if n%50 == 0 {
					written(t, m)
				}
			}
		})
	}
	work.Wait()
	if got := samples(written(t, m), "litellm_deployment_success_responses_total"); !strings.HasSuffix(got, "} 1600.0\n") {
		t.Error(got)
	}
}

func TestLongNamesAreCut(t *testing.T) {
	m := New(0)
	x := full()
	x.EndUser = strings.Repeat("ä", 1000) + "\"\\\n"
	m.Record(x, well(0))
	x.EndUser = "a\"b\\c\nd\xff"
	m.Record(x, well(0))
	text := samples(written(t, m), "litellm_requests_metric_total")
	if !strings.Contains(text, `end_user="`+strings.Repeat("ä", maxValueBytes/2)+`"`) || !strings.Contains(text, `end_user="a\"b\\c\nd"`) {
		t.Error(text)
	}
}

func BenchmarkRecord(b *testing.B) {
	m, x, end := New(0), full(), well(1e8)
	b.ReportAllocs()
	for b.Loop() {
		m.Record(x, end)
	}
}

func BenchmarkRecordParallel(b *testing.B) {
	m := New(0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		x, end := full(), well(1e8)
		for pb.Next() {
			m.Record(x, end)
		}
	})
}

// BenchmarkWrite is a scrape of a thousand keys.
func BenchmarkWrite(b *testing.B) {
	m := New(0)
	for i := range 1000 {
		x := full()
		x.Principal.KeyHash = fmt.Sprint(i)
		m.Record(x, well(1e8))
	}
	b.ReportAllocs()
	for b.Loop() {
		var n counting
		if err := m.Write(&n); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(n))
	}
}

type counting int64

func (c *counting) Write(b []byte) (int, error) {
	*c += counting(len(b))
	return len(b), nil
}

func TestRecordAllocatesNothing(t *testing.T) {
	m, x, end := New(0), full(), well(1e8)
	if n := testing.AllocsPerRun(100, func() { m.Record(x, end) }); n > 0 {
		t.Errorf("%.1f allocations", n)
	}
}
