package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// answered runs a command to its end; stdin answers what it asks.
func answered(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	out, errs := newOutput(), newOutput()
	code = Run(t.Context(), Env{args, out, errs, none, strings.NewReader(stdin)})
	return code, out.String(), errs.String()
}

// tiny is a guard of a few instructions, which loads in no time. change edits its manifest.
func tiny(t *testing.T, change func(*hostabi.Manifest)) []byte {
	t.Helper()
	m := &hostabi.Manifest{Name: "tiny", Version: "1.0.0", Kind: "guard", About: "Lets all pass.", Hooks: []string{"input"},
		Needs: hostabi.Needs{Text: []string{"user"}}}
	if change != nil {
		change(m)
	}
	wasm, err := pack.Attach(guesttest.Pass().Module(), m)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func save(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInspectPlugin(t *testing.T) {
	wasm := tiny(t, func(m *hostabi.Manifest) { m.Name = "demo" })
	unfit := bytes.Replace(wasm, []byte("sluice_event"), []byte("sluice_evert"), 1)
	for _, c := range []struct {
		wasm     string
		code     int
		out, err string
	}{
		{string(wasm), 0, "asks      to be called for input\n", ""},
		{string(wasm), 0, "          to see the text of user\n", ""},
		{string(wasm), 0, "limits    64 MiB per instance, 500000000 units of fuel", ""},
		{string(wasm), 0, "signature none\nlock      not in ", ""},
		{string(wasm), 0, "bundled   it takes the place of the plugin that comes with Sluice", ""},
		{string(wasm), 0, "check     imports, exports and configuration are fine", ""},
		{string(unfit), 1, "name      demo\n", "would refuse it"},
		{"nonsense", 1, "", "not a WebAssembly module"},
	} {
		code, stdout, stderr := command(t, none, "plugin", "inspect", file(t, "demo.wasm", c.wasm))
		if code != c.code || !strings.Contains(stdout, c.out) || !strings.Contains(stderr, c.err) || c.code == 0 && stderr != "" {
			t.Errorf("%d, printed %s, %s; want %d, %s, %s", code, stdout, stderr, c.code, c.out, c.err)
		}
	}
	if code, _, _ := command(t, none, "plugin", "inspect", "missing.wasm"); code != 1 {
		t.Errorf("a missing file: %d", code)
	}
}

func TestListPlugins(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/plugins":
			w.WriteHeader(404)
		case r.Header.Get("Authorization") != "Bearer sk-1":
			w.WriteHeader(401)
		default:
			io.WriteString(w, `{"data":[{"name":"demo","version":"1.2.3","state":"loaded","sha256":"0123456789abcdef","lock":"locked","last_error":"a\u001b[2Jb","events":42}]}`)
		}
	}))
	defer server.Close()
	env := environment("LITELLM_MASTER_KEY", "sk-1")
	for _, c := range []struct {
		getenv func(string) (string, bool)
		args   []string
		code   int
		want   string
	}{
		{none, []string{"--url", server.URL, "--key", "sk-1"}, 0, "0123456789ab  locked  0"},
		{env, []string{"--url", server.URL + "/"}, 0, "a [2Jb"},
		{none, []string{"--url", server.URL}, 1, "--key KEY"},
		{env, []string{"--url", server.URL + "/nowhere"}, 1, "status 404"},
		{none, []string{"--nonsense"}, 2, "nonsense"},
	} {
		code, stdout, stderr := command(t, c.getenv, append([]string{"plugin", "list"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%q: %d, printed %s, %s; want %d, %s", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
}

func TestListFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plug[ins]")
	add(t, dir, save(t, filepath.Join(t.TempDir(), "x.wasm"), tiny(t, nil)))
	save(t, filepath.Join(dir, "bad.wasm"), []byte("nonsense"))
	save(t, dir+".lock", []byte(read(t, dir+".lock")+"\n[gone]\nversion = \"1.0.0\"\nsha256 = \""+strings.Repeat("0", 64)+"\"\n"))
	code, stdout, stderr := command(t, none, "plugin", "list", "--plugins", dir)
	for _, want := range []string{"plug[ins].lock approves it           none\n", "not a WebAssembly module", "gone  1.0.0", "approved, but the file is not there"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%d: %q is not in %s %s", code, want, stdout, stderr)
		}
	}
}

// add adds a plugin without asking.
func add(t *testing.T, dir string, args ...string) string {
	t.Helper()
	code, stdout, stderr := command(t, none, append([]string{"plugin", "add", "--yes", "--plugins", dir}, args...)...)
	if code != 0 {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	return stdout
}

// A module of another language's compiler becomes a plugin with a folder that has no code.
func TestBuildOfAModule(t *testing.T) {
	dir := t.TempDir()
	manifest := "name: other\nversion: 0.1.0\nkind: guard\nhooks: [input]\nneeds: {text: [user]}\n"
	module := filepath.Join(dir, "other-code.wasm")
	for file, text := range map[string]string{filepath.Join(dir, "plugin.yaml"): manifest, module: "\x00asm\x01\x00\x00\x00"} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := ok(t, "build", dir, "--module", module)
	if !strings.Contains(out, "other 0.1.0") {
		t.Errorf("said %s", out)
	}
	wasm, err := os.ReadFile(filepath.Join(dir, "other.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := pack.Manifest(wasm); err != nil || m.Name != "other" {
		t.Errorf("%+v, %v", m, err)
	}
}
