package sdktest

import (
	"bytes"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// nativeRunner runs the plugin that is linked into the test.
type nativeRunner struct {
	journal  *journal
	manifest *hostabi.Manifest
	config   []byte // that the plugin has
	last     uint32
}

// Manifest returns the plugin's manifest.
func (r *nativeRunner) Manifest() *hostabi.Manifest { return r.manifest }

// Open begins an exchange, configuring the plugin when it has another configuration.
func (r *nativeRunner) Open(s *cases.Setup) (cases.Session, error) {
	x := &nativeSession{nativeEngine: nativeEngine{journal: r.journal, ctx: r.context(), attrs: s.Attrs}, manifest: r.manifest, setup: s}
	if r.manifest.Needs.KV > 0 {
		x.store = kv.New(r.manifest.Needs.KV)
	}
	return x, r.configure(s.Config)
}

// configured is the runner whose configuration the plugin has: there is one plugin in the process.
var configured *nativeRunner

func (r *nativeRunner) configure(config []byte) error {
	if configured == r && bytes.Equal(r.config, config) {
		return nil
	}
	sdk.Attach(&nativeSession{nativeEngine: nativeEngine{journal: r.journal}, manifest: r.manifest, setup: &cases.Setup{}})
	if code := sdk.Configure(config); code != 0 {
		return fmt.Errorf("configuration refused with code %d", code)
	}
	configured, r.config = r, config
	return nil
}

// context numbers exchanges as the host does: by place, and by how often the place was used.
func (r *nativeRunner) context() uint32 {
	r.last++
	return r.last%64 | r.last/64<<16
}

// nativeSession is the host of a plugin of any kind that runs natively, for one exchange.
type nativeSession struct {
	nativeEngine
	manifest *hostabi.Manifest
	setup    *cases.Setup
	text     *guarded
	verdict  cases.Answer
	store    *kv.Store
	calls    int
	waiting  []waiting
	ids      uint32
}

// guarded is the text of a guard's event.
type guarded struct {
	src      []byte
	segments []hostabi.Segment
}

// Send brings a document.
func (x *nativeSession) Send(event hostabi.Event, h hostabi.Header, document []byte) (*cases.Answer, error) {
	doc := scan(document)
	h.Doc, h.Nodes, h.Bytes = 1, uint32(len(doc.Nodes)), uint32(len(doc.Src))
	x.begin(doc)
	return x.finish(sdk.Dispatch(x.ctx, event, h, doc))
}

// SendText brings text.
func (x *nativeSession) SendText(event hostabi.Event, h hostabi.Header, text []byte, segments []hostabi.Segment) (*cases.Answer, error) {
	h.Doc, h.Nodes, h.Bytes = 1, uint32(len(segments)), uint32(len(text))
	x.begin(&tape.Doc{Src: text})
	x.text = &guarded{text, segments}
	return x.finish(sdk.DispatchText(x.ctx, event, h, text, segments))
}

// Close ends the exchange: a hook that still waits is dropped.
func (x *nativeSession) Close() {
	sdk.Attach(x)
	sdk.Dispatch(x.ctx, hostabi.EventCancel, hostabi.Header{}, nil)
}

func (x *nativeSession) begin(doc *tape.Doc) {
	x.answer, x.verdict, x.events, x.body, x.text = Answer{}, cases.Answer{}, nil, nil, nil
	x.docs, x.waiting = []*tape.Doc{doc}, nil
	sdk.Attach(x)
}

// finish brings what the plugin waits for, the latest first, until it has answered.
func (x *nativeSession) finish(result hostabi.Result) (*cases.Answer, error) {
	for result == hostabi.Pending {
		if len(x.waiting) == 0 {
			return nil, fmt.Errorf("the plugin waits for nothing")
		}
		w := x.waiting[len(x.waiting)-1]
		x.waiting = x.waiting[:len(x.waiting)-1]
		result = w.bring(x)
	}
	a := &x.verdict
	a.Passed, a.Body, a.Events = result == hostabi.Pass, x.body, cases.SplitEvents(x.events)
	if f := x.answer.Failure; f != nil {
		a.Failure = &cases.Failure{Class: f.Class, Status: f.Status, Message: f.Message}
	}
	return a, nil
}

// scan indexes a document, which need not be JSON.
func scan(document []byte) *tape.Doc {
	doc := &tape.Doc{}
	if doc.Scan(document) != nil {
		return &tape.Doc{Src: document}
	}
	return doc
}
