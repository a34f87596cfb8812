package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parse parses src, which must be free of errors.
func parse(t *testing.T, src string) *Config {
	t.Helper()
	c, err := Parse("test.yml", []byte(src), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVariablesOfTheFile(t *testing.T) {
	c := parse(t, `
environment_variables:
  WEIGHT: "9"
  PORT: 8000
  COPY: os.environ/WEIGHT
  NONE: os.environ/UNSET
model_list:
  - model_name: os.environ/COPY
    litellm_params: {model: openai/x, weight: os.environ/WEIGHT, rpm: os.environ/PORT, stop: [os.environ/PORT]}
`)
	want := map[string]string{"WEIGHT": "9", "PORT": "8000", "COPY": "2.5"}
	if len(c.EnvironmentVariables) != len(want) {
		t.Errorf("got %v", c.EnvironmentVariables)
	}
	for name, value := range want {
		if c.EnvironmentVariables[name] != value {
			t.Errorf("%s: got %q", name, c.EnvironmentVariables[name])
		}
	}
	m := c.Models[0]
	if m.ModelName != "2.5" || *m.Params.Weight != 2.5 || *m.Params.RPM != 8000 || string(m.Params.Defaults) != `{"stop":["8000"]}` {
		t.Errorf("got %+v with defaults %s", m, m.Params.Defaults)
	}
}

func TestReferencesInValuesOfVariablesAreText(t *testing.T) {
	o := Options{Getenv: func(string) (string, bool) { return "os.environ/OTHER", true }}
	c, err := Parse("test.yml", []byte("general_settings: {completion_model: os.environ/MODEL}\n"), o)
	if err != nil || c.General.CompletionModel != "os.environ/OTHER" {
		t.Errorf("got %q, %v", c.General.CompletionModel, err)
	}
}

func TestMasterKey(t *testing.T) {
	tests := []struct{ name, src, environment, want, message string }{
		{"in the file", "general_settings: {master_key: sk-file}", "sk-env", "sk-file", ""},
		{"in the environment", "model_list: []", "sk-env", "sk-env", ""},
		{"empty, but in the environment", "general_settings: {master_key: }", "sk-env", "sk-env", ""},
		{"nowhere", "model_list: []", "", "", "1:1: warning: general_settings.master_key: not set: every caller is the proxy admin"},
		{"null", "general_settings: {master_key: }", "", "", "1:32: error: general_settings.master_key: the master key is empty: every caller would be the proxy admin"},
		{"empty", `general_settings: {master_key: ""}`, "", "", "1:32: error: general_settings.master_key: the master key is empty: every caller would be the proxy admin"},
		{"empty variable", "general_settings: {master_key: os.environ/EMPTY}", "", "", "1:32: error: general_settings.master_key: the master key is empty: every caller would be the proxy admin"},
		{"unset variable", "general_settings: {master_key: os.environ/UNSET}", "sk-env", "sk-env", "1:32: error: general_settings.master_key: environment variable UNSET is not set"},
		{"unset section", "general_settings: os.environ/UNSET", "sk-env", "sk-env", "1:19: error: general_settings: environment variable UNSET is not set"},
		{"number", "general_settings: {master_key: 0123}", "", "0123", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			variables := map[string]string{"EMPTY": "", "LITELLM_MASTER_KEY": test.environment}
			c, _ := Parse("f", []byte(test.src), Options{Getenv: func(name string) (string, bool) {
				value, ok := variables[name]
				return value, ok
			}})
			if got := strings.TrimPrefix(strings.Join(remarks(c), "\n"), "f:"); got != test.message || c.General.MasterKey != test.want {
				t.Errorf("got key %q and %q", c.General.MasterKey, got)
			}
		})
	}
}

func TestRouterSettingsWin(t *testing.T) {
	c := parse(t, `
litellm_settings: {num_retries: 5, request_timeout: 10, allowed_fails: 1, fallbacks: [{a: [b]}], default_fallbacks: [z]}
router_settings: {num_retries: "2", fallbacks: [{"*": [c]}, {a: d}]}
`)
	r := c.Router
	if *r.NumRetries != 2 || *r.Timeout != 10*time.Second || *r.AllowedFails != 1 || r.DefaultFallbacks[0] != "z" {
		t.Errorf("got %+v", r)
	}
	if len(r.Fallbacks) != 2 || r.Fallbacks[0].Model != "*" || r.Fallbacks[0].To[0] != "c" || r.Fallbacks[1].To[0] != "d" {
		t.Errorf("got %+v", r.Fallbacks)
	}
}

func TestPolicySettingsAreParsed(t *testing.T) {
	g := parse(t, `
general_settings:
  allowed_routes: []
  public_routes: /health
  allowed_ips: [10.0.0.1, "::1", 10.0.0.0/8]
  service_account_settings: {enforced_params: [user]}
  enforce_user_param: "True"
  max_request_size_mb: 0.000000001
  litellm_key_header_name: X-Key
`).General
	if g.AllowedRoutes == nil || len(g.PublicRoutes) != 1 || len(g.AllowedIPs) != 3 || len(g.ServiceAccountParams) != 1 {
		t.Errorf("got %+v", g)
	}
	if !g.EnforceUserParam || *g.MaxRequestSize != 1e-9 || g.KeyHeader != "X-Key" {
		t.Errorf("got %+v", g)
	}
	if _, err := Parse("f", []byte("general_settings: {allowed_ips: [10.0.0.0/99]}"), testOptions()); err == nil {
		t.Error("10.0.0.0/99 is taken for an address")
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	c, err := Parse("f", []byte(`
model_list:
  - model_name: a
  - litellm_params: {model: b, rpm: x, tpm: y}
general_settings: {master_kye: a, block_robots: perhaps}
router_settings: []
`), testOptions())
	var list *Errors
	if !errors.As(err, &list) || len(list.Findings) != 7 {
		t.Errorf("got %d findings:\n%v", len(c.Findings), err)
	}
}

func TestFilesAreListedForWatching(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte("include: [gone.yaml]\nmodel_list: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, testOptions())
	if err == nil || len(c.Files) != 2 || c.Files[1] != filepath.Join(dir, "gone.yaml") {
		t.Errorf("got %v, %v", c.Files, err)
	}
	c, err = Load(filepath.Join(dir, "no.yaml"), testOptions())
	if err == nil || c == nil || !strings.Contains(err.Error(), "no.yaml: error: read config: ") {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestParseIncludesNothing(t *testing.T) {
	_, err := Parse("f", []byte("include: [testdata/bad/parts/plain.yaml]"), testOptions())
	if err == nil || err.Error() != "f:1:10: error: include: only a config read from a file can include others" {
		t.Errorf("got %v", err)
	}
}

func TestLocate(t *testing.T) {
	tests := []struct{ flag, path, bucket, want, err string }{
		{"a.yaml", "b.yaml", "bucket", "a.yaml", ""},
		{"", "b.yaml", "bucket", "b.yaml", ""},
		{"", "", "bucket", "", "LITELLM_CONFIG_BUCKET_NAME=bucket"},
		{"", "", "", "", ""},
	}
	for _, test := range tests {
		variables := map[string]string{"CONFIG_FILE_PATH": test.path, "LITELLM_CONFIG_BUCKET_NAME": test.bucket}
		got, err := Locate(test.flag, func(name string) (string, bool) { return variables[name], variables[name] != "" })
		if got != test.want || (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%+v: got %q, %v", test, got, err)
		}
	}
}
