package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// buildPlugin writes DIR/NAME.wasm unless it is told where. With --module the code is there already: another language's
// compiler made it.
func buildPlugin(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	module := set.String("module", "", "")
	rest, err := arguments(set, args, 1, 2)
	if err != nil {
		return err
	}
	wasm, err := built(ctx, rest[0], *module)
	if err != nil {
		return err
	}
	m, err := pack.Manifest(wasm)
	if err != nil {
		return err
	}
	file := modulePath(rest[0], m.Name)
	if len(rest) == 2 {
		file = rest[1]
	}
	if err := trust.WriteFile(file, wasm, 0o644); err != nil {
		return fmt.Errorf("build plugin: %w", err)
	}
	fmt.Fprintf(e.Stdout, "%s: %s %s, %d bytes\n", filepath.Clean(file), m.Name, m.Version, len(wasm))
	return nil
}

func built(ctx context.Context, dir, module string) ([]byte, error) {
	if module == "" {
		return pack.Build(ctx, dir)
	}
	wasm, err := os.ReadFile(module)
	if err != nil {
		return nil, fmt.Errorf("build plugin: %w", err)
	}
	return pack.Pack(wasm, dir)
}

func bundlePlugins(_ context.Context, _ Env, args []string) error {
	rest, err := arguments(newFlags(), args, 1, 1)
	if err != nil {
		return err
	}
	return plugins.WriteBundle(rest[0])
}
