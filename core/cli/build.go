package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// buildPlugin writes DIR/NAME.wasm unless it is told where.
func buildPlugin(ctx context.Context, e Env, args []string) error {
	rest, err := arguments(newFlags(), args, 1, 2)
	if err != nil {
		return err
	}
	wasm, err := pack.Build(ctx, rest[0])
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

func bundlePlugins(_ context.Context, _ Env, args []string) error {
	rest, err := arguments(newFlags(), args, 1, 1)
	if err != nil {
		return err
	}
	return plugins.WriteBundle(rest[0])
}
