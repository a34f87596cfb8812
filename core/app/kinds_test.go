package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// guests are the modules of the folders in testdata, each built once.
var guests sync.Map

func guestModule(t *testing.T, name string) []byte {
	t.Helper()
	build, _ := guests.LoadOrStore(name, sync.OnceValues(func() ([]byte, error) {
		return pack.Build(t.Context(), filepath.Join("testdata", name))
	}))
	wasm, err := build.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// echo answers a chat with its last message.
func echo(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Model    string
			Messages []struct{ Content string }
		}
		text, _ := io.ReadAll(r.Body)
		if json.Unmarshal(text, &asked) != nil || len(asked.Messages) == 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		content, _ := json.Marshal(asked.Messages[len(asked.Messages)-1].Content + " from " + asked.Model)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, strings.Replace(completion, `"Hi"`, string(content), 1))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// manned is a gateway with plugins of the folders in testdata, whose configuration can be changed.
type manned struct {
	*shelf
	source *switching
	base   string
}

func newManned(t *testing.T, config string, names ...string) *manned {
	t.Helper()
	m := &manned{shelf: &shelf{t: t, dir: t.TempDir()}, source: &switching{}}
	m.base = "model_list:\n  - {model_name: m, litellm_params: {model: openai/x, api_key: k, api_base: " + echo(t) + "}}\n"
	for _, name := range names {
		m.write(name+".wasm", guestModule(t, name))
	}
	m.source.set(m.base + config)
	m.Gateway = apptest.Start(t, apptest.Setup{Options: app.Options{PluginDir: m.dir, Load: m.source.load}})
	m.poll = m.App.PluginPoll()
	m.settle()
	return m
}

func (m *manned) says(text, want string, status int) {
	m.t.Helper()
	r := m.Post("/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"`+text+`"}]}`, "Authorization", "Bearer sk-x")
	if r.Status != status || !strings.Contains(r.Body, want) {
		m.t.Errorf("%q: %d %s, want %d %s", text, r.Status, r.Body, status, want)
	}
}

const guarded = "guardrails:\n  - {guardrail_name: words, litellm_params: {guardrail: sentry, mode: pre_call, default_on: true}}\n"

func TestGuardsRun(t *testing.T) {
	m := newManned(t, guarded+"plugins: {sentry: {settings: {word: hidden}}}\n", "sentry")
	m.says("the hidden secret", "the [alpha] secret from x", 200)
	m.says("nothing", "nothing from x", 200)
	m.says("count", "asked 1 times", 400)
	p := m.shown("sentry")
	if v := p.Verdicts; v == nil || v.Edited != 1 || v.Passed != 1 || v.Blocked != 1 || v.NotRun != 0 {
		t.Errorf("verdicts %+v", v)
	}
	if p.Kind != "guard" || p.State != "loaded" || p.Lock != "not locked" || strings.Join(p.Hooks, " ") != "input output window" ||
		strings.Join(p.UsedBy, "; ") != "guardrail words (pre_call), always" || p.Granted.KV != 4096 || !p.Granted.Match || p.Fail != "closed" ||
		p.Limits.Memory != 64 || p.Isolation != "shared" || p.Events == 0 || p.Breaker != "closed" {
		t.Errorf("shown as %+v", p)
	}
}

func TestCallbackGuardsRun(t *testing.T) {
	m := newManned(t, "litellm_settings: {callbacks: [sentry]}\n", "sentry")
	m.says("the secret", "the [alpha] from x", 200)
	if p := m.shown("sentry"); strings.Join(p.UsedBy, "; ") != "guardrail sentry (pre_call, post_call), always" {
		t.Errorf("used by %q", p.UsedBy)
	}
}

func TestObserversRun(t *testing.T) {
	m := newManned(t, "litellm_settings: {success_callback: [scribe]}\n", "scribe")
	m.says("hello", "hello from x", 200)
	m.Post("/v1/chat/completions", `{"model":"nothing","messages":[{"role":"user","content":"x"}]}`)
	if err := m.App.Reload(); err != nil { // the old state's observers are done when it is freed
		t.Fatal(err)
	}
	m.App.AwaitFreed()
	p := m.shown("scribe")
	if p.Metrics["records"] != 1 || strings.Join(p.UsedBy, "") != "observer of successes" || p.Fail != "open" {
		t.Errorf("shown as %+v", p)
	}
}

func TestRoutersRun(t *testing.T) {
	m := newManned(t, "router_settings: {routing_strategy: pilot}\n", "pilot")
	m.source.set(m.base + strings.Replace(strings.TrimPrefix(m.base, "model_list:\n"), "openai/x", "openai/y", 1) + "router_settings: {routing_strategy: pilot}\n")
	if err := m.App.Reload(); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		m.says("hello", "hello from y", 200)
	}
	if p := m.shown("pilot"); strings.Join(p.UsedBy, "") != "router" || p.Events == 0 {
		t.Errorf("shown as %+v", p)
	}
}

func TestAuthPluginsRun(t *testing.T) {
	m := newManned(t, "general_settings: {master_key: sk-master, custom_auth: porter}\n", "porter")
	m.says("hello", "the porter knows nobody", 401)
	r := m.Get("/plugins/porter", "Authorization", "Bearer sk-master")
	if r.Status != 200 || !strings.Contains(r.Body, `"used_by":["custom_auth"]`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// A plugin that the configuration can't be satisfied with keeps the gateway from starting.
func TestStartsThatFail(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sentry.wasm"), guestModule(t, "sentry"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ config, want string }{
		"unknown":  {"guardrails:\n  - {guardrail_name: words, litellm_params: {guardrail: sentri, mode: pre_call}}\n", `test.yaml:2:57: error: guardrails[0].litellm_params.guardrail: no guard plugin is called "sentri" (did you mean "sentry"?)`},
		"settings": {"plugins: {sentry: {settings: {word: a}}}\n", "test.yaml:1:37: error: plugins.sentry.settings.word: plugin sentry: minLength: got 1, want 2"},
		"locked":   {"plugin_policy: {lock: required}\n", "plugin sentry is not in"},
		"signed":   {"plugin_policy: {signatures: required}\n", "plugin sentry is not signed"},
		"granted":  {guarded + "plugins: {sentry: {match: false}}\n", "plugin sentry: load plugin sentry"},
	} {
		_, err := app.New(t.Context(), options(c.config, dir))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		parsed, _ := (&switching{text: c.config}).load()
		found, checkErr := app.Check(parsed, dir, func(string) (string, bool) { return "", false })
		var invalid *config.Errors
		if errors.As(err, &invalid) && !strings.Contains(errorsOf(found), c.want) {
			t.Errorf("%s: check says %v, %v", name, found, checkErr)
		}
	}
}

func errorsOf(found []config.Finding) string {
	return (&config.Errors{Findings: found}).Error()
}

// New settings of a plugin come with a reload; what it stored stays.
func TestSettingsAreReloaded(t *testing.T) {
	m := newManned(t, guarded, "sentry")
	m.says("the secret", "the [alpha] from x", 200)
	m.says("count", "asked 1 times", 400)
	before := m.App.Serving("sentry")
	m.source.set(m.base + guarded + "plugins: {sentry: {settings: {word: hidden}}}\n")
	if err := m.App.Reload(); err != nil {
		t.Fatal(err)
	}
	m.says("the hidden secret", "the [alpha] secret from x", 200)
	m.says("count", "asked 2 times", 400)
	if m.App.AwaitFreed() != 0 || before.Stats().Instances != 0 {
		t.Error("the plugin with the old settings is still there")
	}
	serving := m.App.Serving("sentry")
	for _, wrong := range []string{"plugins: {sentry: {settings: {word: x}}}\n", "plugins: {sentry: {kv: 5000}}\n", "plugins: {sentry: {enabled: false}}\n", "plugin_policy: {lock: required}\n"} {
		m.source.set(m.base + guarded + wrong)
		if err := m.App.Reload(); err == nil {
			t.Errorf("%s is taken", wrong)
		}
		if m.App.Serving("sentry") != serving {
			t.Errorf("%s changed something", wrong)
		}
	}
	m.says("the hidden secret", "the [alpha] secret from x", 200)
	m.source.set(m.base + "plugins: {sentry: {enabled: false}}\n")
	if err := m.App.Reload(); err != nil || m.shown("sentry").State != "disabled" {
		t.Errorf("disabled: %v", err)
	}
	m.says("the hidden secret", "the hidden secret from x", 200)
}

// One plugin serves guards with settings of their own side by side.
func TestGuardsHaveSettingsOfTheirOwn(t *testing.T) {
	m := newManned(t, `guardrails:
  - {guardrail_name: one, litellm_params: {guardrail: sentry, mode: pre_call, default_on: true, settings: {word: first}}}
  - {guardrail_name: two, litellm_params: {guardrail: sentry, mode: pre_call, default_on: true, settings: {word: second}}}
`, "sentry")
	m.says("first second secret", "[alpha] [alpha] secret from x", 200)
	m.says("count", "asked 1 times", 400)
	if p := m.shown("sentry"); p.Instances != 2 || len(p.UsedBy) != 2 {
		t.Errorf("shown as %+v", p)
	}
}

// refusedSwap checks that a file is not taken, that it says why and that the version before serves on.
func (m *manned) refusedSwap(what, why string) {
	m.t.Helper()
	m.settle()
	m.says("the secret", "the [alpha] from x", 200)
	if p := m.shown("sentry"); !strings.Contains(p.LastError, why) || p.State != "loaded" {
		m.t.Errorf("%s: shown as %s, %q", what, p.State, p.LastError)
	}
}

func TestGuardSwapsThatAreRefused(t *testing.T) {
	m := newManned(t, guarded+"plugins: {sentry: {settings: {word: secret}}}\n", "sentry")
	wasm := guestModule(t, "sentry")
	for _, c := range []struct{ what, old, new, why string }{
		{"a case that fails", "[alpha]", "[gamma]", "hides the word"},
		{"a schema that refuses the settings", `"minLength":2`, `"minLength":9`, "minLength: got 6, want 9"},
		{"another kind", `"kind":"guard"`, `"kind":"audit"`, "kind"},
	} {
		m.write("sentry.wasm", bytes.Replace(wasm, []byte(c.old), []byte(c.new), 1))
		m.refusedSwap(c.what, c.why)
	}
	m.remove("sentry.wasm")
	m.refusedSwap("no file", "its file was removed, but it is still in use")
	m.says("count", "asked 1 times", 400)
	m.App.Serving("sentry").Warm(2)
	instances := m.App.Serving("sentry").Stats().Instances
	m.write("sentry.wasm", bytes.ReplaceAll(wasm, []byte("[alpha]"), []byte("[gamma]")))
	m.settle()
	m.says("the secret", "the [gamma] from x", 200)
	if n := m.App.Serving("sentry").Stats().Instances; n != instances {
		t.Errorf("%d instances after a swap, %d before", n, instances)
	}
	m.says("count", "asked 2 times", 400)
}

func TestInspect(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		wasm         []byte
		unfit, cases string
	}{
		"good":   {guestModule(t, "sentry"), "", ""},
		"wrong":  {bytes.Replace(guestModule(t, "sentry"), []byte("[alpha]"), []byte("[gamma]"), 1), "", "hides the word"},
		"import": {bytes.Replace(guestModule(t, "sentry"), []byte("fd_write"), []byte("fd_wrong"), 1), "not offered", ""},
	} {
		file := filepath.Join(dir, "sentry.wasm")
		if err := os.WriteFile(file, c.wasm, 0o600); err != nil {
			t.Fatal(err)
		}
		i, err := app.Inspect(t.Context(), file, slog.New(slog.DiscardHandler))
		if err != nil || i.Manifest.Name != "sentry" || i.Untried != "" {
			t.Fatalf("%s: %+v %v", name, i, err)
		}
		if !tells(i.Unfit, c.unfit) || !tells(i.Failed, c.cases) || c.unfit == "" && i.Cases != 1 {
			t.Errorf("%s: %+v", name, i)
		}
	}
}

// tells reports whether an error has a text, or is none where there is none.
func tells(err error, text string) bool {
	if text == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), text)
}
