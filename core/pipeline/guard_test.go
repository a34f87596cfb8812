package pipeline

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guard"
	guestplugin "github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// watchman is a real guard's module, and what runs it.
var watchman = sync.OnceValues(func() (load func() (*host.Plugin, error), err error) {
	ctx := context.Background()
	wasm, err := pack.Build(ctx, filepath.Join("testdata", "guard"))
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	r, err := host.New(ctx, host.Options{CacheDir: filepath.Join(cache, "sluice", "compiled")})
	return func() (*host.Plugin, error) {
		return r.Load(ctx, "watchman", wasm, []byte(`{"settings":{}}`), host.Grants{Match: true, Headers: []string{"x-who"}})
	}, err
})

// guard puts the watchman to work in the modes, always.
func (b *bench) guard(modes guard.Mode) *guard.Guard {
	b.t.Helper()
	load, err := watchman()
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := load()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { p.Close(context.Background()) })
	g := watching(p, modes)
	if err := g.Check(); err != nil {
		b.t.Fatal(err)
	}
	b.state.Guards = guard.New(append(slices.Clone(b.state.Guards.All()), g))
	return g
}

// watching is a guard as its manifest and the configuration make it.
func watching(p *host.Plugin, modes guard.Mode) *guard.Guard {
	return &guard.Guard{Name: "w" + modes.String(), Modes: modes, DefaultOn: true, Plugin: &guestplugin.Plugin{Name: "watchman", Host: p, Kind: "guard",
		Hooks: map[string]bool{"input": true, "output": true, "window": true}, Roles: [5]bool{true, true, true, true, true}, Lookahead: 12}}
}

// asks begins a chat with a text.
func (b *bench) asks(text, more string) *Flight {
	b.t.Helper()
	f := b.begin(core.Chat, `{"model":"m","messages":[{"role":"user","content":"`+text+`"}]`+more+`}`)
	f.Header = func(name []byte) (string, bool) { return "me", string(name) == "x-who" }
	return f
}

// says answers with a text, in a stream where one is wanted: its words one by one.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"choices":[{"index":0,"message":{"content":"`+text+`"}}]}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for word := range strings.SplitAfterSeq(text, " ") {
			io.WriteString(w, delta(word))
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, "data: [DONE]\n\n")
	}
}

func delta(text string) string {
	return `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
}

// drain reads a stream to its end.
func drain(f *Flight) (string, *core.Error) {
	var out strings.Builder
	for {
		out.Write(f.Output())
		f.Taken()
		if f.Finished() {
			f.EndStream()
			return out.String(), nil
		}
		if e := f.More(); e != nil {
			out.Write(f.Output())
			f.EndStream()
			return out.String(), e
		}
	}
}

func outcomes(f *Flight) string {
	var list []string
	for _, v := range f.Verdicts {
		list = append(list, v.Mode+" "+v.Outcome.String())
	}
	return strings.Join(list, ", ")
}

func TestPreCallGuardEditsWhatIsSent(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	g := b.guard(guard.PreCall)
	f := b.asks(`a secret`, `,"guardrails":["`+g.Name+`"]`)
	if e := f.Run(); e != nil {
		t.Fatal(e)
	}
	if want := `{"path":"/a/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"a [\"me\"]"}]}}`; string(f.Body()) != want {
		t.Errorf("got %s", f.Body())
	}
	if f.Applied() != g.Name || outcomes(f) != "pre_call edited" {
		t.Errorf("%s; %s", f.Applied(), outcomes(f))
	}
}

// What is refused never reaches an upstream.
func TestPreCallRefusal(t *testing.T) {
	b := newBench(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.PreCall)
	for _, stream := range []string{"", `,"stream":true`} {
		f := b.asks("what is Forbidden", stream)
		e := f.Run()
		if e == nil || e.Code() != 400 || e.Message != `{'error': 'Keyword banned. Keyword=Forbidden'}` || f.Attempt.Deployment != nil {
			t.Errorf("%v", e)
		}
	}
}

func TestUnknownGuardrail(t *testing.T) {
	b := newBench(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	if e := b.asks("x", `,"guardrails":["pii"]`).Run(); e == nil || e.Code() != 400 || !strings.Contains(e.Message, `"pii"`) {
		t.Errorf("%v", e)
	}
}

// A refusal beside the call ends it: the upstream never answers.
func TestDuringCallRefusalEndsTheCall(t *testing.T) {
	left := make(chan struct{}, 8)
	b := newBench(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		left <- struct{}{}
	})
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.DuringCall)
	for _, stream := range []string{"", `,"stream":true`} {
		f := b.asks("forbidden", stream)
		if e := f.Run(); e == nil || e.Code() != 400 || outcomes(f) != "during_call blocked" {
			t.Errorf("%v; %s", e, outcomes(f))
		}
		f.End()
	}
	select {
	case <-left: // at least where the call had begun
	default:
	}
}

// The answer waits for the verdict; edits are not made.
func TestDuringCallPasses(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.DuringCall)
	f := b.asks("a secret", "")
	if e := f.Run(); e != nil || !strings.Contains(string(f.Body()), `"a secret"`) || outcomes(f) != "during_call passed" || f.Verdicts[0].Refused != 1 {
		t.Errorf("%v %s; %+v", e, f.Body(), f.Verdicts)
	}
}

// A call that failed does not wait for a guard that would take a minute, and neither does a client that left.
func TestNobodyWaitsInVain(t *testing.T) {
	b := newBench(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.DuringCall)
	f := b.asks("wait", "")
	if e := f.Run(); e == nil || e.Class != core.BadRequest || outcomes(f) != "during_call not run" {
		t.Errorf("%v; %s", e, outcomes(f))
	}
	f.End()

	b = newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.PreCall | guard.DuringCall)
	var client upstream.Canceller
	f = b.asks("wait", "")
	f.cancel = &client
	go client.Cancel(nil)
	if e := f.Run(); e == nil || e.Class != core.Cancelled {
		t.Errorf("%v", e)
	}
}

func TestPostCallGuardEditsAnswers(t *testing.T) {
	b := newBench(t, says("it is secret, really"))
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	g := b.guard(guard.PostCall)
	f := b.asks("x", "")
	if e := f.Run(); e != nil || string(f.Body()) != `{"choices":[{"index":0,"message":{"content":"it is [\"me\"], really"}}]}` {
		t.Errorf("%v %s", e, f.Body())
	}
	f = b.asks("x", `,"stream":true`)
	if e := f.Run(); e != nil || f.Applied() != g.Name {
		t.Errorf("%v; %s", e, f.Applied())
	}
	f.ReleaseRequest()
	out, e := drain(f)
	if want := delta("it ") + delta("is ") + delta(`[\"me\"], `) + delta("really"); e != nil || out != want || outcomes(f) != "post_call edited" {
		t.Errorf("%v; %s\ngot\n%swant\n%s", e, outcomes(f), out, want)
	}
}

// Before anything was sent a refusal is an answer of its own.
func TestPostCallRefusal(t *testing.T) {
	b := newBench(t, says("forbidden"))
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.PostCall)
	for _, stream := range []string{"", `,"stream":true`} {
		f := b.asks("x", stream)
		if e := f.Run(); e == nil || e.Code() != 400 || outcomes(f) != "post_call blocked" {
			t.Errorf("%v; %s", e, outcomes(f))
		}
	}
}

// Later it ends the stream, and nothing of the word has left.
func TestRefusalInAStream(t *testing.T) {
	proceed := make(chan struct{})
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, delta("a long ")+delta("way to what is for"))
		w.(http.Flusher).Flush()
		<-proceed
		io.WriteString(w, delta("bidden")+delta(", and more that never comes"))
		w.(http.Flusher).Flush()
		<-r.Context().Done() // the gateway leaves
	})
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.PostCall)
	f := b.asks("x", `,"stream":true`)
	e := f.Run()
	close(proceed)
	if e != nil {
		t.Fatal(e)
	}
	out, e := drain(f)
	if e == nil || e.Code() != 400 || out != delta("a long ") || outcomes(f) != "post_call blocked" {
		t.Errorf("%v; %s; %s", e, outcomes(f), out)
	}
	f.End()
}

// What a stream brought before it broke is decided about, and comes before the error.
func TestBrokenStream(t *testing.T) {
	b := newBench(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, delta("a long beginning, then a secret")+`data: {"error":{"message":"late"}}`+"\n\n")
	})
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.PostCall)
	f := b.asks("x", `,"stream":true`)
	e := f.Run()
	out, late := drain(f)
	if e == nil {
		e = late
	}
	if e == nil || !strings.Contains(e.Message, "late") || !strings.Contains(out, `then a [\"me\"]`) {
		t.Errorf("%v %s", e, out)
	}
}

func TestGuardThatCrashes(t *testing.T) {
	for _, mode := range []guard.Mode{guard.PreCall, guard.DuringCall, guard.PostCall} {
		for _, open := range []bool{false, true} {
			b := newBench(t, says("crash"))
			b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
			b.guard(mode).Plugin.FailOpen = open
			f := b.asks("crash", "")
			e := f.Run()
			if (e == nil) != open || e != nil && (e.Class != core.InternalServer || strings.Contains(e.Message, "as the text says")) {
				t.Errorf("%s, open %t: %v", mode, open, e)
			}
			if outcomes(f) != mode.String()+" not run" || f.Verdicts[0].Err == nil || f.Applied() != "" {
				t.Errorf("%s, open %t: %s", mode, open, outcomes(f))
			}
			f.End()
		}
	}
}

// A guard keeps nothing of a flight that is used again.
func TestFlightsWithAndWithoutGuards(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "m", Model: "probe/m"})
	b.guard(guard.PreCall | guard.DuringCall | guard.PostCall)
	for range 3 {
		f := b.asks("a secret", "")
		if e := f.Run(); e != nil || !strings.Contains(string(f.Body()), `[\"me\"]`) {
			t.Fatalf("%v %s", e, f.Body())
		}
		f.End()
		guards := b.state.Guards
		b.state.Guards = nil
		f = b.asks("a secret", "")
		if e := f.Run(); e != nil || !strings.Contains(string(f.Body()), `"a secret"`) || f.Applied() != "" || f.Verdicts != nil {
			t.Fatalf("%v %s", e, f.Body())
		}
		f.End()
		b.state.Guards = guards
	}
}
