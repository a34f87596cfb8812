package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

const completion = `{"id":"c1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"finish_reason":"stop",` +
	`"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`

// upstream answers chats, and keeps what it was sent.
func upstream(t *testing.T) (*httptest.Server, func() string) {
	var last atomic.Value
	last.Store("")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		header := r.Header
		last.Store(fmt.Sprintf("%s %s %v", r.URL, body, header))
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, completion)
	}))
	t.Cleanup(s.Close)
	return s, func() string { return last.Load().(string) }
}

func hello(g *apptest.Gateway, model string) apptest.Reply {
	return g.Post("/v1/chat/completions", `{"model":"`+model+`","messages":[{"role":"user","content":"Hi"}],"seed":1}`)
}

// switching loads whatever text it holds.
type switching struct {
	mu   sync.Mutex
	text string
}

func (s *switching) set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = text
}

func (s *switching) load() (*config.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return config.Parse("test.yaml", []byte(s.text), config.Options{Getenv: func(string) (string, bool) { return "", false }})
}

func TestReload(t *testing.T) {
	up, _ := upstream(t)
	config := func(name, key string) string {
		return fmt.Sprintf("model_list:\n  - {model_name: %s, litellm_params: {model: openai/x, api_key: k, api_base: %s}}\ngeneral_settings: {master_key: %s}\n", name, up.URL, key)
	}
	source := &switching{text: config("one", "sk-1")}
	var s apptest.Setup
	s.Options.Load = source.load
	g := apptest.Start(t, s)
	ask := func(model, key string) int {
		return g.Post("/v1/chat/completions", `{"model":"`+model+`","messages":[{"role":"user","content":"Hi"}]}`, "Authorization", "Bearer "+key).Status
	}
	if ask("one", "sk-1") != 200 || ask("two", "sk-1") != 400 {
		t.Fatal("the first configuration is not served")
	}
	source.set(config("two", "sk-2"))
	if err := g.App.Reload(); err != nil {
		t.Fatal(err)
	}
	if ask("one", "sk-2") != 400 || ask("two", "sk-2") != 200 || ask("two", "sk-1") != 401 {
		t.Error("the second configuration is not served")
	}
	source.set("model_list:\n  - {model_name: three}\n")
	if err := g.App.Reload(); err == nil || !strings.Contains(err.Error(), "test.yaml:2:5: error: model_list[0]: litellm_params is missing") {
		t.Errorf("a bad configuration: %v", err)
	}
	if ask("two", "sk-2") != 200 {
		t.Error("a bad configuration changed something")
	}
	if log := g.Log.String(); !strings.Contains(log, "configuration not changed") || strings.Count(log, "configuration reloaded") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// Reloads drop no request, and each request sees one configuration from its beginning to its end.
func TestReloadUnderLoad(t *testing.T) {
	up, _ := upstream(t)
	text := fmt.Sprintf("model_list:\n  - {model_name: m, litellm_params: {model: openai/x, api_key: k, api_base: %s}}\n  - {model_name: w/*, litellm_params: {model: openai/*, api_key: k, api_base: %s}}\n", up.URL, up.URL)
	source := &switching{text: text}
	var s apptest.Setup
	s.Options.Load = source.load
	g := apptest.Start(t, s)
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for ctx.Err() == nil {
				if r := hello(g, []string{"m", "w/x"}[i%2]); r.Status != 200 {
					t.Errorf("%d %s", r.Status, r.Body)
					return
				}
			}
		})
	}
	for range 10 {
		if err := g.App.Reload(); err != nil {
			t.Error(err)
		}
	}
	stop()
	wait.Wait()
}

// told passes on the messages that are logged.
type told struct {
	slog.Handler
	messages chan string
}

func (h told) Handle(_ context.Context, r slog.Record) error {
	h.messages <- r.Message
	return nil
}

func TestWatch(t *testing.T) {
	folder := t.TempDir()
	main, part := filepath.Join(folder, "main.yaml"), filepath.Join(folder, "part.yaml")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(main, "include: [part.yaml]\n")
	write(part, "model_list:\n  - {model_name: one, litellm_params: {model: demo/x}}\n")
	log := told{slog.DiscardHandler, make(chan string, 100)}
	var s apptest.Setup
	s.Options.Load = func() (*config.Config, error) { return config.Load(main, config.Options{}) }
	s.Options.Log = slog.New(enabled{log})
	g := apptest.Start(t, s)
	go g.App.Watch(t.Context())
	// change writes a file until the message comes: what is written before the watch has begun is not seen as a change.
	change := func(path, text, message string) {
		t.Helper()
		for n := 0; ; n++ {
			write(path, fmt.Sprintf("%s# %d\n", text, n))
			again := time.After(4 * time.Second)
			for waiting := true; waiting; {
				select {
				case m := <-log.messages:
					if strings.HasPrefix(m, message) {
						return
					}
				case <-again:
					waiting = false
				}
			}
		}
	}
	change(part, "model_list:\n  - {model_name: two, litellm_params: {model: demo/x}}\n", "configuration reloaded")
	if hello(g, "one").Status != 400 || hello(g, "two").Status != 200 {
		t.Error("the included file's change is not served")
	}
	change(main, "include: [part.yaml, more.yaml]\n", "configuration not changed")
	if hello(g, "two").Status != 200 {
		t.Error("a broken configuration changed something")
	}
	change(filepath.Join(folder, "more.yaml"), "router_settings: {num_retries: 1}\n", "configuration reloaded")
}

// enabled makes a handler hear of everything.
type enabled struct{ told }

func (enabled) Enabled(context.Context, slog.Level) bool { return true }

// probe builds provider's test guest, without a manifest.
func probe(t *testing.T) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "probe.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	build.Dir = filepath.Join("..", "provider", "testdata", "probe")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// manifest is one of a plugin that answers by itself.
func manifest(name string, vendors ...string) *hostabi.Manifest {
	m := &hostabi.Manifest{Name: name, Version: "1.0.0", Kind: "provider", About: "A test.", Hooks: []string{"request"}}
	for _, v := range vendors {
		m.Vendors = append(m.Vendors, hostabi.Vendor{Name: v, Answers: true, Auth: "none", KeyOptional: true, Paths: map[string]string{"chat": "/chat"}})
	}
	return m
}

// folder writes plugins into a new folder.
func folder(t *testing.T, wasm []byte, manifests map[string]*hostabi.Manifest) string {
	t.Helper()
	dir := t.TempDir()
	for file, m := range manifests {
		module := wasm
		if m != nil {
			var err error
			if module, err = pack.Attach(wasm, m); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, file), module, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPluginFolder(t *testing.T) {
	wasm := probe(t)
	dir := folder(t, wasm, map[string]*hostabi.Manifest{"demo.wasm": manifest("demo", "demo", "mine"), "added.wasm": manifest("added", "extra")})
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("not a plugin"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := apptest.Setup{Config: `
model_list:
  - {model_name: replaced, litellm_params: {model: demo/x}}
  - {model_name: renamed, litellm_params: {model: mine/x}}
  - {model_name: added, litellm_params: {model: extra/x}}
`}
	s.Options.PluginDir = dir
	g := apptest.Start(t, s)
	for _, model := range []string{"replaced", "renamed", "added"} {
		r := g.Post("/v1/chat/completions", `{"model":"`+model+`","do":"tell","messages":[{"role":"user","content":"Hi"}]}`)
		if r.Status != 200 || !strings.Contains(r.Body, `"attributes":["x"`) {
			t.Errorf("%s: %d %s", model, r.Status, r.Body)
		}
	}
}

func TestBadPluginFolders(t *testing.T) {
	wasm := probe(t)
	for name, c := range map[string]struct {
		files map[string]*hostabi.Manifest
		want  string
	}{
		"other name":  {map[string]*hostabi.Manifest{"x.wasm": manifest("y", "z")}, `plugin x.wasm calls itself "y": name the file after it`},
		"no manifest": {map[string]*hostabi.Manifest{"x.wasm": nil}, "plugin x.wasm: read manifest"},
		"clash":       {map[string]*hostabi.Manifest{"x.wasm": manifest("x", "openai")}, `plugins openai and x both serve the provider "openai"`},
	} {
		_, err := app.New(t.Context(), options("model_list: []\n", folder(t, wasm, c.files)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.New(t.Context(), options("model_list: []\n", file)); err == nil || !strings.Contains(err.Error(), "read the plugins folder") {
		t.Errorf("a file: %v", err)
	}
}

func options(text, plugins string) app.Options {
	return app.Options{
		Load: (&switching{text: text}).load, PluginDir: plugins, Log: slog.New(slog.DiscardHandler),
		Getenv: func(string) (string, bool) { return "", false },
	}
}

func TestNewFails(t *testing.T) {
	var findings *config.Errors
	if _, err := app.New(t.Context(), options("model_list: 7\n", "")); !errors.As(err, &findings) {
		t.Errorf("got %v", err)
	}
	o := options("model_list: []\n", "")
	o.CacheDir = filepath.Join(os.DevNull, "x")
	if _, err := app.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "start the plugin host") {
		t.Errorf("got %v", err)
	}
}
