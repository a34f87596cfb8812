package pipeline

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/upstream"
)

func run(t *testing.T, f *Flight) string {
	t.Helper()
	if e := f.Run(); e != nil {
		t.Fatal(e)
	}
	return string(f.Body())
}

func TestRun(t *testing.T) {
	b := newBench(t, echo)
	d := b.add(core.Deployment{ID: "one", Group: "chat", Model: "probe/m"})
	f := b.begin(core.Chat, `{"model":"chat","x":1}`)
	if got := run(t, f); got != `{"path":"/one/chat/completions","body":{"model":"m","x":1}}` {
		t.Errorf("got %s", got)
	}
	a := &f.Attempt
	if f.Group != "chat" || a.Deployment != d || a.Provider != "probe" || a.Model != "m" || a.APIBase != b.upstream.URL+"/one" ||
		a.Retries != 0 || a.MaxRetries != 0 {
		t.Errorf("got %q %+v", f.Group, a)
	}
}

// What stands above the model in the body: the setting for the endpoint, --model, the path.
func TestWhichModel(t *testing.T) {
	b := newBench(t, echo)
	for _, name := range []string{"body", "path", "user", "setting", "free"} {
		b.add(core.Deployment{ID: name, Group: name, Model: "probe/" + name})
	}
	for _, c := range []struct {
		setting, user, path, body, want string
		endpoint                        core.Endpoint
	}{
		{"", "", "", `{"model":"body"}`, "body", core.Chat},
		{"", "", "path", `{"model":"body"}`, "path", core.Chat},
		{"", "user", "path", `{"model":"body"}`, "user", core.Chat},
		{"setting", "user", "path", `{"model":"body"}`, "setting", core.Chat},
		{"setting", "", "", `{}`, "setting", core.Chat},
		{"setting", "", "", `{}`, "setting", core.Embeddings},
	} {
		b.state.UserModel = c.user
		b.state.Override = [core.Moderations + 1]string{}
		b.state.Override[c.endpoint] = c.setting
		f := b.begin(c.endpoint, c.body)
		f.URLModel = c.path
		if got := run(t, f); f.Group != c.want || !strings.Contains(got, `"/`+c.want+"/") {
			t.Errorf("%+v: %s", c, got)
		}
	}
	b.state.Override, b.state.UserModel = [core.Moderations + 1]string{core.Embeddings: "setting"}, ""
	f := b.begin(core.Chat, `{"model":"body"}`)
	if run(t, f); f.Group != "body" {
		t.Errorf("the setting of another endpoint counts: %s", f.Group)
	}
}

func TestUnknownModel(t *testing.T) {
	b := newBench(t, nil)
	b.add(core.Deployment{ID: "one", Group: "chat", Model: "probe/m"})
	const plain = "{'error': '/chat/completions: Invalid model name passed in model=%s. Call `/v1/models` to view available models for your key.'}"
	const wild = "litellm.BadRequestError: You passed in model=%s. There is no 'model_name' with this string "
	check := func(format string) {
		t.Helper()
		for body, name := range map[string]string{
			`{"model":"x"}`: "x", `{}`: "None", `{"model":""}`: "None", `{"model":"` + strings.Repeat("y", 1000) + `"}`: strings.Repeat("y", 256) + "…",
		} {
			e := b.begin(core.Chat, body).Run()
			if e == nil || e.Message != fmt.Sprintf(format, name) || e.Code() != 400 || e.Kind != "None" || e.Upstream {
				t.Errorf("%.40s: %+v", body, e)
			}
		}
	}
	check(plain)
	b.add(core.Deployment{ID: "two", Group: "llm/*", Model: "free/*"})
	check(wild)
}

func TestModerationOfAnUnlistedModel(t *testing.T) {
	b := newBench(t, nil)
	e := b.begin(core.Moderations, `{"input":"x"}`).Run()
	if e == nil || !strings.Contains(e.Message, "model=text-moderation-stable.") {
		t.Errorf("no model: %v", e)
	}
	// A vendor has names like this: it is asked with the environment's credential, of which there is none.
	e = b.begin(core.Moderations, `{"model":"probe-special-mod","input":"x"}`).Run()
	if e == nil || e.Code() != 401 || !strings.Contains(e.Message, "OwnException - no credential for this provider") {
		t.Errorf("inferred: %v", e)
	}
	if e := b.begin(core.Chat, `{"model":"probe-special-chat"}`).Run(); e == nil || !strings.Contains(e.Message, "Invalid model name") {
		t.Errorf("chat: %v", e)
	}
}

func TestWildcard(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "any", Group: "llm/*", Model: "free/*"})
	for range 3 {
		if got := run(t, b.begin(core.Chat, `{"model":"llm/big"}`)); got != `{"path":"/any/chat","body":{"model":"big"}}` {
			t.Errorf("got %s", got)
		}
	}
	if got := run(t, b.begin(core.Chat, `{"model":"llm/small"}`)); got != `{"path":"/any/chat","body":{"model":"small"}}` {
		t.Errorf("got %s", got)
	}
	if n := b.state.count.Load(); n != 2 {
		t.Errorf("%d targets are kept", n)
	}
	b.add(core.Deployment{ID: "fixed", Group: "odd/*", Model: "mystery/*"})
	if e := b.begin(core.Chat, `{"model":"odd/x"}`).Run(); e == nil || !strings.Contains(e.Message, "LLM Provider NOT provided") {
		t.Errorf("unknown provider: %v", e)
	}
}

// Names come from clients: only so many targets are kept, and the others still work.
func TestWildcardKeepsSoMany(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "any", Group: "llm/*", Model: "free/*"})
	b.state.count.Store(maxDerived)
	if got := run(t, b.begin(core.Chat, `{"model":"llm/big"}`)); !strings.Contains(got, `"big"`) {
		t.Errorf("got %s", got)
	}
	if _, kept := b.state.derived.Load(derivedKey{b.list[0], "llm/big"}); kept {
		t.Error("it is kept")
	}
}

// script answers each request with the next status of the list, then with 200.
func script(statuses ...int) (http.HandlerFunc, *atomic.Int32) {
	calls := new(atomic.Int32)
	return func(w http.ResponseWriter, r *http.Request) {
		if n := int(calls.Add(1)); n <= len(statuses) {
			w.WriteHeader(statuses[n-1])
			io.WriteString(w, `{"error":{"message":"no luck."}}`)
			return
		}
		echo(w, r)
	}, calls
}

func TestRetries(t *testing.T) {
	for name, c := range map[string]struct {
		statuses []int
		setting  int
		request  string
		own      int // of the deployment, -1 = none
		two      bool
		calls    int32
		code     int // 0 = it works
	}{
		"none needed":            {nil, 2, `{}`, -1, true, 1, 0},
		"setting":                {[]int{500, 500}, 2, `{}`, -1, true, 3, 0},
		"used up":                {[]int{500, 503, 429}, 2, `{}`, -1, true, 3, 429},
		"request before setting": {[]int{500, 500}, 2, `{"num_retries":1}`, -1, true, 2, 500},
		"none asked for":         {[]int{500}, 2, `{"num_retries":0}`, -1, true, 1, 500},
		"deployment before both": {[]int{500, 500, 500}, 0, `{"num_retries":0}`, 3, true, 4, 0},
		"bad request":            {[]int{400}, 2, `{}`, -1, true, 1, 400},
		"refused key, others":    {[]int{401, 401}, 2, `{}`, -1, true, 3, 0},
		"refused key, no others": {[]int{401}, 2, `{}`, -1, false, 1, 401},
		"not found":              {[]int{404}, 2, `{}`, -1, true, 1, 404},
	} {
		handler, calls := script(c.statuses...)
		b := newBench(t, handler)
		b.state.Settings.Retries = c.setting
		b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/a", Retries: c.own})
		if c.two {
			b.add(core.Deployment{ID: "b", Group: "chat", Model: "probe/b", Retries: c.own})
		}
		f := b.begin(core.Chat, c.request)
		f.Model = "chat"
		e := f.Run()
		if calls.Load() != c.calls || f.Attempt.Retries != int(c.calls)-1 {
			t.Errorf("%s: %d calls, %d retries", name, calls.Load(), f.Attempt.Retries)
		}
		switch {
		case c.code == 0 && e != nil:
			t.Errorf("%s: %v", name, e)
		case c.code != 0 && (e == nil || e.Code() != c.code):
			t.Errorf("%s: %v", name, e)
		case e != nil && !strings.HasSuffix(e.Message, "no luck. Received Model Group=chat\nAvailable Model Group Fallbacks=None"):
			t.Errorf("%s: %s", name, e.Message)
		}
	}
}

func TestRetryGoesElsewhere(t *testing.T) {
	var mu sync.Mutex
	var paths []string
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.URL.Path)
		w.WriteHeader(503)
	})
	b.state.Settings.Retries = 2
	for _, id := range []string{"a", "b", "c"} {
		b.add(core.Deployment{ID: id, Group: "chat", Model: "probe/m"})
	}
	if e := b.begin(core.Chat, `{"model":"chat"}`).Run(); e == nil {
		t.Fatal("no error")
	}
	if len(paths) != 3 || paths[0] == paths[1] || paths[1] == paths[2] || paths[0] == paths[2] {
		t.Errorf("got %q", paths)
	}
}

// A deployment that can't be called is left out while there is another, and tells why where there is none.
func TestUnusableDeployment(t *testing.T) {
	b := newBench(t, echo)
	broken := b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/m", Unusable: true})
	b.state.Routes[broken] = &Route{Broken: Unreachable("probe/m", errors.New("it needs an api_base"))}
	if e := b.begin(core.Chat, `{"model":"chat"}`).Run(); e == nil || e.Code() != 500 ||
		e.Message != "litellm.InternalServerError: the deployment of probe/m is not usable: it needs an api_base" {
		t.Errorf("got %v", e)
	}
	b.add(core.Deployment{ID: "b", Group: "chat", Model: "probe/m"})
	for range 20 {
		if f := b.begin(core.Chat, `{"model":"chat"}`); f.Run() != nil || f.Attempt.Deployment.ID != "b" {
			t.Fatalf("%s was chosen", f.Attempt.Deployment.ID)
		}
	}
}

func TestBackoffEndsWhenTheClientLeaves(t *testing.T) {
	handler, calls := script(500, 500, 500)
	answered := make(chan bool, 3)
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		handler(w, r)
		answered <- true
	})
	b.state.Settings.Retries, b.state.RetryAfter = 3, time.Hour
	b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/m"})
	f := b.begin(core.Chat, `{"model":"chat"}`)
	f.cancel = new(upstream.Canceller)
	go func() {
		<-answered
		f.cancel.Cancel(errors.New("gone"))
	}()
	if e := f.Run(); e == nil || e.Class != core.Cancelled {
		t.Errorf("got %v", e)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestTimeouts(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		stream           bool
		request, stream_ time.Duration
		deployment       core.Deployment
		setting          Settings
		want             time.Duration
	}{
		"none":                              {want: 0},
		"setting":                           {setting: Settings{Timeout: 9 * s}, want: 9 * s},
		"deployment":                        {deployment: core.Deployment{Timeout: 8 * s}, setting: Settings{Timeout: 9 * s}, want: 8 * s},
		"request":                           {request: 7 * s, deployment: core.Deployment{Timeout: 8 * s}, setting: Settings{Timeout: 9 * s}, want: 7 * s},
		"stream timeout, no stream":         {stream_: s, deployment: core.Deployment{StreamTimeout: s}, setting: Settings{Timeout: 9 * s, StreamTimeout: s}, want: 9 * s},
		"stream, setting":                   {stream: true, request: 5 * s, setting: Settings{Timeout: 9 * s, StreamTimeout: 6 * s}, want: 6 * s},
		"stream, deployment":                {stream: true, deployment: core.Deployment{StreamTimeout: 4 * s}, setting: Settings{StreamTimeout: 6 * s}, want: 4 * s},
		"stream, request":                   {stream: true, stream_: 3 * s, deployment: core.Deployment{StreamTimeout: 4 * s}, setting: Settings{StreamTimeout: 6 * s}, want: 3 * s},
		"stream without a limit of its own": {stream: true, request: 2 * s, setting: Settings{Timeout: 9 * s}, want: 2 * s},
	} {
		f := &Flight{State: &State{Settings: c.setting}}
		f.Stream, f.Timeout, f.StreamTimeout = c.stream, c.request, c.stream_
		if got := f.timeout(&c.deployment); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestResponseLimit(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/m"})
	b.state.MaxResponse = core.SizeOf(10)
	if e := b.begin(core.Chat, `{"model":"chat"}`).Run(); e == nil || !strings.HasPrefix(e.Message, "Response size is too large.") {
		t.Errorf("got %v", e)
	}
}

func TestProbe(t *testing.T) {
	b := newBench(t, echo)
	d := b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/m"})
	f := b.begin(core.Chat, `{"model":"whatever"}`)
	if e := f.Probe(d); e != nil || f.Group != "chat" || !strings.Contains(string(f.Body()), `"/a/chat/completions"`) {
		t.Errorf("%v, %s", e, f.Body())
	}
	b.state.Routes[d] = &Route{Broken: Unreachable("m", errors.New("why"))}
	if e := b.begin(core.Chat, `{}`).Probe(d); e == nil || !strings.Contains(e.Message, "why") {
		t.Errorf("got %v", e)
	}
}

func TestFork(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "one", Model: "probe/a"})
	b.add(core.Deployment{ID: "b", Group: "two", Model: "probe/b"})
	f := b.begin(core.Chat, `{"model":"one,two","x":1,"timeout":9,"num_retries":7,"api_key":"own"}`)
	f.CallID = "id-1"
	forks := []*Flight{f.Fork("one", nil), f.Fork("two", nil)}
	for i, g := range forks {
		if g.CallID != "id-1" || g.Start != f.Start || g.Timeout != 9*time.Second || g.Exchange.Retries != 7 || g.key != "own" || g.Route != f.Route {
			t.Errorf("got %+v", g.Exchange)
		}
		want := fmt.Sprintf(`{"path":"/%c/chat/completions","body":{"model":"%c","x":1}}`, 'a'+i, 'a'+i)
		if got := run(t, g); got != want {
			t.Errorf("got %s", got)
		}
	}
	for _, g := range forks {
		g.End()
	}
	if f.Model != "one,two" || f.Doc.Nodes[0].Kind == 0 {
		t.Error("the fork's end changed the original")
	}
}

// Nothing of one exchange may show in the next that uses the same flight.
func TestFlightsAreUsedAgain(t *testing.T) {
	b := newBench(t, echo)
	b.state.Settings.Retries = 0
	for _, id := range []string{"a", "b"} {
		b.add(core.Deployment{ID: id, Group: id, Model: "probe/" + id})
	}
	f := b.begin(core.Chat, `{"model":"a","stream":true,"stream_options":{"include_usage":true},"timeout":5,"stream_timeout":6,"num_retries":3,"api_key":"k1"}`)
	f.URLModel, f.CallID, f.Principal.Admin, f.PromptTokens = "a", "id", true, 9
	f.Run()
	f.End()
	clean := &Flight{pipeline: f.pipeline, call: f.call, Doc: f.Doc, tried: f.tried}
	if fmt.Sprintf("%+v", f.Exchange) != fmt.Sprintf("%+v", clean.Exchange) || f.URLModel != "" || f.key != "" || f.Route != "" ||
		f.State != nil || f.cancel != nil || len(f.tried) != 0 || f.PromptTokens != 0 || f.Doc.Src != nil || len(f.Doc.Nodes) != 0 || f.Body() != nil {
		t.Errorf("left over: %+v", f)
	}
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range 50 {
				id := string(rune('a' + (worker+i)%2))
				g := b.pipeline.Begin(core.Chat, nil)
				body := fmt.Sprintf(`{"model":%q,"n":"%d-%d","api_key":"key-%d"}`, id, worker, i, worker)
				if g.Scan([]byte(body)) != nil || g.Read() != nil {
					t.Error("can't read")
				}
				want := fmt.Sprintf(`{"path":"/%s/chat/completions","body":{"model":%q,"n":"%d-%d"}}`, id, id, worker, i)
				if e := g.Run(); e != nil || string(g.Body()) != want {
					t.Errorf("%v\n got %s\nwant %s", e, g.Body(), want)
				}
				g.End()
			}
		})
	}
	wait.Wait()
}

func TestSwapLeavesRunningExchangesAlone(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/a"})
	f := b.begin(core.Chat, `{"model":"chat"}`)
	b.pipeline.Swap(&State{Table: route.NewTable(nil, nil), Builder: b.state.Builder, Routes: map[*core.Deployment]*Route{}})
	if got := run(t, f); !strings.Contains(got, `"/a/`) {
		t.Errorf("got %s", got)
	}
	if e := b.begin(core.Chat, `{"model":"chat"}`).Run(); e == nil {
		t.Error("the new state is not in force")
	}
}

func TestModelBehind(t *testing.T) {
	b := newBench(t, nil)
	b.aliases = []route.Alias{{Name: "nick", Group: "chat"}}
	b.add(core.Deployment{ID: "a", Group: "chat", Model: "probe/m"})
	b.add(core.Deployment{ID: "b", Group: "llm/*", Model: "free/*"})
	for name, want := range map[string]string{"chat": "probe/m", "nick": "probe/m", "a": "probe/m", "llm/x": "free/x", "other": "other", "": ""} {
		if got := b.state.ModelBehind(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if !b.state.Known("nick") || b.state.Known("other") {
		t.Error("Known is wrong")
	}
}

func TestUnreachable(t *testing.T) {
	own := &core.Error{Class: core.BadRequest, Message: "m"}
	if got := Unreachable("x", own); got != own {
		t.Errorf("got %v", got)
	}
}
