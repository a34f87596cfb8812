package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// developing runs sluice plugin dev until the test ends.
func developing(t *testing.T, args ...string) *output {
	t.Helper()
	out := newOutput()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() { ended <- Run(ctx, Env{append([]string{"plugin", "dev"}, args...), out, out, none, nil}) }()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d: %s", code, out)
		}
	})
	return out
}

func TestDevelopPlugin(t *testing.T) {
	if testing.Short() {
		t.Skip("builds plugins")
	}
	offline(t)
	dir, into := filepath.Join(t.TempDir(), "shout"), filepath.Join(t.TempDir(), "plugins")
	ok(t, "new", "guard", "shout", "--dir", dir)
	sample := file(t, "sample.txt", "first line\nan important line\nlast line")
	out := developing(t, dir, "--plugins", into, "--sample", sample)
	out.wait(t, `cases     5 of 5 pass\nsample    edited\n- an important line\n\+ an IMPORTANT line\nswapped   into .*shout\.wasm\n.*done in`)
	first := read(t, filepath.Join(into, "shout.wasm"))

	source := filepath.Join(dir, "main.go")
	good := read(t, source)
	save(t, source, []byte(strings.Replace(good, "t.Found(hit)", "t.Found(hit)+`!`", 1)))
	out.wait(t, `FAIL      cases/basic.yaml:1: case "shouts": [^\x00]*cases     \d of 5 pass\nsample    edited\n- an important line\n\+ an IMPORTANT! line\n`)
	save(t, source, []byte("package main\n\nfunc main() { nonsense }\n"))
	out.wait(t, `failed after [^\x00]*nonsense`)
	if read(t, filepath.Join(into, "shout.wasm")) != first {
		t.Error("a plugin that fails its cases was swapped in")
	}
	save(t, source, []byte(strings.Replace(good, "psst", "line", 1)))
	out.wait(t, `sample    blocked with status 400: Speak up: there is no whispering here\.\n`)
}

func TestDevelopNothing(t *testing.T) {
	if code, _, stderr := command(t, none, "plugin", "dev", t.TempDir()); code != 1 || !strings.Contains(stderr, "read manifest") {
		t.Errorf("%d %s", code, stderr)
	}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"a\nb\nc", "a\nB\nc", "- b\n+ B\n"},
		{"a\nb\nc\nd", "a\nd", "- b\n- c\n"},
		{"a\nd", "a\nb\nc\nd", "+ b\n+ c\n"},
		{"a", "", "- a\n+ \n"},
		{"a\x1b[2J", "a", "- a [2J\n+ a\n"},
	} {
		if got := difference(c.before, c.after); got != c.want {
			t.Errorf("%q to %q: got %q", c.before, c.after, got)
		}
	}
}

func TestPluginTestFails(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a plugin")
	}
	offline(t)
	dir := filepath.Join(t.TempDir(), "shout")
	ok(t, "new", "guard", "shout", "--dir", dir)
	wrong := strings.Replace(read(t, filepath.Join(dir, "cases", "basic.yaml")), "is IMPORTANT,", "is Important,", 1)
	save(t, filepath.Join(dir, "cases", "basic.yaml"), []byte(wrong))
	code, stdout, stderr := command(t, none, "plugin", "test", dir)
	if code != 1 || !strings.Contains(stderr, "the tests in "+dir+" fail") || !strings.Contains(stdout, "cases/basic.yaml:1") {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
	if err := os.Remove(filepath.Join(dir, "main_test.go")); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = command(t, none, "plugin", "test", dir)
	if code != 1 || !strings.Contains(stderr, "1 of its cases fail") || !strings.Contains(stdout, "cases     4 of 5 pass in wasm") {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
	wasm := filepath.Join(dir, "shout.wasm")
	ok(t, "build", dir)
	if code, _, stderr = command(t, none, "plugin", "add", "--yes", wasm, "--plugins", t.TempDir()); code != 1 || !strings.Contains(stderr, "it fails its own cases: ") {
		t.Errorf("%d %s", code, stderr)
	}
}
