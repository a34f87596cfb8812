package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/cli/scaffold"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// offline lets the go command ask nobody, as where plugins are written without a network.
func offline(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=vendor")
	t.Setenv("GOWORK", "off")
	t.Setenv("GOTOOLCHAIN", "local")
}

// Whoever writes a plugin begins with one that works: each kind, from nothing but the go command and this one.
func TestNewPluginsWork(t *testing.T) {
	if testing.Short() {
		t.Skip("builds five plugins")
	}
	offline(t)
	for _, kind := range scaffold.Kinds {
		dir := filepath.Join(t.TempDir(), "deep", "my_"+kind)
		ok(t, "new", kind, "my_"+kind, "--dir", dir)
		out := ok(t, "test", dir)
		if !strings.Contains(out, "tests     pass") || !strings.Contains(out, " pass in wasm") {
			t.Errorf("%s: %s", kind, out)
		}
		ok(t, "build", dir)
		wasm := filepath.Join(dir, "my_"+kind+".wasm")
		if m, err := pack.Manifest([]byte(read(t, wasm))); err != nil || m.Kind != kind || m.Name != "my_"+kind {
			t.Errorf("%s: %+v %v", kind, m, err)
		}
		if out := ok(t, "inspect", wasm); !strings.Contains(out, ", all pass\n") {
			t.Errorf("%s: %s", kind, out)
		}
		for name := range map[string]bool{"main.go": true, "plugin.yaml": true, "README.md": true, "cases/basic.yaml": true, "go.mod": true, "vendor/modules.txt": true} {
			if strings.Contains(read(t, filepath.Join(dir, name)), "__") {
				t.Errorf("%s: something was left open in %s", kind, name)
			}
		}
	}
}

// Nothing but the go command is needed to test a plugin.
func TestNewPluginPassesGoTest(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a plugin")
	}
	offline(t)
	dir := filepath.Join(t.TempDir(), "shout")
	ok(t, "new", "guard", "shout", "--dir", dir)
	for _, args := range [][]string{{"vet", "./..."}, {"test", "-trimpath", "./..."}} { // the cache is one for all folders then
		c := exec.CommandContext(t.Context(), "go", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%q: %v %s", args, err, out)
		}
	}
	formatted := exec.CommandContext(t.Context(), "gofmt", "-l", "main.go", "main_test.go")
	formatted.Dir = dir
	if out, err := formatted.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt: %v %s", err, out)
	}
}

func TestNewRefuses(t *testing.T) {
	there := t.TempDir()
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"guard", 2, "usage: sluice plugin new KIND NAME"},
		{"shield shout --dir x", 1, "there is no kind \"shield\": choose one of guard, provider"},
		{"guard Shout", 1, "must be of small letters"},
		{"guard ../shout", 1, "must be of small letters"},
		{"guard 1", 1, "begin with a letter"},
		{"guard demo", 1, "a plugin called demo comes with Sluice"},
		{"guard shout --dir " + there, 1, there + " exists already"},
	} {
		code, _, stderr := command(t, none, append([]string{"plugin", "new"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %s, want %s", c.args, code, stderr, c.want)
		}
	}
	if entries, _ := os.ReadDir(there); len(entries) != 0 {
		t.Errorf("left %v", entries)
	}
}
