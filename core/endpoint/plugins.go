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
	Lock    string   `json:"lock"`   // of a file: "locked" when plugins.lock approves this very module, else "not locked"
	Vendors []string `json:"vendors"`
	Hooks   []string `json:"hooks"`
	// State is "loaded", "available" (to be loaded when it is first needed), "disabled" (by the configuration) or "failed"
	// (nothing serves).
	State string `json:"state"`
	// LastError is why the file in the plugins folder is not in force, else the last crash, else "".
	LastError string `json:"last_error"`
	LastStack string `json:"last_stack,omitempty"` // of the guest, at the last crash
	// Draining counts older versions that finish their exchanges.
	Draining int `json:"draining"`
	// UsedBy lists where the configuration puts it to work, like "guardrail pii (pre_call)"; providers are not listed.
	UsedBy    []string         `json:"used_by"`
	Asked     PluginGrants     `json:"asked"`   // by the manifest
	Granted   PluginGrants     `json:"granted"` // of that
	Upstreams []PluginUpstream `json:"upstreams"`
	Limits    PluginLimits     `json:"limits"`
	Isolation string           `json:"isolation"`      // "shared" or "per_request"
	Fail      string           `json:"fail,omitempty"` // "open" or "closed"; "" for providers

	PluginFigures
}

// PluginGrants are what a plugin may use, or would like to.
type PluginGrants struct {
	Text      []string `json:"text"`
	Headers   []string `json:"headers"`
	Upstreams []string `json:"upstreams"`
	KV        int      `json:"kv"` // bytes
	Match     bool     `json:"match"`
}

// PluginLimits bound what a plugin uses.
type PluginLimits struct {
	Memory   int   `json:"memory"` // MiB of an instance
	Fuel     int64 `json:"fuel"`   // of an event, and more per byte of it
	FuelByte int64 `json:"fuel_byte"`
	Contexts int   `json:"contexts"` // exchanges that share an instance
	Calls    int   `json:"calls"`    // of an exchange
}

// PluginUpstream is a service that a plugin asks for.
type PluginUpstream struct {
	Name    string `json:"name"`
	Host    string `json:"host"`              // "" when nobody says where it is
	Problem string `json:"problem,omitempty"` // why it can't be called
}

// PluginFigures are counted since this version was loaded, over all settings that it runs with.
type PluginFigures struct {
	Instances   int    `json:"instances"`
	InFlight    int    `json:"in_flight"` // exchanges
	Events      uint64 `json:"events"`    // handled
	P50         int64  `json:"p50_ns"`    // of an event in the guest; of the settings that have handled most
	P99         int64  `json:"p99_ns"`
	CPU         int64  `json:"cpu_ns"`
	Fuel        uint64 `json:"fuel"`
	MemoryBytes uint64 `json:"memory_bytes"`
	Breaker     string `json:"breaker"` // "closed" is well
	Traps       uint64 `json:"traps"`
	Replaced    uint64 `json:"replaced"` // instances, after a crash or for their memory

	Metrics  map[string]int64 `json:"metrics,omitempty"`  // of the plugin's own
	Records  *PluginRecords   `json:"records,omitempty"`  // of an observer
	Verdicts *PluginVerdicts  `json:"verdicts,omitempty"` // of a guard
}

// PluginRecords tells what became of an observer's records since the configuration was read.
type PluginRecords struct {
	Recorded int64 `json:"recorded"`
	Dropped  int64 `json:"dropped"` // the queue was full
	Failed   int64 `json:"failed"`
}

// PluginVerdicts counts what a guard decided since the configuration was read.
type PluginVerdicts struct {
	Passed  uint64 `json:"passed"`
	Edited  uint64 `json:"edited"`
	Blocked uint64 `json:"blocked"`
	NotRun  uint64 `json:"not_run"`
}

// ListPlugins shows every plugin.
func (a *API) ListPlugins(ctx *fasthttp.RequestCtx) *core.Error {
	return writeJSON(ctx, map[string]any{"data": a.Plugins()})
}

// OnePlugin shows the plugin that the path names.
func (a *API) OnePlugin(ctx *fasthttp.RequestCtx) *core.Error {
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
