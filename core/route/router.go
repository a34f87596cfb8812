package route

import (
	"log/slog"

	"github.com/sluice-gateway/sluice/core/guest"
)

// Router asks a plugin in which order a group's deployments are to be tried. A nil *Router leaves that to the default strategy. It
// is safe for concurrent use.
type Router struct {
	plugin *guest.Plugin
	log    *slog.Logger
}

// NewRouter returns a router that asks the plugin.
func NewRouter(p *guest.Plugin, log *slog.Logger) *Router { return &Router{plugin: p, log: log} }
