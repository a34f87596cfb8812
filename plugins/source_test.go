//go:build !bundled

package plugins

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHashSources(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hash := func() string {
		t.Helper()
		sum, err := hashSources(root, []string{"sdktest", "testdata"}, "guest", "go.mod")
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	write("guest/main.go", "package main")
	write("go.mod", "module x")
	first := hash()
	for _, step := range []struct {
		name, text string
		same       bool
	}{
		{"guest/main_test.go", "package main", true},
		{"guest/testdata/case.json", "{}", true},
		{"guest/sdktest/run.go", "package sdktest", true},
		{"other/main.go", "package main", true},
		{"guest/vendors/a.yaml", "name: a", false},
		{"guest/main.go", "package mainn", false},
		{"go.mod", "module y", false},
	} {
		write(step.name, step.text)
		next := hash()
		if (next == first) != step.same {
			t.Errorf("after %s was written the hash went from %s to %s", step.name, first, next)
		}
		first = next
	}
	if _, err := hashSources(root, nil, "nowhere"); err == nil {
		t.Error("sources that are not there have a hash")
	}
}

func TestKeep(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "deep", "guest.wasm")
	for _, text := range []string{"first", "second"} {
		if err := keep(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	blocked := filepath.Join(dir, "blocked")
	if err := os.MkdirAll(filepath.Join(blocked, "guest.wasm", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := keep(filepath.Join(blocked, "guest.wasm"), []byte("x")); err == nil {
		t.Error("a folder was overwritten")
	}
	if entries, _ := os.ReadDir(blocked); len(entries) != 1 {
		t.Errorf("a failed write left %v", entries)
	}
}
