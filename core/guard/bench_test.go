package guard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/host/cputime"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// conversation is a chat request of about n bytes, a tenth of its messages with escapes.
func conversation(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"model":"m","messages":[`)
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		text := strings.Repeat("some words to look at ", 10)
		if i%10 == 0 {
			text = strings.Repeat(`a \"quote\"\n`, 15)
		}
		fmt.Fprintf(&b, `{"role":"user","content":"%s"}`, text)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

var sizes = []int{1 << 10, 10 << 10, 100 << 10}

func BenchmarkExtraction(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%dKB", n>>10), func(b *testing.B) {
			var d tape.Doc
			if err := d.Scan(conversation(n)); err != nil {
				b.Fatal(err)
			}
			var t texts
			b.SetBytes(int64(len(d.Src)))
			b.ReportAllocs()
			defer cputime.Thread(b)()
			for b.Loop() {
				t.read(&d, core.Chat, false, everyRole)
			}
		})
	}
}

// silent is a guard that finds nothing.
func silent(modes Mode, hooks string) *Guard {
	g := fake("g", modes, hooks, nil)
	g.fake = func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error) { return answer{}, nil }
	g.DefaultOn = true
	return g
}

func BenchmarkStream(b *testing.B) {
	var in Inspection
	x := core.Exchange{Endpoint: core.Chat, Stream: true}
	var d tape.Doc
	event := []byte(content("some words "))
	if d.Scan([]byte(`{}`)) != nil || in.Begin(New([]*Guard{silent(PostCall, "window")}), &d, &x, nil, nil) != nil {
		b.Fatal("begin")
	}
	defer in.End()
	s, _ := in.Stream()
	b.SetBytes(int64(len(event)))
	b.ReportAllocs()
	for b.Loop() {
		if e := s.Add(event); e != nil {
			b.Fatal(e)
		}
		s.Taken()
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, n := range sizes {
		var d tape.Doc
		if err := d.Scan(conversation(n)); err != nil {
			t.Fatal(err)
		}
		var found texts
		if allocs := testing.AllocsPerRun(20, func() { found.read(&d, core.Chat, false, everyRole) }); allocs > 0 {
			t.Errorf("%d bytes: %v allocations", n, allocs)
		}
	}
	x := core.Exchange{Endpoint: core.Chat, Stream: true}
	var d tape.Doc
	var in Inspection
	if d.Scan([]byte(`{}`)) != nil || in.Begin(New([]*Guard{silent(PostCall, "window")}), &d, &x, nil, nil) != nil {
		t.Fatal("begin")
	}
	defer in.End()
	s, _ := in.Stream()
	event := []byte(content("some words "))
	if allocs := testing.AllocsPerRun(2000, func() { s.Add(event); s.Taken() }); allocs > 0 {
		t.Errorf("an event: %v allocations", allocs)
	}
}

// An inspection is used again and again: the second exchange does with the memory of the first.
func TestInspectionIsUsedAgain(t *testing.T) {
	var in Inspection
	set := New([]*Guard{silent(PreCall|PostCall, "input output window")})
	for i := range 3 {
		for _, stream := range []bool{false, true} {
			x := core.Exchange{Endpoint: core.Chat, Stream: stream}
			var d tape.Doc
			if d.Scan(conversation(1000)) != nil || in.Begin(set, &d, &x, nil, nil) != nil || in.Input(&d) != nil {
				t.Fatal(i)
			}
			if stream {
				s, e := in.Stream()
				if e != nil || s.Add([]byte(content("x"))) != nil || s.End() != nil || string(s.Output()) != content("x") {
					t.Fatalf("%d: %v", i, e)
				}
				in.ReleaseRequest()
				s.Close()
				s.Close()
			} else if _, e := in.Output([]byte(`{"choices":[{"message":{"content":"x"}}]}`)); e != nil {
				t.Fatal(e)
			}
			if len(x.Verdicts) != 2 || in.Applied() != "g" {
				t.Errorf("%d: %+v", i, x.Verdicts)
			}
			in.End()
			in.End()
			if in.Active() || in.Applied() != "" {
				t.Errorf("%d: still active", i)
			}
		}
	}
}
