package sdktest

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// Native returns the plugin that is linked into the test, run in this process.
func Native(t testing.TB, dir string) *Plugin {
	t.Helper()
	r := &nativeRunner{journal: &journal{t: t}, manifest: manifest(t, dir)}
	p := &Plugin{Manifest: r.manifest, t: t, runner: r, journal: r.journal}
	plain := config(t, r.manifest)
	p.open = func(x Exchange) engine {
		if err := r.configure(plain); err != nil {
			t.Fatal(err)
		}
		return &nativeEngine{journal: r.journal, ctx: r.context(), attrs: x.Attrs}
	}
	return p
}

// nativeEngine is the host of a plugin that runs natively.
type nativeEngine struct {
	journal *journal
	ctx     uint32
	attrs   map[string]string
	docs    []*tape.Doc
	answer  Answer
	events  []byte
	body    []byte
}

func (n *nativeEngine) send(event hostabi.Event, h hostabi.Header, doc *tape.Doc) Answer {
	n.answer, n.events, n.body = Answer{}, nil, nil
	n.docs = []*tape.Doc{doc}
	sdk.Attach(n)
	n.answer.Passed = sdk.Dispatch(n.ctx, event, h, doc) == hostabi.Pass
	n.answer.Body, n.answer.Events = string(n.body), cases.SplitEvents(n.events)
	return n.answer
}

func (n *nativeEngine) Attr(name tape.Atom) (string, bool) {
	v, ok := n.attrs[name.Name()]
	return v, ok
}

func (n *nativeEngine) Parse(src []byte) (uint32, *tape.Doc) {
	d := &tape.Doc{}
	if d.Scan(src) != nil {
		return 0, nil
	}
	n.docs = append(n.docs, d)
	return uint32(len(n.docs)), d
}

func (n *nativeEngine) Emit(kind hostabi.Output, ops []tape.Op, lit []byte) error {
	var err error
	if kind != hostabi.OutEvent {
		n.body, err = tape.Splice(n.body, ops, lit, n.source, maxOutput)
		return err
	}
	start := len(n.events)
	n.events, err = tape.Splice(append(n.events, "data: "...), ops, lit, n.source, maxOutput)
	if err != nil {
		n.events = n.events[:start]
		return err
	}
	n.events = append(n.events, "\n\n"...)
	return nil
}

// source returns a document's bytes.
func (n *nativeEngine) source(id uint16) []byte {
	if id == 0 || int(id) > len(n.docs) {
		return nil
	}
	return n.docs[id-1].Src
}

// maxOutput is how many bytes one document may have, as in the gateway.
const maxOutput = 64 << 20

func (n *nativeEngine) Set(what hostabi.Setting, name, value string) error {
	n.answer.set(what, name, value)
	return nil
}

func (n *nativeEngine) Fail(class hostabi.Class, status int, message string) {
	n.answer.Failure = &Failure{class, status, message}
}

func (n *nativeEngine) Usage(counters [hostabi.UsageCounters]uint32) { n.answer.Usage = &counters }

func (n *nativeEngine) Log(level int, message string) { n.journal.log("plugin", level, message) }

func (a *Answer) set(what hostabi.Setting, name, value string) {
	switch what {
	case hostabi.SetPath:
		a.Path = value
	case hostabi.SetHeader:
		if a.Headers == nil {
			a.Headers = map[string]string{}
		}
		a.Headers[name] = value
	}
}
