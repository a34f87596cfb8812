package auth

import (
	"log/slog"

	"github.com/sluice-gateway/sluice/core/guest"
)

// Custom asks a plugin who presents a credential (general_settings.custom_auth). A nil *Custom leaves that to Keys alone. It is
// safe for concurrent use.
type Custom struct {
	plugin *guest.Plugin
	log    *slog.Logger
}

// NewCustom returns a check that asks the plugin.
func NewCustom(p *guest.Plugin, log *slog.Logger) *Custom { return &Custom{plugin: p, log: log} }
