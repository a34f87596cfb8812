package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases/hosted"
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
	// Untried says why that could not be found out, "" when it could: it wants settings.
	Untried string
	// Cases is how many cases the plugin brings along. Failed says which of them failed, and how; nil when none did. A
	// plugin whose cases fail is refused.
	Cases  int
	Failed error
}

// Inspect reads a plugin file and tries to load it, as the gateway would when it grants all that the plugin asks for. log
// receives what the plugin says. It fails when the file can't be read or holds no manifest.
func Inspect(ctx context.Context, path string, log *slog.Logger) (*Inspection, error) {
	f := readModule(path)
	if f.err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, f.err)
	}
	m, err := fileModule(strings.TrimSuffix(filepath.Base(path), moduleSuffix), f)
	if err != nil {
		return nil, err
	}
	i := &Inspection{Manifest: m.manifest, Size: len(f.wasm), SHA256: f.sum.text()}
	r, err := host.New(ctx, host.Options{Log: func(plugin string, level int, message string) {
		log.Log(ctx, slog.Level(level), message, "plugin", plugin)
	}})
	if err != nil {
		return nil, fmt.Errorf("start the plugin host: %w", err)
	}
	if i.try(m, r); i.Unfit == nil {
		p := m.prove(r)
		i.Cases, i.Failed = p.cases, p.err
		p.close()
	}
	return i, r.Close(ctx)
}

// try loads the module without settings, unless it can't do without.
func (i *Inspection) try(m *module, r *host.Runtime) {
	if missing := checkSettings(m.manifest, nil, config.Ref{}); len(missing) > 0 {
		i.Untried = missing[0].Message
		return
	}
	v := &variant{terms: &terms{module: m, grants: hosted.Grants(m.manifest)}}
	v.store = v.terms.grants.KV
	_, i.Unfit = v.load(r)
}
