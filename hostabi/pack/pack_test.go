package pack

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

const good = `name: probe
version: 1.2.3
kind: provider
hooks: [request, cancel]
vendors:
  - name: probe
    auth: header:x-api-key
    paths: {chat: /v1/chat}
`

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadFolder(t *testing.T) {
	m, err := ReadFolder(folder(t, map[string]string{
		ManifestFile:           good,
		"vendors/b.yaml":       "name: b\npaths: {chat: /b}\n",
		"vendors/a.yaml":       "name: a\naliases: [aa]\npaths: {embeddings: /a}\n",
		"vendors/readme.md":    "not a vendor",
		"vendors/[odd]/x.yaml": "not read",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range m.Vendors {
		names = append(names, v.Name)
	}
	if m.Name != "probe" || strings.Join(names, " ") != "probe a b" || m.Vendors[1].Paths["embeddings"] != "/a" {
		t.Errorf("got %+v", m)
	}
}

func TestReadFolderRefuses(t *testing.T) {
	swap := func(old, new string) map[string]string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q in the good manifest", old)
		}
		return map[string]string{ManifestFile: strings.Replace(good, old, new, 1)}
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", nil, "no such file"},
		{"an empty file", map[string]string{ManifestFile: ""}, "EOF"},
		{"no YAML", map[string]string{ManifestFile: "{"}, "read manifest"},
		{"two documents", map[string]string{ManifestFile: good + "---\na: b\n"}, "more than one document"},
		{"an unknown key", swap("kind:", "memory: 7\nkind:"), "field memory not found"},
		{"an unknown key of a vendor", swap("auth:", "authn:"), "field authn not found"},
		{"an unknown key in a file", map[string]string{ManifestFile: good, "vendors/x.yaml": "name: x\nurl: y\n"}, "field url not found"},
		{"no name", swap("name: probe\n", ""), "name and version are required"},
		{"no version", swap("version: 1.2.3\n", ""), "name and version are required"},
		{"a name that is a path", swap("name: probe", "name: ../probe"), `name "../probe" must be`},
		{"a version that is none", swap("1.2.3", "new"), `version "new" is not like 1.2.3`},
		{"a kind from the future", swap("kind: provider", "kind: sink"), `kind "sink" is not known`},
		{"an unknown hook", swap("cancel]", "requests]"), `hook "requests" is not known`},
		{"a hook twice", swap("cancel]", "request]"), `hook "request" is there twice`},
		{"no vendors", map[string]string{ManifestFile: good[:strings.Index(good, "vendors:")]}, "a provider needs vendors"},
		{"a vendor without name", swap("- name: probe", "- base_url: x"), `vendor name ""`},
		{"a vendor twice", map[string]string{ManifestFile: good, "vendors/x.yaml": "name: x\naliases: [probe]\npaths: {chat: /x}\n"}, `vendor "probe" is there twice`},
		{"a vendor name with a slash", swap("- name: probe", "- name: a/b"), "can't be a prefix"},
		{"an unknown auth", swap("header:x-api-key", "basic"), `vendor probe: auth "basic" must be`},
		{"a header that is none", swap("header:x-api-key", "'header:a b'"), "must be bearer, none or header:NAME"},
		{"an unknown token auth", swap("auth:", "token_auth: x\n    auth:"), `token_auth "x" must be`},
		{"no paths", swap("    paths: {chat: /v1/chat}\n", ""), "paths are required"},
		{"an unknown endpoint", swap("{chat:", "{chats:"), `endpoint "chats" is not known`},
		{"a path that is none", swap("/v1/chat", "v1/chat"), `"v1/chat" must begin with a slash`},
		{"a secret", swap("auth:", "params: [region, aws_secret_access_key]\n    auth:"), "aws_secret_access_key is a credential"},
	} {
		if m, err := ReadFolder(folder(t, c.files)); m != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestManifestRoundTrip(t *testing.T) {
	m, err := ReadFolder(folder(t, map[string]string{ManifestFile: good}))
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := Attach([]byte(wasmHeader), m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Manifest(wasm)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("%+v, %v, want %+v", got, err, m)
	}
	if _, err := Attach(wasm, m); err == nil || err.Error() != "attach manifest: module has one already" {
		t.Errorf("attached twice: %v", err)
	}
	if _, err := Attach([]byte("text"), m); err == nil {
		t.Error("attached to what is not a module")
	}
}

func TestManifestRefuses(t *testing.T) {
	valid, err := json.Marshal(hostabi.Manifest{Name: "a", Version: "1.0.0", Kind: "provider", Vendors: []hostabi.Vendor{{Name: "a", Paths: map[string]string{"chat": "/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ section, want string }{
		{string(valid), ""},
		{string(valid) + "{}", "text after it"},
		{strings.Replace(string(valid), `"kind"`, `"limit":{},"kind"`, 1), `unknown field "limit"`},
		{strings.Replace(string(valid), "1.0.0", "x", 1), `version "x"`},
		{`{"name":1}`, "cannot unmarshal"},
		{``, "EOF"},
	} {
		_, err := Manifest(withSection([]byte(wasmHeader), hostabi.ManifestSection, []byte(c.section)))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.section, err, c.want)
		}
	}
}

func TestBuild(t *testing.T) {
	wasm, err := Build(t.Context(), filepath.Join("..", "host", "testdata", "guest"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := Manifest(wasm); err != nil || m.Name != "guest" {
		t.Errorf("%+v, %v", m, err)
	}
	dir := folder(t, map[string]string{ManifestFile: good, "main.go": "package main\n\nfunc main() { nonsense }\n", "go.mod": "module x\n\ngo 1.26\n"})
	if _, err := Build(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "undefined: nonsense") {
		t.Errorf("error %v", err)
	}
}
