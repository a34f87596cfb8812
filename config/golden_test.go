package config

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testOptions is the environment all test configs see.
func testOptions() Options {
	variables := map[string]string{
		"AZURE_API_KEY":      "azure-key-0123456789",
		"AZURE_API_BASE":     "https://eu.openai.azure.com",
		"AZURE_API_KEY_EU":   "azure-eu-0123456789",
		"DATACENTRE":         "eu-1",
		"DROP":               "True",
		"LITELLM_MASTER_KEY": "sk-from-environment",
		"OPENAI_API_KEY":     "sk-0123456789abcdef",
		"PROXY_KEY":          "sk-proxy-0123456789",
		"EMPTY":              "",
		"TEMPERATURE":        "0.2",
		"WEIGHT":             "2.5",
	}
	return Options{Environment: "staging", Getenv: func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}}
}

// TestGoodFiles compares reports and parsed values of every file in testdata/good, which holds all samples of
// LiteLLM's configuration page.
func TestGoodFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.yml")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, "yml")+"golden", dump(t, c))
		})
	}
}

// dump shows the report and all values of c.
func dump(t *testing.T, c *Config) string {
	t.Helper()
	var b strings.Builder
	if err := c.WriteReport(&b); err != nil {
		t.Fatal(err)
	}
	shown := *c
	shown.Findings = nil
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(shown); err != nil {
		t.Fatal(err)
	}
	return unset.ReplaceAllString(b.String(), "")
}

// unset matches what a golden file does without.
var unset = regexp.MustCompile(`(?m)^ +"[A-Za-z]+": (?:null|""|false),?\n`)

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

func TestReferencePage(t *testing.T) {
	var b strings.Builder
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "../docs/CONFIG.md", b.String())
}
