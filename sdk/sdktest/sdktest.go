// Package sdktest runs a plugin's hooks in tests, natively and as the wasm module that the gateway would run.
//
//	func TestTranslate(t *testing.T) {
//		sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
//			x := p.Open(sdktest.Exchange{Endpoint: hostabi.Chat})
//			got := x.Request(`{"model":"m","messages":[]}`)
//		})
//	}
//
// What can be said as a case (package hostabi/cases) is better written as one, in the plugin's folder cases: it then
// travels with the plugin.
//
//	func TestCases(t *testing.T) { sdktest.Cases(t, ".") }
//
//	func FuzzEdits(f *testing.F) { sdktest.FuzzEdits(f, ".") }
package sdktest

import (
	"slices"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Exchange says what the gateway would know of an exchange.
type Exchange struct {
	Endpoint hostabi.Endpoint // default hostabi.Chat
	Vendor   string           // a vendor of the manifest; default the first
	Flags    uint32           // hostabi.Flag bits
	Attrs    map[string]string
}

// Answer is what a plugin answered to one event.
type Answer struct {
	Passed  bool              // the document was passed on as it is
	Body    string            // what it gave out as a body; with Passed the document itself
	Events  []string          // JSON of the events for the client's stream; with Passed the event itself
	Path    string            // of the upstream request, "" when not set
	Headers map[string]string // of the upstream request
	Usage   *[hostabi.UsageCounters]uint32
	Failure *Failure
}

// Failure is the error that a plugin answered with.
type Failure struct {
	Class   hostabi.Class
	Status  int
	Message string
}

// Plugin is a plugin under test.
type Plugin struct {
	Manifest *hostabi.Manifest
	t        testing.TB
	open     func(x Exchange) engine
	runner   cases.Runner
	journal  *journal
	around   Case
}

// engine is one way of running events: in this process, or in wasm.
type engine interface {
	send(event hostabi.Event, h hostabi.Header, doc *tape.Doc) Answer
}

// Both runs the test natively and in wasm. dir is the plugin's folder; the plugin must be linked into the test.
func Both(t *testing.T, dir string, test func(t *testing.T, p *Plugin)) {
	t.Run("native", func(t *testing.T) { test(t, Native(t, dir)) })
	t.Run("wasm", func(t *testing.T) { test(t, Wasm(t, dir)) })
}

func manifest(t testing.TB, dir string) *hostabi.Manifest {
	t.Helper()
	m, err := pack.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// config is what the gateway configures a plugin with when the operator sets nothing.
func config(t testing.TB, m *hostabi.Manifest) []byte {
	t.Helper()
	text, err := cases.Config(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Open begins an exchange.
func (p *Plugin) Open(x Exchange) *Run {
	if x.Endpoint == 0 {
		x.Endpoint = hostabi.Chat
	}
	h := hostabi.Header{Endpoint: uint32(x.Endpoint), Flags: x.Flags}
	if x.Vendor != "" {
		i := slices.IndexFunc(p.Manifest.Vendors, func(v hostabi.Vendor) bool { return v.Name == x.Vendor })
		if i < 0 {
			p.t.Fatalf("manifest has no vendor %q", x.Vendor)
		}
		h.Vendor = uint32(i)
	}
	return &Run{p.t, p.open(x), h}
}

// Run is an exchange in progress.
type Run struct {
	t      testing.TB
	engine engine
	header hostabi.Header
}

func (r *Run) send(event hostabi.Event, status int, name, text string) Answer {
	h := r.header
	h.Status, h.Name = uint32(status), uint32(tape.Lookup([]byte(name)))
	doc := &tape.Doc{}
	if err := doc.Scan([]byte(text)); err != nil {
		doc.Src = []byte(text)
	}
	h.Doc, h.Nodes, h.Bytes = 1, uint32(len(doc.Nodes)), uint32(len(doc.Src))
	a := r.engine.send(event, h, doc)
	if a.Passed && event == hostabi.EventChunk {
		a.Events = []string{text}
	} else if a.Passed {
		a.Body = text
	}
	return a
}

// Request sends the client's request.
func (r *Run) Request(body string) Answer { return r.send(hostabi.EventRequest, 0, "", body) }

// Response sends a complete upstream reply.
func (r *Run) Response(body string) Answer { return r.send(hostabi.EventResponse, 200, "", body) }

// Chunk sends one event of a streamed reply.
func (r *Run) Chunk(name, data string) Answer { return r.send(hostabi.EventChunk, 200, name, data) }

// Error sends an upstream reply with an error status.
func (r *Run) Error(status int, body string) Answer {
	return r.send(hostabi.EventError, status, "", body)
}

// End tells that the stream has ended.
func (r *Run) End() Answer { return r.send(hostabi.EventEnd, 200, "", "") }
