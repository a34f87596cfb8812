package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestNodeClient runs the tests in folder node.
func TestNodeClient(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: OpenAI's client for Node was not tested", program)
		}
	}
	install(t)
	h := openHouse(t)
	gone := make(chan bool, 2)
	silent := playing(t, formats[0], noRetries, func(s *mock.Stream) {
		s.Send(formats[0].open)
		_, ok := s.Gone()
		gone <- ok
	})
	files, err := filepath.Glob("node/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in folder node: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"--test"}, relative(t, files)...)...)
	cmd.Dir = "node"
	cmd.Env = append(os.Environ(), "GATEWAY="+h.URL, "GATEWAY_KEY="+masterKey, "SILENT_GATEWAY="+silent.URL,
		"GREETING="+mock.Greeting, "AFTER_USE="+mock.AfterUse, "SHAPED="+mock.Shaped)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out[max(0, len(out)-200):])
	select {
	case ok := <-gone:
		if !ok {
			t.Error("the upstream call went on after the abort")
		}
	case <-time.After(wait):
		t.Error("the upstream call went on after the abort")
	}
}

func relative(t *testing.T, files []string) []string {
	t.Helper()
	for i, f := range files {
		name, err := filepath.Rel("node", f)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = name
	}
	return files
}

// install fetches what package-lock.json names, unless that is there.
func install(t *testing.T) {
	t.Helper()
	lock, err := os.Stat("node/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if installed, err := os.Stat("node/node_modules/.package-lock.json"); err == nil && installed.ModTime().After(lock.ModTime()) {
		return
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir = "node"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}
