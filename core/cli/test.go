package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// testPlugin runs a plugin's Go tests, builds it, and runs its cases as a gateway does before it takes a module.
func testPlugin(ctx context.Context, e Env, args []string) error {
	rest, err := arguments(newFlags(), args, 1, 1)
	if err != nil {
		return err
	}
	dir := rest[0]
	if err := e.goTest(ctx, dir); err != nil {
		return err
	}
	wasm, err := pack.Build(ctx, dir)
	if err != nil {
		return err
	}
	return e.tryCases(ctx, wasm)
}

func (e Env) goTest(ctx context.Context, dir string) error {
	if _, err := pack.ReadFolder(dir); err != nil {
		return err
	}
	began := time.Now()
	test := exec.CommandContext(ctx, "go", "test", "-trimpath", "./...") // one build cache for all folders
	test.Dir, test.Stdout, test.Stderr = dir, e.Stdout, e.Stderr
	test.Env = append(os.Environ(), "GOFLAGS=") // as for the build
	if err := test.Run(); err != nil {
		return fmt.Errorf("the tests in %s fail: %w", dir, err)
	}
	fmt.Fprintf(e.Stdout, "tests     pass, %s\n", time.Since(began).Round(time.Millisecond))
	return nil
}

// tryCases runs the cases in a module and prints a summary.
func (e Env) tryCases(ctx context.Context, wasm []byte) error {
	began := time.Now()
	t, err := newTrial(ctx, wasm, e.Stderr)
	if err != nil {
		return err
	}
	defer t.close(context.WithoutCancel(ctx))
	n, failed := len(t.cases), t.failures()
	for _, f := range failed {
		fmt.Fprintf(e.Stdout, "FAIL      %s\n", f)
	}
	fmt.Fprintf(e.Stdout, "module    %d bytes\ncases     %d of %d pass in wasm, %s\n", len(wasm), n-len(failed), n,
		time.Since(began).Round(time.Millisecond))
	if len(failed) > 0 {
		return fmt.Errorf("%d of its cases fail", len(failed))
	}
	return nil
}
