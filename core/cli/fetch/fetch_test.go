package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wasm")
	if _, err := Get(t.Context(), path); err == nil {
		t.Error("a missing file was fetched")
	}
	write(t, path, "module")
	if p, err := Get(t.Context(), path); err != nil || string(p.Wasm) != "module" || p.Signature != nil || p.Source != "file:x.wasm" {
		t.Errorf("%+v %v", p, err)
	}
	write(t, path+".minisig", "signature")
	if p, err := Get(t.Context(), path); err != nil || string(p.Signature) != "signature" {
		t.Errorf("%+v %v", p, err)
	}
	write(t, path+".minisig", strings.Repeat("x", maxSignature+1))
	if _, err := Get(t.Context(), path); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a large signature: %v", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWeb(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/x.wasm", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "module"+r.URL.RawQuery) })
	mux.HandleFunc("/signed.wasm", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "module") })
	mux.HandleFunc("/signed.wasm.minisig", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "signature") })
	mux.HandleFunc("/broken.wasm", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "module") })
	mux.HandleFunc("/broken.wasm.minisig", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	mux.HandleFunc("/huge.wasm", func(w http.ResponseWriter, r *http.Request) {
		for range maxModule/(1<<20) + 1 {
			w.Write(make([]byte, 1<<20))
		}
	})
	mux.HandleFunc("/moved.wasm", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x.wasm", http.StatusFound) })
	mux.HandleFunc("/away.wasm", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://plugins.invalid/x.wasm", http.StatusFound)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for path, c := range map[string]struct{ wasm, signature, err string }{
		"/x.wasm":                 {"module", "", ""},
		"/x.wasm?token=CANARY":    {"moduletoken=CANARY", "", ""},
		"/signed.wasm":            {"module", "signature", ""},
		"/moved.wasm":             {"module", "", ""},
		"/away.wasm":              {"", "", "http:// to plugins.invalid is not safe"},
		"/broken.wasm":            {"", "", "/broken.wasm.minisig: status 500"},
		"/huge.wasm?token=CANARY": {"", "", "more than 67108864 bytes"},
		"/none.wasm?token=CANARY": {"", "", "/none.wasm: not there: status 404"},
	} {
		p, err := Get(t.Context(), server.URL+path)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("%s: %v, want %s", path, err, c.err)
			}
			continue
		}
		plain, _, _ := strings.Cut(server.URL+path, "?")
		if err != nil || string(p.Wasm) != c.wasm || string(p.Signature) != c.signature || p.Source != plain {
			t.Errorf("%s: %+v %v", path, p, err)
		}
	}
	withPassword := strings.Replace(server.URL, "://", "://user:CANARY@", 1) + "/x.wasm"
	if p, err := Get(t.Context(), withPassword); err != nil || strings.Contains(p.Source, "CANARY") {
		t.Errorf("%+v %v", p, err)
	}
}

func TestUnsafe(t *testing.T) {
	for from, want := range map[string]string{
		"http://plugins.invalid/x.wasm":              "http:// to plugins.invalid is not safe",
		"http://127.0.0.1.invalid/x.wasm":            "is not safe",
		"ftp://127.0.0.1/x.wasm":                     "ftp:// is not a way to fetch a plugin",
		"https://user:CANARY@127.0.0.1:port/x.wasm":  "not a URL",
		"https://user:CANARY@127.0.0.1:1/x?t=CANARY": "https://127.0.0.1:1/x: ",
		"oci://127.0.0.1:1/acme":                     "needs a :tag or a @digest",
		"oci://127.0.0.1:1/acme:1":                   "pull oci://127.0.0.1:1/acme: ",
		"oci://":                                     "oci://",
	} {
		_, err := Get(t.Context(), from)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v, want %s", from, err, want)
		}
	}
}

// registry serves one artifact under /v2/acme/shout, as the OCI distribution specification has it.
type registry struct {
	manifest, kind string
	blobs          map[string]string // by digest
	token          string            // "" = everybody may read
}

func digest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return "sha256:" + hex.EncodeToString(sum[:])
}

type layer struct{ kind, title, data string }

func newRegistry(layers ...layer) *registry {
	r := &registry{kind: "application/vnd.oci.image.manifest.v1+json", blobs: map[string]string{}}
	list := []map[string]any{}
	for _, l := range layers {
		d := map[string]any{"mediaType": l.kind, "digest": digest(l.data), "size": len(l.data)}
		if l.title != "" {
			d["annotations"] = map[string]string{"org.opencontainers.image.title": l.title}
		}
		list = append(list, d)
		r.blobs[digest(l.data)] = l.data
	}
	text, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": r.kind,
		"config": map[string]any{"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest("{}"), "size": 2}, "layers": list})
	if err != nil {
		panic(err)
	}
	r.manifest = string(text)
	return r
}

func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if r.token != "" && q.URL.Path == "/token" {
		fmt.Fprintf(w, `{"token":%q}`, r.token)
		return
	}
	if r.token != "" && q.Header.Get("Authorization") != "Bearer "+r.token {
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+q.Host+`/token",service="here"`)
		w.WriteHeader(401)
		return
	}
	rest, _ := strings.CutPrefix(q.URL.Path, "/v2/acme/shout/")
	what, id, _ := strings.Cut(rest, "/")
	data, found := r.blobs[id]
	kind := "application/octet-stream"
	if what == "manifests" && (id == "1.2" || id == digest(r.manifest)) {
		data, kind, found = r.manifest, r.kind, true
		w.Header().Set("Docker-Content-Digest", digest(r.manifest))
	}
	if !found {
		w.WriteHeader(404)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if q.Method != http.MethodHead {
		io.WriteString(w, data)
	}
}

func TestRegistry(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	single := newRegistry(layer{"application/octet-stream", "", "module"})
	tampered := newRegistry(layer{"application/wasm", "", "module"})
	for id := range tampered.blobs {
		tampered.blobs[id] = "modulE"
	}
	private := newRegistry(layer{"application/wasm", "", "module"})
	private.token = "t0"
	list := newRegistry(layer{"application/wasm", "", "module"})
	list.kind = "application/vnd.oci.image.index.v1+json"
	huge := newRegistry(layer{"application/wasm", "", "module"})
	huge.manifest = strings.Replace(huge.manifest, `"size":6`, `"size":99999999`, 1)
	for name, c := range map[string]struct {
		registry             *registry
		wasm, signature, err string
	}{
		"a layer of some type": {single, "module", "", ""},
		"a layer of the type among others": {newRegistry(layer{"text/plain", "README.md", "hi"},
			layer{"application/vnd.wasm.content.layer.v1+wasm", "shout.wasm", "module"}, layer{"text/plain", "shout.wasm.minisig", "signature"}), "module", "signature", ""},
		"two layers":        {newRegistry(layer{"a/b", "", "x"}, layer{"a/b", "", "y"}), "", "", "2 layers that may be the module"},
		"nothing":           {newRegistry(), "", "", "0 layers"},
		"changed bytes":     {tampered, "", "", "mismatch"},
		"a token":           {private, "module", "", ""},
		"a list":            {list, "", "", "a list of artifacts"},
		"a huge module":     {huge, "", "", "99999999 bytes, more than"},
		"a broken manifest": {&registry{manifest: "{", kind: single.kind}, "", "", "read its manifest"},
	} {
		server := httptest.NewServer(c.registry)
		host := strings.TrimPrefix(server.URL, "http://")
		for _, reference := range []string{":1.2", "@" + digest(c.registry.manifest)} {
			p, err := Get(t.Context(), "oci://"+host+"/acme/shout"+reference)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%s: %v, want %s", name, err, c.err)
				}
				continue
			}
			if err != nil || string(p.Wasm) != c.wasm || string(p.Signature) != c.signature || p.Source != "oci://"+host+"/acme/shout@"+digest(c.registry.manifest) {
				t.Errorf("%s: %+v %v", name, p, err)
			}
		}
		if _, err := Get(t.Context(), "oci://"+host+"/acme/shout:9"); err == nil {
			t.Errorf("%s: a tag that is not there was pulled", name)
		}
		server.Close()
	}
}
