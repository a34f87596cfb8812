package sdktest

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/cputime"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// Step is one event of an exchange.
type Step struct {
	Event      hostabi.Event
	Name, Data string // a stream event's name; the document
}

// Measure benchmarks the last of the steps, natively or in wasm: scanning its document, the plugin's work, and putting
// the answer together. The steps before it happen once, in the same exchange. CPU time is reported beside the wall clock's.
func (p *Plugin) Measure(b *testing.B, x Exchange, steps ...Step) {
	b.Helper()
	r := p.Open(x)
	for i, s := range steps {
		if a := r.send(s.Event, 200, s.Name, s.Data); a.Failure != nil {
			b.Fatalf("step %d failed: %s", i, a.Failure.Message)
		}
	}
	last := steps[len(steps)-1]
	h := r.header
	h.Status, h.Name = 200, uint32(tape.Lookup([]byte(last.Name)))
	src, doc := []byte(last.Data), &tape.Doc{}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	defer cputime.Thread(b)()
	for b.Loop() {
		if err := doc.Scan(src); err != nil {
			b.Fatal(err)
		}
		h.Doc, h.Nodes, h.Bytes = 1, uint32(len(doc.Nodes)), uint32(len(src))
		if err := again(r.engine, last.Event, h, doc); err != nil {
			b.Fatal(err)
		}
	}
}

// again sends an event and keeps nothing of the answer.
func again(e engine, event hostabi.Event, h hostabi.Header, doc *tape.Doc) error {
	switch e := e.(type) {
	case *wasmEngine:
		e.context.Events = e.context.Events[:0]
		_, err := e.context.Send(event, &h, doc)
		return err
	case *nativeEngine:
		e.events, e.body, e.docs = e.events[:0], e.body[:0], append(e.docs[:0], doc)
		sdk.Attach(e)
		sdk.Dispatch(e.ctx, event, h, doc)
	}
	return nil
}
