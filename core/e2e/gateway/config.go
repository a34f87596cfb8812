package gateway

import (
	"os"
	"path/filepath"
)

// ConfigPath is where the configuration lies.
func (g *Gateway) ConfigPath() string { return filepath.Join(g.Dir, "config.yaml") }

// WriteConfig puts a configuration in place at once, as careful tools do.
func (g *Gateway) WriteConfig(text string) {
	g.t.Helper()
	tmp := g.ConfigPath() + ".new"
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
	if err := os.Rename(tmp, g.ConfigPath()); err != nil {
		g.t.Fatal(err)
	}
}
