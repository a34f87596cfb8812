// Package guest opens a plugin's context for an exchange: what it may ask about the exchange, and whom it may call.
package guest

import (
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// Plugin is a loaded plugin of any kind but provider, with what its manifest says and the operator granted. It is
// immutable.
type Plugin struct {
	Name, Version string
	Host          *host.Plugin
	Kind          string          // guard, observer, router or auth
	Hooks         map[string]bool // that the manifest declares
	Roles         [5]bool         // whose text a guard sees, by hostabi.Role
	Lookahead     int             // bytes of a stream's text that a guard holds back
	FailOpen      bool            // whether an exchange goes on when the plugin could not run
	Upstreams     map[string]*Upstream
}
