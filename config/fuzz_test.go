package config

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzParse checks that no file makes Parse panic, that every error has a position, that all JSON it makes is valid
// and that parsing again gives the same.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yml", "testdata/*/parts/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Add([]byte(trickyParams))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse("fuzz.yml", src, testOptions())
		var list *Errors
		if err != nil && (!errors.As(err, &list) || len(list.Findings) == 0) {
			t.Fatalf("got the error %v", err)
		}
		for _, finding := range c.Findings {
			if finding.File != "fuzz.yml" || finding.Line < 1 || finding.Column < 1 || finding.Message == "" {
				t.Errorf("no position: %+v", finding)
			}
		}
		for _, m := range c.Models {
			checkJSON(t, m)
		}
		if err := c.WriteReport(io.Discard); err != nil {
			t.Error(err)
		}
		if again, _ := Parse("fuzz.yml", src, testOptions()); !reflect.DeepEqual(c, again) {
			t.Error("a second run gives another result")
		}
	})
}

func checkJSON(t *testing.T, m Deployment) {
	for _, p := range append(m.Params.All, m.Info.All...) {
		if !json.Valid(p.Value) {
			t.Errorf("%s: %s", p.Key, p.Value)
		}
	}
	for _, raw := range []json.RawMessage{m.Params.Defaults, m.Params.ExtraBody} {
		if raw != nil && !json.Valid(raw) {
			t.Errorf("invalid JSON: %s", raw)
		}
	}
	if m.ID == "" && m.Info.ID == "" {
		t.Error("a deployment without id")
	}
}
