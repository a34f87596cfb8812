package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// dry makes a builder over the manifest of the probe guest, which is not loaded.
func dry(t *testing.T, env map[string]string) *Builder {
	t.Helper()
	m, err := pack.ReadFolder("testdata/probe")
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRegistry([]*hostabi.Manifest{m})
	if err != nil {
		t.Fatal(err)
	}
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	return &Builder{
		Registry: r, Client: client, Plugin: func(string) (*host.Plugin, error) { return nil, nil },
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

func build(t *testing.T, b *Builder, s Spec) *Target {
	t.Helper()
	target, err := b.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// lines sorts header lines, without those that every request has.
func lines(header []byte) string {
	list := strings.Split(strings.TrimSuffix(string(header), "\r\n"), "\r\n")
	list = slices.DeleteFunc(list, func(l string) bool {
		return l == "Content-Type: application/json" || l == "User-Agent: sluice/"+core.Version || l == "Probe-Version: 1"
	})
	slices.Sort(list)
	return strings.Join(list, " | ")
}

func TestCredential(t *testing.T) {
	const base = "https://api.probe.test/v1"
	for name, c := range map[string]struct {
		spec    Spec
		env     map[string]string
		want    string
		missing bool
	}{
		"api_key":                 {Spec{Model: "probe/m", APIKey: "sk-1", APIKeySet: true}, nil, "Authorization: Bearer sk-1", false},
		"api_key of a credential": {Spec{Model: "probe/m", APIKey: "sk-1"}, map[string]string{"PROBE_KEY": "sk-env"}, "Authorization: Bearer sk-1", false},
		"environment":             {Spec{Model: "probe/m"}, map[string]string{"PROBE_KEY": "sk-a", "PROBE_API_KEY": "sk-b"}, "Authorization: Bearer sk-a", false},
		"second variable":         {Spec{Model: "probe/m"}, map[string]string{"PROBE_KEY": "", "PROBE_API_KEY": "sk-b"}, "Authorization: Bearer sk-b", false},
		"none":                    {Spec{Model: "probe/m"}, nil, "", true},
		"empty on purpose":        {Spec{Model: "probe/m", APIKeySet: true}, map[string]string{"PROBE_KEY": "sk-a"}, "", false},
		"own header":              {Spec{Model: "own/m", APIKey: "k"}, nil, "api-key: k", false},
		"token":                   {Spec{Model: "own/m", AzureADToken: "tok"}, nil, "Authorization: Bearer tok", false},
		"token from environment":  {Spec{Model: "own/m"}, map[string]string{"OWN_TOKEN": "tok"}, "Authorization: Bearer tok", false},
		"key before token":        {Spec{Model: "own/m", AzureADToken: "tok"}, map[string]string{"OWN_KEY": "k"}, "api-key: k", false},
		"token, no token_auth":    {Spec{Model: "probe/m", AzureADToken: "tok"}, nil, "", true},
		"optional":                {Spec{Model: "free/m"}, nil, "", false},
		"optional, given":         {Spec{Model: "free/m", APIKey: "k"}, nil, "Authorization: Bearer k", false},
		"auth none":               {Spec{Model: "mute/m", APIKey: "k"}, nil, "", false},
		"organization":            {Spec{Model: "probe/m", APIKey: "k", Organization: "org-1"}, nil, "Authorization: Bearer k | Probe-Organization: org-1", false},
		"organization of environment": {Spec{Model: "probe/m", APIKey: "k"}, map[string]string{"PROBE_ORG": "org-2"},
			"Authorization: Bearer k | Probe-Organization: org-2", false},
		"organization elsewhere": {Spec{Model: "free/m", Organization: "org-1"}, nil, "", false},
		"extra headers": {Spec{Model: "free/m", Headers: []Header{{"X-A", "1"}, {"user-agent", "mine"}}}, nil,
			"X-A: 1 | user-agent: mine", false},
		"extra header instead of the key": {Spec{Model: "probe/m", APIKey: "k", Headers: []Header{{"authorization", "Basic abc"}}}, nil,
			"authorization: Basic abc", false},
		"extra header instead of a key": {Spec{Model: "probe/m", Headers: []Header{{"Authorization", "Basic abc"}}}, nil,
			"Authorization: Basic abc", false},
		"extra header beside the key": {Spec{Model: "own/m", APIKey: "k", Headers: []Header{{"Authorization", "Basic abc"}}}, nil,
			"Authorization: Basic abc | api-key: k", false},
	} {
		c.spec.APIBase = base
		target := build(t, dry(t, c.env), c.spec)
		if got := lines(target.header); got != c.want {
			t.Errorf("%s: header %q, want %q", name, got, c.want)
		}
		if (target.Unusable() != nil) != c.missing {
			t.Errorf("%s: unusable: %v", name, target.Unusable())
		}
		if bare := lines(target.bare); strings.Contains(bare, "Basic") != strings.Contains(name, "beside") || strings.Contains(bare, "Bearer") {
			t.Errorf("%s: a credential in the bare header: %q", name, bare)
		}
		if !strings.HasPrefix(string(target.header), string(target.bare)) {
			t.Errorf("%s: the bare header is not the start of the whole one", name)
		}
	}
}

func TestMissingCredential(t *testing.T) {
	e := build(t, dry(t, nil), Spec{Model: "probe/m", APIBase: "http://x.test"}).Unusable()
	want := "litellm.AuthenticationError: AuthenticationError: ProbeException - no credential for this provider: set api_key or the " +
		"environment variable PROBE_KEY"
	if e.Message != want || e.Code() != 401 {
		t.Errorf("got %d %s", e.Code(), e.Message)
	}
}

func TestAddress(t *testing.T) {
	for name, c := range map[string]struct {
		spec Spec
		env  map[string]string
		want string
	}{
		"of the deployment":  {Spec{Model: "probe/m", APIBase: "http://a.test/v1"}, map[string]string{"PROBE_BASE": "http://b.test"}, "http://a.test/v1"},
		"of the environment": {Spec{Model: "probe/m"}, map[string]string{"PROBE_BASE": "http://b.test"}, "http://b.test"},
		"of the vendor":      {Spec{Model: "own/m"}, nil, "https://own.test/v1"},
		"none needed":        {Spec{Model: "self/m"}, nil, ""},
	} {
		if got := build(t, dry(t, c.env), c.spec).APIBase; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	b := dry(t, nil)
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"unknown provider": {Spec{Model: "mystery"}, "LLM Provider NOT provided"},
		"no address":       {Spec{Model: "probe/m", APIKey: "k"}, "provider probe needs an api_base"},
		"address":          {Spec{Model: "probe/m", APIBase: "ftp://secret-host"}, "api_base of probe/m: invalid base URL"},
		"password in it":   {Spec{Model: "probe/m", APIBase: "https://u:hunter2@x.test"}, "invalid base URL"},
		"reserved header":  {Spec{Model: "free/m", Headers: []Header{{"Host", "hunter2"}}}, "header Host of free/m: invalid header"},
		"framing header":   {Spec{Model: "free/m", Headers: []Header{{"Content-Length", "hunter2"}}}, "header Content-Length of free/m"},
		"header value":     {Spec{Model: "free/m", Headers: []Header{{"X-A", "hunter2\r\nX-B: c"}}}, "header X-A of free/m: invalid header"},
		"header name":      {Spec{Model: "free/m", Headers: []Header{{"X A", "hunter2"}}}, "header X A of free/m"},
		"key":              {Spec{Model: "free/m", APIKey: "hunter2\n"}, "api_key of free/m: invalid header"},
		"defaults":         {Spec{Model: "free/m", Defaults: []byte(`{"a":`)}, "request parameters of free/m"},
		"defaults, a list": {Spec{Model: "free/m", Defaults: []byte(`[1]`)}, "request parameters of free/m"},
		"dropped name":     {Spec{Model: "free/m", AdditionalDrop: []string{strings.Repeat("x", 49)}}, "additional_drop_params of free/m"},
	} {
		_, err := b.Build(c.spec)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error holds a secret: %v", name, err)
		}
	}
}

func TestAttributes(t *testing.T) {
	target := build(t, dry(t, map[string]string{"OWN_VERSION": "v-env"}), Spec{Model: "own/dep", APIBase: "https://x.test/openai/", APIKey: "k",
		Params: map[string]string{"region": "eu"}})
	got := map[string]string{}
	for a, v := range target.attrs {
		got[a.Name()] = v
	}
	want := map[string]string{"model": "dep", "vendor": "own", "api_version": "v-env", "api_base_path": "/openai"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	target = build(t, dry(t, nil), Spec{Model: "own/dep", APIBase: "https://x.test", APIKey: "k"})
	if v := target.attrs[attrAPIVersion]; v != "2024-02-01" {
		t.Errorf("the manifest's default is not used: %q", v)
	}
	target = build(t, dry(t, nil), Spec{Model: "probe/m", APIBase: "https://x.test", APIKey: "k",
		Params: map[string]string{"region": "eu", "foreign": "x"}})
	region, foreign := tape.Lookup([]byte("region")), tape.Lookup([]byte("foreign"))
	if target.attrs[region] != "eu" || (foreign != 0 && target.attrs[foreign] != "") {
		t.Errorf("got %v", target.attrs)
	}
}

func TestPatches(t *testing.T) {
	const request = `{"model":"group","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,` +
		`"metadata":{"a":1},"api_key":"sk-x","fallbacks":[],"guardrails":["g"],"custom":true}`
	for name, c := range map[string]struct {
		spec   Spec
		keep   string // the request as it goes on; "" = refused
		drop   string
		refuse string
	}{
		"plain": {Spec{Model: "free/m"},
			`{"model":"m","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`,
			`{"model":"m","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`, ""},
		"unsupported and renamed": {Spec{Model: "probe/m"},
			`{"model":"m","messages":[],"seed":1,"max_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`,
			`{"model":"m","messages":[],"max_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`, "seed"},
		"allowed_openai_params": {Spec{Model: "probe/m", Allowed: []string{"seed"}},
			`{"model":"m","messages":[],"seed":1,"max_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`,
			`{"model":"m","messages":[],"seed":1,"max_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`, ""},
		"additional_drop_params": {Spec{Model: "free/m", AdditionalDrop: []string{"top_k", "seed", "absent"}},
			`{"model":"m","messages":[],"max_completion_tokens":5,"temperature":0.5,"custom":true}`,
			`{"model":"m","messages":[],"max_completion_tokens":5,"temperature":0.5,"custom":true}`, ""},
		"defaults": {Spec{Model: "free/m", Defaults: []byte(`{"temperature":1,"top_p":0.9,"api_key":"sk-default","stop":["\n"]}`)},
			`{"model":"m","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,"custom":true,"top_p":0.9,"stop":["\n"]}`,
			`{"model":"m","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,"custom":true,"top_p":0.9,"stop":["\n"]}`, ""},
		"odd model": {Spec{Model: "free/a\"b\\é"},
			`{"model":"a\"b\\é","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`,
			`{"model":"a\"b\\é","messages":[],"seed":1,"max_completion_tokens":5,"top_k":3,"temperature":0.5,"custom":true}`, ""},
	} {
		c.spec.APIBase, c.spec.APIKey = "http://x.test", "k"
		target := build(t, dry(t, nil), c.spec)
		var doc, out tape.Doc
		if err := doc.Scan([]byte(request)); err != nil {
			t.Fatal(err)
		}
		target.keep.Apply(&out, &doc)
		if got := string(out.Src); got != c.keep {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.keep)
		}
		target.drop.Apply(&out, &doc)
		if got := string(out.Src); got != c.drop {
			t.Errorf("%s, dropped:\n got %s\nwant %s", name, got, c.drop)
		}
		if got := target.unsupported(&doc); got != c.refuse {
			t.Errorf("%s: %q is refused, want %q", name, got, c.refuse)
		}
	}
}

func TestUnsupportedButNull(t *testing.T) {
	target := build(t, dry(t, nil), Spec{Model: "probe/m", APIBase: "http://x.test", APIKey: "k"})
	var doc tape.Doc
	if err := doc.Scan([]byte(`{"seed":null}`)); err != nil {
		t.Fatal(err)
	}
	if got := target.unsupported(&doc); got != "" {
		t.Errorf("%q is refused", got)
	}
}
