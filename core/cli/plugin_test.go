package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/plugins"
)

func TestInspectPlugin(t *testing.T) {
	demo, err := plugins.Open("demo")
	if err != nil {
		t.Fatal(err)
	}
	unfit := bytes.Replace(demo.Wasm, []byte("\x07sluice1"), []byte("\x07sluice9"), 1)
	for _, c := range []struct {
		wasm     string
		code     int
		out, err string
	}{
		{string(demo.Wasm), 0, "vendors  demo\nsize", ""},
		{string(demo.Wasm), 0, "check    imports, exports and configuration are fine", ""},
		{string(unfit), 1, "name     demo\n", "would refuse it"},
		{"nonsense", 1, "", "not a WebAssembly module"},
	} {
		code, stdout, stderr := command(t, nobody, "plugin", "inspect", file(t, "demo.wasm", c.wasm))
		if code != c.code || !strings.Contains(stdout, c.out) || !strings.Contains(stderr, c.err) || c.code == 0 && stderr != "" {
			t.Errorf("%d, printed %s, %s; want %d, %s, %s", code, stdout, stderr, c.code, c.out, c.err)
		}
	}
	if code, _, _ := command(t, nobody, "plugin", "inspect", "missing.wasm"); code != 1 {
		t.Errorf("a missing file: %d", code)
	}
}

func nobody(string) (string, bool) { return "", false }

func TestListPlugins(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/plugins":
			w.WriteHeader(404)
		case r.Header.Get("Authorization") != "Bearer sk-1":
			w.WriteHeader(401)
		default:
			io.WriteString(w, `{"data":[{"name":"demo","version":"1.2.3","state":"loaded","sha256":"0123456789abcdef","last_error":"a\u001b[2Jb","events":42}]}`)
		}
	}))
	defer server.Close()
	env := func(name string) (string, bool) { return "sk-1", name == "LITELLM_MASTER_KEY" }
	for _, c := range []struct {
		getenv func(string) (string, bool)
		args   []string
		code   int
		want   string
	}{
		{nobody, []string{"--url", server.URL, "--key", "sk-1"}, 0, "0123456789ab  0"},
		{env, []string{"--url", server.URL + "/"}, 0, "a [2Jb"},
		{nobody, []string{"--url", server.URL}, 1, "--key KEY"},
		{env, []string{"--url", server.URL + "/nowhere"}, 1, "status 404"},
		{nobody, []string{"--nonsense"}, 1, "nonsense"},
	} {
		code, stdout, stderr := command(t, c.getenv, append([]string{"plugin", "list"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%q: %d, printed %s, %s; want %d, %s", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
}
