package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluice-gateway/sluice/core/cli/fetch"
	"github.com/sluice-gateway/sluice/core/trust"
)

// inspectPlugin prints what a plugin file is and asks for. It fails for one that the gateway would not load.
func inspectPlugin(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	dir := pluginsFlag(set, e)
	rest, err := arguments(set, args, 1, 1)
	if err != nil {
		return err
	}
	if own := filepath.Dir(rest[0]); isPluginsFolder(own) {
		*dir = own
	}
	fetched, err := fetch.Get(ctx, rest[0])
	if err != nil {
		return err
	}
	c, err := examine(fetched, *dir)
	if err != nil {
		return fmt.Errorf("%s: %w", rest[0], err)
	}
	if err := c.try(ctx, e); err != nil {
		return err
	}
	c.show(e.Stdout)
	if err := c.refusal(); err != nil {
		return err
	}
	fmt.Fprintln(e.Stdout, "check     imports, exports and configuration are fine")
	return nil
}

// isPluginsFolder reports whether there is a lock beside a folder, or keys to trust.
func isPluginsFolder(dir string) bool {
	p := trust.For(dir, false, false)
	for _, file := range []string{p.LockFile, p.TrustFile} {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}
