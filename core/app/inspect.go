package app

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// Inspection is what a plugin file turned out to be.
type Inspection struct {
	Manifest *hostabi.Manifest
	Size     int // bytes
	SHA256   string
	// Unfit is why the gateway would refuse to load it, nil when it would not: imports, exports, the code itself, or what
	// it does when it is configured.
	Unfit error
}

// Inspect reads a plugin file and tries to load it, as the gateway would. log receives what the plugin says. It fails when
// the file can't be read or holds no manifest.
func Inspect(ctx context.Context, path string, log *slog.Logger) (*Inspection, error) {
	f := readModule(path)
	if f.err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, f.err)
	}
	p, err := filePlugin(strings.TrimSuffix(filepath.Base(path), moduleSuffix), f)
	if err != nil {
		return nil, err
	}
	i := &Inspection{Manifest: p.manifest, Size: len(f.wasm), SHA256: hex.EncodeToString(f.sum[:])}
	r, err := host.New(ctx, host.Options{Log: func(plugin string, level int, message string) {
		log.Log(ctx, slog.Level(level), message, "plugin", plugin)
	}})
	if err != nil {
		return nil, fmt.Errorf("start the plugin host: %w", err)
	}
	_, i.Unfit = p.load(r)
	return i, r.Close(ctx)
}
