package tck

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/pack"
)

func TestGo(t *testing.T) {
	wasm, err := pack.Build(context.Background(), filepath.Join("testdata", "go"))
	if err != nil {
		t.Fatal(err)
	}
	Conform(t, wasm)
}

func TestC(t *testing.T) {
	needs(t, "clang", "wasm-ld")
	out := filepath.Join(t.TempDir(), "guest.wasm")
	run(t, "testdata/c", "clang", "--target=wasm32", "-O2", "-Wall", "-Werror", "-nostdlib", "-Wl,--no-entry", "-o", out, "guest.c")
	Conform(t, read(t, out))
}

func TestAssemblyScript(t *testing.T) {
	needs(t, "node", "npm")
	const dir = "testdata/assemblyscript"
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "assemblyscript")); err != nil {
		run(t, dir, "npm", "ci", "--no-audit", "--no-fund")
	}
	out := filepath.Join(t.TempDir(), "guest.wasm")
	run(t, dir, "npx", "asc", "guest.ts", "-O2", "--runtime", "stub", "--use", "abort=", "-o", out)
	Conform(t, read(t, out))
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is missing: the contract was not tried with this language", p)
		}
	}
}

func run(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
