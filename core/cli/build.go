package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/sluice-gateway/sluice/hostabi/pack"
)

func buildPlugin(ctx context.Context, dir, file string) error {
	wasm, err := pack.Build(ctx, dir)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, wasm, 0o644); err != nil {
		return fmt.Errorf("write plugin: %w", err)
	}
	return nil
}
