package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

const demoConfig = "model_list: [{model_name: m, litellm_params: {model: demo/x}}]"

// shelf is a gateway with a plugins folder.
type shelf struct {
	*apptest.Gateway
	t    *testing.T
	dir  string
	poll func()
	demo []byte
}

func newShelf(t *testing.T, config string, l net.Listener) *shelf {
	t.Helper()
	demo, err := plugins.Open("demo")
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{t: t, dir: t.TempDir(), demo: demo.Wasm}
	s.Gateway = apptest.Start(t, apptest.Setup{Config: config, Listen: l, Options: app.Options{PluginDir: s.dir}})
	s.poll = s.App.PluginPoll()
	s.settle()
	return s
}

// settle lets the watch see the folder as often as it takes.
func (s *shelf) settle() {
	s.poll()
	s.poll()
}

// edition is the demo with a name of its own in its answers, as long as the word demo.
func (s *shelf) edition(name string) []byte {
	return bytes.ReplaceAll(s.demo, []byte("I am the demo model"), []byte("I am the "+name+" model"))
}

// replaced is a module with some bytes in place of others of the same number.
func (s *shelf) replaced(old, new string, times int) []byte {
	s.t.Helper()
	if len(old) != len(new) || !bytes.Contains(s.demo, []byte(old)) {
		s.t.Fatalf("can't put %q in place of %q", new, old)
	}
	return bytes.Replace(s.demo, []byte(old), []byte(new), times)
}

func (s *shelf) write(name string, wasm []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), wasm, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) remove(name string) {
	s.t.Helper()
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
		s.t.Fatal(err)
	}
}

// answers checks which edition serves.
func (s *shelf) answers(name string) {
	s.t.Helper()
	r := s.Post("/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"hi"}]}`)
	if r.Status != 200 || !strings.Contains(r.Body, "I am the "+name+" model") {
		s.t.Fatalf("want %s, got %d %s", name, r.Status, r.Body)
	}
}

// shown is what GET /plugins/{name} says.
func (s *shelf) shown(name string) endpoint.Plugin {
	s.t.Helper()
	r := s.Get("/plugins/" + name)
	var p endpoint.Plugin
	if err := json.Unmarshal([]byte(r.Body), &p); r.Status != 200 || err != nil {
		s.t.Fatalf("/plugins/%s: %d %s", name, r.Status, r.Body)
	}
	return p
}

func TestPluginsAreSwapped(t *testing.T) {
	s := newShelf(t, demoConfig, nil)
	s.answers("demo")
	bundled := s.App.Serving("demo")
	s.write("demo.wasm", s.edition("beta"))
	s.poll()
	s.answers("demo") // one look is not enough
	s.poll()
	s.answers("beta")
	first := s.App.Serving("demo")
	s.settle()
	if err := s.App.Reload(); err != nil || s.App.Serving("demo") != first {
		t.Errorf("a plugin that did not change was loaded again: %v", err)
	}
	if p := s.shown("demo"); p.Source != "file" || p.State != "loaded" || p.LastError != "" || p.Instances != 1 || p.Events != 1 || len(p.SHA256) != 64 {
		t.Errorf("shown as %+v", p)
	}
	s.write("demo.wasm", s.edition("zeta"))
	if err := s.App.Reload(); err != nil {
		t.Fatal(err)
	}
	s.answers("zeta") // a reload looks too
	s.remove("demo.wasm")
	s.settle()
	s.answers("demo")
	if p := s.shown("demo"); p.Source != "bundled" || p.State != "loaded" {
		t.Errorf("shown as %+v", p)
	}
	if n := s.App.AwaitFreed(); n != 0 || bundled.Stats().Instances+first.Stats().Instances != 0 {
		t.Errorf("%d older versions are left", n)
	}
}

func TestHalfWrittenPluginsAreNotTaken(t *testing.T) {
	s := newShelf(t, demoConfig, nil)
	whole := s.edition("beta")
	for size := 0; size < len(whole); size += len(whole) / 5 {
		s.write("demo.wasm", whole[:size])
		s.poll()
	}
	s.write("demo.wasm", whole)
	s.poll()
	if log := s.Log.String(); strings.Contains(log, "plugin not changed") {
		t.Errorf("a half-written file was read: %s", log)
	}
	s.answers("demo")
	s.poll()
	s.answers("beta")
}

func TestBadPluginsChangeNothing(t *testing.T) {
	s := newShelf(t, demoConfig, nil)
	s.write("demo.wasm", s.edition("beta"))
	s.settle()
	serving := s.App.Serving("demo")
	traps, err := pack.Build(t.Context(), filepath.Join("testdata", "trap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, file string
		wasm       []byte
		why        string
	}{
		{"text", "demo", []byte("nonsense"), "not a WebAssembly module"},
		{"nothing", "demo", nil, "not a WebAssembly module"},
		{"half a module", "demo", s.demo[:len(s.demo)/2], "demo.wasm"},
		{"no manifest", "demo", []byte("\x00asm\x01\x00\x00\x00"), "no such custom section"},
		{"an unknown import", "demo", s.replaced("\x07sluice1", "\x07sluice9", 1), "unknown module"},
		{"a function that is not offered", "demo", s.replaced("fd_write", "fd_wrong", 1), "not offered"},
		{"a crash at the start", "demo", traps, "initialise"},
		{"another name", "other", s.demo, `calls itself "demo"`},
		{"a provider that another serves", "dema", s.replaced(`"name":"demo"`, `"name":"dema"`, 1), `both serve the provider "demo"`},
	} {
		before := len(s.Log.String())
		s.write(c.file+".wasm", c.wasm)
		s.settle()
		s.settle()
		s.answers("beta")
		if p := s.shown(c.file); !strings.Contains(p.LastError, c.why) || c.file != "demo" && p.State != "failed" {
			t.Errorf("%s: shown as %+v", c.what, p)
		}
		if n := strings.Count(s.Log.String()[before:], "plugin not changed"); n != 1 {
			t.Errorf("%s: %d lines in the log, want one", c.what, n)
		}
		if s.App.Serving("demo") != serving {
			t.Errorf("%s: the plugin was replaced", c.what)
		}
		if c.file != "demo" {
			s.remove(c.file + ".wasm")
			s.settle()
		}
	}
	s.write("demo.wasm", s.edition("zeta"))
	s.settle()
	s.answers("zeta")
	if p := s.shown("demo"); p.LastError != "" {
		t.Errorf("an old error is still shown: %s", p.LastError)
	}
}

func TestPluginsComeGoAndAreRenamed(t *testing.T) {
	s := newShelf(t, "model_list: [{model_name: m, litellm_params: {model: dema/x}}]", nil)
	ask := func(want int) {
		t.Helper()
		if r := s.Post("/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"hi"}]}`); r.Status != want {
			t.Fatalf("%d %s, want %d", r.Status, r.Body, want)
		}
	}
	ask(400)
	s.write("dema.wasm", s.replaced(`"name":"demo"`, `"name":"dema"`, -1))
	s.settle()
	ask(200)
	// One file takes over from another what both can't have at once.
	s.remove("dema.wasm")
	renamed := s.replaced(`"name":"demo"`, `"name":"dema"`, -1)
	s.write("demb.wasm", bytes.Replace(renamed, []byte(`"name":"dema"`), []byte(`"name":"demb"`), 1))
	s.settle()
	ask(200)
	if p := s.shown("demb"); p.State != "loaded" || len(p.Vendors) != 1 || p.Vendors[0] != "dema" {
		t.Errorf("shown as %+v", p)
	}
	s.remove("demb.wasm")
	s.settle()
	ask(400)
	if r := s.Get("/plugins/demb"); r.Status != 404 || s.App.AwaitFreed() != 0 {
		t.Errorf("a plugin that went: %d %s", r.Status, r.Body)
	}
}

// TestExchangesKeepTheirPlugin swaps the plugin under a stream.
func TestExchangesKeepTheirPlugin(t *testing.T) {
	s := newShelf(t, demoConfig, nil)
	s.answers("demo")
	old := s.App.Serving("demo")
	held := s.App.HoldState()
	s.write("demo.wasm", s.edition("beta"))
	s.settle()
	s.answers("beta")
	if n := s.App.AwaitFreed(); n != 1 || old.Stats().Instances != 1 || s.shown("demo").Draining != 1 {
		t.Fatalf("the plugin of an exchange under way was closed: %+v", old.Stats())
	}
	held()
	if n := s.App.AwaitFreed(); n != 0 || old.Stats().Instances != 0 || s.shown("demo").Draining != 0 {
		t.Errorf("the plugin outlives its last exchange: %+v", old.Stats())
	}
}

func TestPluginsAreShownToAdministratorsOnly(t *testing.T) {
	s := newShelf(t, demoConfig+"\ngeneral_settings: {master_key: sk-1}", nil)
	for _, path := range []string{"/plugins", "/plugins/demo"} {
		if r := s.Get(path); r.Status != 401 {
			t.Errorf("%s without a key: %d", path, r.Status)
		}
		if r := s.Get(path, "Authorization", "Bearer sk-1"); r.Status != 200 || !strings.Contains(r.Body, `"vendors":["demo"]`) {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
}

// TestSwapsUnderLoad swaps two editions while clients send requests and streams.
func TestSwapsUnderLoad(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf(t, demoConfig, l)
	editions := [][]byte{s.edition("beta"), s.edition("zeta")}
	s.write("demo.wasm", editions[1])
	s.settle()
	var stop atomic.Bool
	var asked atomic.Int64
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			for !stop.Load() && s.asks(i%2 == 0) {
				asked.Add(1)
			}
		})
	}
	swaps, warm := swapsUnderLoad, swapsUnderLoad/5
	var used []weak.Pointer[host.Plugin] // which may not be what keeps them
	var before uint64
	for i := range swaps {
		s.write("demo.wasm", editions[i%2])
		s.settle()
		used = append(used, weak.Make(s.App.Serving("demo")))
		if i == warm {
			before = heap()
		}
	}
	after := heap()
	stop.Store(true)
	clients.Wait()
	if n := s.App.AwaitFreed(); n != 0 {
		t.Errorf("%d older versions are left", n)
	}
	for i, version := range used[:swaps-1] {
		if version == used[i+1] {
			t.Fatalf("swap %d did not happen", i+1)
		}
		if p := version.Value(); p != nil && p.Stats().Instances+p.Stats().InFlight != 0 {
			t.Fatalf("the version before swap %d is still there: %+v", i+1, p.Stats())
		}
	}
	if p := s.shown("demo"); p.Instances > runtime.GOMAXPROCS(0) || p.InFlight != 0 || p.Draining != 0 || p.Traps != 0 {
		t.Errorf("at the end shown as %+v", p)
	}
	if grown := int64(after) - int64(before); grown > 8<<20 {
		t.Errorf("%d swaps cost %d bytes", swaps-warm, grown)
	}
	t.Logf("%d answers over %d swaps; heap %d, then %d", asked.Load(), swaps, before, after)
}

// asks sends one request and checks that one edition answered it all.
func (s *shelf) asks(stream bool) bool {
	body := `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	if stream {
		body = body[:len(body)-1] + `,"stream":true}`
	}
	r, err := s.Client.Post("http://gateway/v1/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return false
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	beta, zeta := says(text, "beta"), says(text, "zeta")
	if err != nil || r.StatusCode != http.StatusOK || beta == zeta || stream && !bytes.HasSuffix(text, []byte("data: [DONE]\n\n")) {
		s.t.Errorf("stream %t: %d, %v: %s", stream, r.StatusCode, err, text)
		return false
	}
	return true
}

// says reports whether an answer, or a stream word by word, has the edition's name; ids may spell it too.
func says(text []byte, name string) bool {
	return bytes.Contains(text, []byte("the "+name+" model")) || bytes.Contains(text, []byte(`"`+name+` "`))
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
