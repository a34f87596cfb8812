package endpoint_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core/app/apptest"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// watchman is the pipeline's test guard.
var watchman = sync.OnceValues(func() ([]byte, error) {
	return pack.Build(context.Background(), filepath.Join("..", "pipeline", "testdata", "guard"))
})

// guarded starts a gateway with the watchman in its plugins folder.
func guarded(t *testing.T, up http.HandlerFunc, config string) *apptest.Gateway {
	t.Helper()
	wasm, err := watchman()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "watchman.wasm"), wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	s := apptest.Setup{Config: strings.ReplaceAll(one, "UP", serve(t, up).URL) + config}
	s.Options.PluginDir = dir
	return apptest.Start(t, s)
}

const guardrails = `
guardrails:
  - guardrail_name: in
    litellm_params: {guardrail: watchman, mode: pre_call, default_on: true}
    guardrail_info: {params: [{name: level}]}
  - {guardrail_name: beside, litellm_params: {guardrail: watchman, mode: during_call}}
  - {guardrail_name: out, litellm_params: {guardrail: watchman, mode: [post_call, logging_only]}}
`

func chat(text, more string) string {
	return `{"model":"chat","messages":[{"role":"user","content":"` + text + `"}]` + more + `}`
}

// parrot answers with the last message's text, in a stream where one is wanted.
func parrot(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, text, _ := strings.Cut(string(body), `"content":"`)
	text, _, _ = strings.Cut(text, `"}]`)
	if strings.Contains(string(body), `"stream":true`) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, piece("You said: ")+piece(text)+last+"data: [DONE]\n\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, strings.Replace(completion, "Hi", text, 1))
}

const applied = "x-litellm-applied-guardrails"

func TestAppliedGuardrails(t *testing.T) {
	g := guarded(t, parrot, guardrails)
	const all = `,"guardrails":["out",{"beside":{"extra_body":{}}}]`
	for _, c := range []struct{ name, body, applied, contains string }{
		{"always", chat("a secret", ""), "in", `a [\"\"]`},
		{"named", chat("x", all), "in,beside,out", `"content":"x"`},
		{"streamed", chat("a secret", all+`,"stream":true`), "in,beside,out", `a [\"\"]`},
		{"refused", chat("forbidden", all), "in", `{"error":{"message":"{'error': 'Keyword banned. Keyword=forbidden'}","type":"None","param":"None","code":"400"}}`},
		{"unknown", chat("x", `,"guardrails":["outt"]`), "", `did you mean \"out\"?`},
		{"batch", strings.Replace(chat("a secret", all), `"chat"`, `"chat,chat"`, 1), "in,beside,out", `a [\"\"]`},
	} {
		r := g.Post("/v1/chat/completions", c.body)
		if got := r.Header.Get(applied); got != c.applied || !strings.Contains(r.Body, c.contains) {
			t.Errorf("%s: %d, applied %q: %s", c.name, r.Status, got, r.Body)
		}
	}
}

// A guard reads the headers that it was granted.
func TestGuardReadsHeaders(t *testing.T) {
	g := guarded(t, parrot, guardrails)
	if r := g.Post("/v1/chat/completions", chat("a secret", ""), "X-Who", "somebody"); !strings.Contains(r.Body, `a [\"somebody\"]`) {
		t.Errorf("got %s", r.Body)
	}
}

// Once something was sent, a refusal is an error event, and no [DONE] follows.
func TestRefusalInTheStream(t *testing.T) {
	texts := make(chan string, 8)
	g := guarded(t, script(texts), guardrails)
	texts <- piece("a beginning that is long") + piece(" enough, and for")
	answer := g.Open(http.MethodPost, "/v1/chat/completions", chat("x", `,"guardrails":["out"],"stream":true`))
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	if first, err := lines.ReadString('\n'); err != nil || !strings.Contains(first, "a beginning") {
		t.Fatalf("%v %s", err, first)
	}
	for _, text := range []string{piece("bidden"), last, "data: [DONE]\n\n"} {
		texts <- text
	}
	close(texts)
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	event := strings.TrimSpace(string(rest))
	e := decode[failure](t, strings.TrimPrefix(event, "data: ")).Error
	if answer.StatusCode != 200 || e.Message != "{'error': 'Keyword banned. Keyword=forbidden'}" || e.Code != "400" || e.Type != "None" {
		t.Errorf("got %d %s", answer.StatusCode, event)
	}
}

func TestGuardrailsList(t *testing.T) {
	g := guarded(t, parrot, guardrails+"general_settings: {master_key: sk-master}\n")
	if r := g.Get("/guardrails/list"); r.Status != 401 {
		t.Errorf("without a key: %d %s", r.Status, r.Body)
	}
	for _, path := range []string{"/guardrails/list", "/v2/guardrails/list"} {
		const want = `{"guardrails":[` +
			`{"guardrail_name":"in","litellm_params":{"guardrail":"watchman","mode":"pre_call","default_on":true},"guardrail_info":{"params":[{"name":"level"}]}},` +
			`{"guardrail_name":"beside","litellm_params":{"guardrail":"watchman","mode":"during_call","default_on":false},"guardrail_info":null},` +
			`{"guardrail_name":"out","litellm_params":{"guardrail":"watchman","mode":["post_call","logging_only"],"default_on":false},"guardrail_info":null}]}`
		if r := g.Get(path, "Authorization", "Bearer sk-master"); r.Status != 200 || strings.TrimSpace(r.Body) != want {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	g = start(t, newAnswers(t).Server, one)
	if r := g.Get("/guardrails/list"); strings.TrimSpace(r.Body) != `{"guardrails":[]}` {
		t.Errorf("none: %s", r.Body)
	}
}

// A guard that could not run is in the log, also where the exchange went on without it; so is what a recording one found.
func TestVerdictsAreLogged(t *testing.T) {
	g := guarded(t, parrot, `
plugins: {watchman: {fail: open}}
guardrails:
  - {guardrail_name: in, litellm_params: {guardrail: watchman, mode: pre_call, default_on: true}}
  - {guardrail_name: log, litellm_params: {guardrail: watchman, mode: logging_only, default_on: true}}
`)
	if r := g.Post("/v1/chat/completions", chat("crash", "")); r.Status != 200 || r.Header.Get(applied) != "" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if log := g.Log.String(); !strings.Contains(log, `"guardrail could not run" guardrail=in mode=pre_call`) {
		t.Errorf("log:\n%s", log)
	}
	g = guarded(t, parrot, "guardrails: [{guardrail_name: log, litellm_params: {guardrail: watchman, mode: logging_only, default_on: true}}]\n")
	if r := g.Post("/v1/chat/completions", chat("forbidden", "")); r.Status != 200 || !strings.Contains(r.Body, "forbidden") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if log := g.Log.String(); strings.Count(log, `"guardrail found something" guardrail=log mode=logging_only`) != 2 {
		t.Errorf("log:\n%s", log)
	}
}
