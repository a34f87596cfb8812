// Package hosted runs a plugin's cases in its wasm module, as the gateway would run it.
package hosted

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// key is the virtual key of every exchange.
const key = "a key of the cases"

// Runner is a plugin that was granted all that its manifest asks for, with nothing but the cases' own answers behind it.
// It is not safe for concurrent use.
type Runner struct {
	runtime  *host.Runtime
	manifest *hostabi.Manifest
	wasm     []byte
	grants   host.Grants
	loaded   map[string]*host.Plugin // by configuration
}

// New returns the plugin. Close unloads it.
func New(r *host.Runtime, m *hostabi.Manifest, wasm []byte) *Runner {
	return &Runner{r, m, wasm, Grants(m), map[string]*host.Plugin{}}
}

// Grants are all that a manifest asks for, with a store of its own.
func Grants(m *hostabi.Manifest) host.Grants {
	g := host.Grants{
		Headers: m.Needs.Headers, Match: m.Needs.Match, Memory: m.Limits.Memory, Fuel: m.Limits.Fuel, FuelByte: m.Limits.FuelByte,
		Contexts: m.Limits.Contexts, Calls: m.Limits.Calls, PerRequest: m.Isolation == "per_request",
	}
	for _, u := range m.Needs.Upstreams {
		g.Upstreams = append(g.Upstreams, u.Name)
	}
	if m.Needs.KV > 0 {
		g.KV = kv.New(m.Needs.KV)
	}
	return g
}

// Manifest returns the plugin's manifest.
func (r *Runner) Manifest() *hostabi.Manifest { return r.manifest }

// Open begins an exchange, loading the plugin when it was not used with that configuration before.
func (r *Runner) Open(s *cases.Setup) (cases.Session, error) {
	p := r.loaded[string(s.Config)]
	if p == nil {
		var err error
		if p, err = r.runtime.Load(context.Background(), r.manifest.Name, r.wasm, s.Config, r.grants); err != nil {
			return nil, fmt.Errorf("load for cases: %w", err)
		}
		r.loaded[string(s.Config)] = p
	}
	x := &session{store: r.grants.KV}
	x.context.Open(p)
	x.context.Key = key
	x.context.Attr = func(name tape.Atom) (string, bool) {
		v, ok := s.Attrs[name.Name()]
		return v, ok
	}
	x.context.Header = func(name []byte) (string, bool) {
		v, ok := s.Headers[string(name)]
		return v, ok
	}
	x.context.Set = func(hostabi.Setting, []byte, []byte) error { return nil }
	x.context.Fetch = func(f *host.Fetch) { f.Status, f.Reply, f.Error = s.Calls.Answer(f.Upstream, f.Method, f.Path, f.Body) }
	return x, nil
}

// Stats returns the figures of the plugin as it was loaded with a configuration; none when it was not.
func (r *Runner) Stats(config []byte) host.Stats {
	p := r.loaded[string(config)]
	if p == nil {
		return host.Stats{}
	}
	return p.Stats()
}

// Close unloads the plugin.
func (r *Runner) Close(ctx context.Context) error {
	var errs []error
	for _, p := range r.loaded {
		errs = append(errs, p.Close(ctx))
	}
	clear(r.loaded)
	return errors.Join(errs...)
}

// session is one exchange.
type session struct {
	context host.Context
	store   *kv.Store
	doc     tape.Doc
	text    host.Text
}

// Send brings a document.
func (x *session) Send(event hostabi.Event, h hostabi.Header, document []byte) (*cases.Answer, error) {
	if err := x.doc.Scan(document); err != nil {
		x.doc = tape.Doc{Src: document}
	}
	x.context.Events = x.context.Events[:0]
	result, err := x.context.Send(event, &h, &x.doc)
	return x.answer(result, err)
}

// SendText brings text.
func (x *session) SendText(event hostabi.Event, h hostabi.Header, text []byte, segments []hostabi.Segment) (*cases.Answer, error) {
	x.text = host.Text{Src: text, Segments: segments}
	result, err := x.context.SendText(event, &h, &x.text)
	return x.answer(result, err)
}

func (x *session) answer(result hostabi.Result, err error) (*cases.Answer, error) {
	if err != nil {
		return nil, err
	}
	c := &x.context
	a := &cases.Answer{Passed: result == hostabi.Pass, Body: c.Body, Events: cases.SplitEvents(c.Events), Flags: c.Flags}
	for _, e := range c.Edits {
		a.Edits = append(a.Edits, window.Edit(e))
	}
	if c.Block != nil {
		a.Block = &cases.Block{Status: c.Block.Status, Message: c.Block.Message}
	}
	if c.Failure != nil {
		a.Failure = &cases.Failure{Class: c.Failure.Class, Status: c.Failure.Status, Message: c.Failure.Message}
	}
	return a, nil
}

// Close ends the exchange and forgets what the plugin stored: cases must not depend on each other.
func (x *session) Close() {
	x.context.Close()
	if x.store != nil {
		x.store.DropOwner(hostabi.ScopeGlobal, "")
		x.store.DropOwner(hostabi.ScopeKey, key)
	}
}
