//go:build !wasip1

package sdk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// recorder is a host that writes down what a plugin does.
type recorder struct {
	parser
	docs  [][]byte
	calls []string
	err   error
}

func (r *recorder) note(format string, args ...any) {
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
}

func (r *recorder) Attr(name tape.Atom) (string, bool) { return "of " + name.Name(), name != 0 }

func (r *recorder) Emit(kind hostabi.Output, ops []tape.Op, lit []byte) error {
	b, err := tape.Splice(nil, ops, lit, func(id uint16) []byte { return r.docs[id-1] }, 1<<20)
	r.note("emit %d %s", kind, b)
	return errors.Join(err, r.err)
}

func (r *recorder) Set(what hostabi.Setting, name, value string) error {
	r.note("set %d %s=%s", what, name, value)
	return r.err
}

func (r *recorder) Fail(class hostabi.Class, status int, message string) {
	r.note("fail %d %d %s", class, status, message)
}

func (r *recorder) Usage(counters [hostabi.UsageCounters]uint32) { r.note("usage %v", counters) }

func (r *recorder) Log(level int, message string) { r.note("log %d %s", level, message) }

// provide registers a provider and attaches a recorder for one test.
func provide[S any](t testing.TB, p Provider[S]) *recorder {
	t.Helper()
	old := registered
	t.Cleanup(func() { registered, native = old, nil })
	Provide(p)
	r := &recorder{}
	Attach(r)
	return r
}

func (r *recorder) send(ctx uint32, event hostabi.Event, src string) hostabi.Result {
	d := &tape.Doc{}
	if d.Scan([]byte(src)) != nil {
		d.Src = []byte(src)
	}
	r.docs = [][]byte{d.Src}
	return Dispatch(ctx, event, hostabi.Header{Doc: 1, Nodes: uint32(len(d.Nodes)), Bytes: uint32(len(d.Src))}, d)
}

func TestHooks(t *testing.T) {
	type state struct{ seen []string }
	hook := func(name string) func(*Call, *state) error {
		return func(c *Call, s *state) error {
			s.seen = append(s.seen, name)
			c.Emit(c.Out().Lit(strings.Join(s.seen, " ")))
			return nil
		}
	}
	r := provide(t, Provider[state]{
		Request: hook("request"), Response: hook("response"), Chunk: hook("chunk"), End: hook("end"), Error: hook("error"), Cancel: hook("cancel"),
	})
	for _, step := range []struct {
		ctx   uint32
		event hostabi.Event
		want  string
	}{
		{5 | 1<<16, hostabi.EventRequest, "emit 2 request"},
		{7 | 2<<16, hostabi.EventRequest, "emit 2 request"},
		{5 | 1<<16, hostabi.EventChunk, "emit 2 request chunk"},
		{7 | 2<<16, hostabi.EventError, "emit 2 request error"},
		{5 | 1<<16, hostabi.EventEnd, "emit 2 request chunk end"},
		{5 | 3<<16, hostabi.EventRequest, "emit 2 request"}, // the place of an earlier exchange
		{5 | 3<<16, hostabi.EventCancel, "emit 2 request cancel"},
		{5 | 4<<16, hostabi.EventRequest, "emit 2 request"},
		{5 | 4<<16, hostabi.EventResponse, "emit 2 request response"},
	} {
		r.calls = nil
		if result := r.send(step.ctx, step.event, `{}`); result != hostabi.Done || !slices.Equal(r.calls, []string{step.want}) {
			t.Errorf("event %d of %#x: %d, %v, want %s", step.event, step.ctx, result, r.calls, step.want)
		}
	}
}

func TestHooksThatAreMissingPass(t *testing.T) {
	r := provide(t, Provider[int]{})
	for event := hostabi.Event(0); event < 20; event++ {
		if result := r.send(1, event, `{}`); result != hostabi.Pass || r.calls != nil {
			t.Errorf("event %d: %d, %v", event, result, r.calls)
		}
	}
	registered.handle = nil
	if result := r.send(1, hostabi.EventRequest, `{}`); result != hostabi.Pass {
		t.Errorf("a guest without provider: %d", result)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{BadRequest("no"), "fail 1 0 no"},
		{Refuse(hostabi.RateLimit, "slow"), "fail 10 0 slow"},
		{&Error{Class: hostabi.ClassByStatus, Status: 418, Message: "tea"}, "fail 0 418 tea"},
		{&Error{Class: 99, Status: 999, Message: "odd"}, "fail 11 0 odd"},
		{&Error{Class: -1, Status: 200, Message: "odd"}, "fail 11 0 odd"},
		{errors.New("plain"), "fail 11 0 plain"},
	} {
		r := provide(t, Provider[int]{Request: func(*Call, *int) error { return c.err }})
		if result := r.send(1, hostabi.EventRequest, `{}`); result != hostabi.Done || !slices.Equal(r.calls, []string{c.want}) {
			t.Errorf("%v: %d, %v, want %s", c.err, result, r.calls, c.want)
		}
	}
}

func TestCall(t *testing.T) {
	name := Name("call_name")
	r := provide(t, Provider[int]{Chunk: func(c *Call, _ *int) error {
		if c.Endpoint() != hostabi.Embeddings || c.Vendor() != 3 || c.Status() != 201 || c.Event() != name || c.Size() != 8 || c.Bytes() != "not json" || c.Doc().Exists() {
			t.Errorf("call: %+v", c.header)
		}
		if !c.Stream() || c.DropParams() || !c.NoSystem() || c.IncludeUsage() {
			t.Errorf("flags %b", c.header.Flags)
		}
		if c.Attr(name) != "of call_name" || c.Attr(0) != "" {
			t.Error("attributes")
		}
		c.Path("/p")
		c.Header("a", "b")
		c.Usage(Usage{Prompt: 1, Completion: -5, CacheRead: 1 << 40, CacheWrite: 4, Reasoning: 5})
		Log(4, "hi")
		c.Body(c.Out().Lit("1"))
		if len(RandomID("x-")) != 31 || Now() < 1.7e9 {
			t.Error("randomness, time")
		}
		return nil
	}})
	d := &tape.Doc{Src: []byte("not json")}
	h := hostabi.Header{Doc: 1, Bytes: 8, Status: 201, Endpoint: uint32(hostabi.Embeddings), Flags: hostabi.FlagStream | hostabi.FlagNoSystem, Vendor: 3, Name: uint32(name)}
	if result := Dispatch(1, hostabi.EventChunk, h, d); result != hostabi.Done {
		t.Errorf("result %d", result)
	}
	want := []string{"set 1 =/p", "set 2 a=b", "usage [1 0 4294967295 4 5]", "log 4 hi", "emit 1 1"}
	if !slices.Equal(r.calls, want) {
		t.Errorf("calls %q, want %q", r.calls, want)
	}
	if result := Dispatch(1, hostabi.EventEnd, hostabi.Header{}, nil); result != hostabi.Pass {
		t.Errorf("an event without document: %d", result)
	}
}

func TestRefusedAnswersPanic(t *testing.T) {
	for name, hook := range map[string]func(*Call, *int) error{
		"emit": func(c *Call, _ *int) error { c.Body(c.Out().Lit("1")); return nil },
		"set":  func(c *Call, _ *int) error { c.Path("x"); return nil },
	} {
		r := provide(t, Provider[int]{Request: hook})
		r.err = errors.New("no")
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			r.send(1, hostabi.EventRequest, `{}`)
		}()
	}
}

func TestConfigure(t *testing.T) {
	for _, c := range []struct {
		config string
		code   int32
		log    string
	}{
		{`{"ok":true}`, 0, ""},
		{`{"ok":false}`, 2, "log 8 not ok"},
		{`{`, 1, "log 8 configuration is not JSON: invalid JSON at byte 1: unexpected end"},
	} {
		r := provide(t, Provider[int]{Configure: func(config Value) error {
			if !config.Named("ok").True() {
				return errors.New("not ok")
			}
			return nil
		}})
		if code := Configure([]byte(c.config)); code != c.code || strings.Join(r.calls, "\n") != c.log {
			t.Errorf("%s: %d, %q", c.config, code, r.calls)
		}
	}
	provide(t, Provider[int]{})
	if code := Configure([]byte("anything")); code != 0 {
		t.Errorf("a plugin without configuration refuses one: %d", code)
	}
}

// quiet is a host that does nothing, so that only the SDK's own allocations count.
type quiet struct{ Host }

func (quiet) Emit(hostabi.Output, []tape.Op, []byte) error { return nil }

func TestAllocations(t *testing.T) {
	role, content, messages := Name("role"), Name("content"), Name("messages")
	d := document(t, `{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],"n":12}`).doc
	h := hostabi.Header{Doc: 1, Nodes: uint32(len(d.Nodes)), Bytes: uint32(len(d.Src))}
	for name, hook := range map[string]func(*Call, *int) error{
		"pass": func(c *Call, _ *int) error { c.Pass(); return nil },
		"translate": func(c *Call, s *int) error {
			o := c.Out().Lit("[")
			for m := c.Doc().Get(messages).First(); m.Exists(); m = m.Next() {
				if *s++; !m.Get(role).IsNull() {
					o.Raw(m.Get(role)).String("x").Int(int64(*s)).Content(m.Get(content))
				}
			}
			c.Body(o.Lit("]"))
			return nil
		},
	} {
		provide(t, Provider[int]{Request: hook, Chunk: hook})
		Attach(quiet{})
		one := func() {
			Dispatch(3, hostabi.EventRequest, h, &d)
			Dispatch(3, hostabi.EventChunk, h, &d)
		}
		one()
		if n := testing.AllocsPerRun(100, one); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

func TestRandomIDsDiffer(t *testing.T) {
	first, second := RandomID("call_"), RandomID("call_")
	if first == second || !strings.HasPrefix(first, "call_") || strings.Trim(first[5:], alphabet) != "" {
		t.Errorf("ids %q and %q", first, second)
	}
}
