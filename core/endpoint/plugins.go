package endpoint

import (
	"slices"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
)

// Plugin is what GET /plugins shows of one.
type Plugin struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Kind    string   `json:"kind"`
	About   string   `json:"about"`
	Source  string   `json:"source"` // "bundled" or "file"
	SHA256  string   `json:"sha256"` // of the module; "" while a bundled one is not loaded
	Vendors []string `json:"vendors"`
	// State is "loaded", "available" (to be loaded when it is first needed) or "failed" (nothing serves).
	State string `json:"state"`
	// LastError is why the file in the plugins folder is not in force, else the last crash, else "".
	LastError string `json:"last_error"`
	// Draining counts older versions that finish their exchanges.
	Draining int `json:"draining"`

	Instances int    `json:"instances"`
	InFlight  int    `json:"in_flight"` // exchanges
	Events    uint64 `json:"events"`    // handled by this version, as all that follows
	Traps     uint64 `json:"traps"`
	Replaced  uint64 `json:"replaced"` // instances, after a crash or for their memory
}

// ListPlugins shows every plugin.
func (a *API) ListPlugins(ctx *fasthttp.RequestCtx) *core.Error {
	if e := a.authorize(ctx); e != nil {
		return e
	}
	return writeJSON(ctx, map[string]any{"data": a.Plugins()})
}

// OnePlugin shows the plugin that the path names.
func (a *API) OnePlugin(ctx *fasthttp.RequestCtx) *core.Error {
	if e := a.authorize(ctx); e != nil {
		return e
	}
	name, _ := ctx.UserValue("name").(string)
	name = unescape(name)
	list := a.Plugins()
	i := slices.IndexFunc(list, func(p Plugin) bool { return p.Name == name })
	if i < 0 {
		return &core.Error{Class: core.NotFound, Kind: "invalid_request_error", Param: "name",
			Message: "no plugin is called '" + clip(name) + "'"}
	}
	return writeJSON(ctx, list[i])
}
