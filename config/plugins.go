package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// Plugin is one entry of the top-level key plugins, which LiteLLM does not have: what the operator says of a plugin. It can
// narrow what the plugin asks for, never widen it. Absent keys are zero or nil.
type Plugin struct {
	Name      string
	Disabled  bool
	Settings  json.RawMessage // a JSON object, checked against the plugin's schema by whoever has the plugin; nil when absent
	Upstreams []PluginUpstream
	Headers   []string // request headers the plugin may read; nil = all it asks for
	Text      []string // roles whose text it sees; nil = all it asks for
	KV        *int     // bytes it may store
	Match     *bool
	Limits    PluginLimits
	Fail      string // "open" or "closed"; "" = the plugin's own
	SHA256    string // the only module that may be loaded, in lower-case hex; "" = any
	At        Ref    `json:"-"`
}

// PluginUpstream is a service that the operator lets a plugin call. Absent keys are zero: the plugin's own values hold.
type PluginUpstream struct {
	Name, URL, APIKey string
	Headers           []Pair
	Timeout           time.Duration
	MaxBytes          int
	At                Ref `json:"-"`
}

// PluginLimits bound what a plugin may use; 0 = as the plugin asks.
type PluginLimits struct {
	Memory         int // MiB of an instance
	Fuel, FuelByte int // per event, and more per byte of it
	Contexts       int // exchanges that share an instance
	Calls          int // HTTP calls per exchange
}

// pluginDraft is a Plugin in the making.
type pluginDraft struct {
	Plugin
	enabled             *bool
	settings, upstreams *node
}

var pluginFields = table[pluginDraft]{
	opt("enabled", yesNo, func(p *pluginDraft) **bool { return &p.enabled }, "false = as if the plugin were not there").guards(guardOff).acts(),
	set("settings", pairs, func(p *pluginDraft) **node { return &p.settings }, "the plugin's own settings, as its manifest describes them").guards(guardOff).acts(),
	set("upstreams", pairs, func(p *pluginDraft) **node { return &p.upstreams }, "services it may call, by the names it has for them").guards(ruleOff).acts(),
	set("headers", lowerHeaders, func(p *pluginDraft) *[]string { return &p.Headers }, "request headers it may read, of those it asks for").guards(ruleOff).acts(),
	set("text", listOf("a list of roles", oneOf("system", "user", "assistant", "tool")), func(p *pluginDraft) *[]string { return &p.Text }, "whose text it sees, of those it asks for").guards(ruleOff).acts(),
	opt("kv", count, func(p *pluginDraft) **int { return &p.KV }, "bytes it may store, 0 = none").guards(limitOff).acts(),
	opt("match", yesNo, func(p *pluginDraft) **bool { return &p.Match }, "false = it may not use word and rule sets").guards(ruleOff).acts(),
	set("limits", pluginLimits, func(p *pluginDraft) *PluginLimits { return &p.Limits }, "the most it may use").guards(limitOff).acts(),
	set("fail", oneOf("open", "closed"), func(p *pluginDraft) *string { return &p.Fail }, "what happens to a request when it could not run: go on, or refuse").guards(ruleOff).acts(),
	set("sha256", checksum, func(p *pluginDraft) *string { return &p.SHA256 }, "the only module that may be loaded under this name").guards(ruleOff).acts(),
}

var pluginUpstreamFields = table[PluginUpstream]{
	set("url", pluginAddress, func(u *PluginUpstream) *string { return &u.URL }, "where it is, instead of the address in the manifest").acts(),
	set("api_key", words, func(u *PluginUpstream) *string { return &u.APIKey }, "credential; the plugin never sees it").hidden().acts(),
	set("headers", headers, func(u *PluginUpstream) *[]Pair { return &u.Headers }, "headers of each call; the plugin never sees them").hidden().acts(),
	set("timeout", seconds, func(u *PluginUpstream) *time.Duration { return &u.Timeout }, "longest wait for a reply, at most what the plugin asks for").guards(limitOff).acts(),
	set("max_bytes", counted, func(u *PluginUpstream) *int { return &u.MaxBytes }, "largest reply, at most what the plugin asks for").guards(limitOff).acts(),
}

var pluginLimitFields = table[PluginLimits]{
	set("memory", counted, func(l *PluginLimits) *int { return &l.Memory }, "MiB of an instance").guards(limitOff).acts(),
	set("fuel", counted, func(l *PluginLimits) *int { return &l.Fuel }, "fuel per event").guards(limitOff).acts(),
	set("fuel_byte", counted, func(l *PluginLimits) *int { return &l.FuelByte }, "more fuel per byte of the event").guards(limitOff).acts(),
	set("contexts", counted, func(l *PluginLimits) *int { return &l.Contexts }, "requests that share an instance").guards(limitOff).acts(),
	set("calls", counted, func(l *PluginLimits) *int { return &l.Calls }, "HTTP calls per request").guards(limitOff).acts(),
}

var pluginLimits = reader[PluginLimits]{"a mapping of limits", func(d *diagnosis, n *node) (l PluginLimits, ok bool) {
	return l, pluginLimitFields.strict(d, n, &l)
}}

// readPlugins reads the section plugins. A key that is not known is refused: all of them are policy.
func readPlugins(d *diagnosis, n *node) []Plugin {
	if n == nil {
		return nil
	}
	all := make([]Plugin, 0, len(n.entries))
	for _, e := range n.entries {
		p := pluginDraft{Plugin: Plugin{Name: e.key, At: Ref{e.value, e.keyAt}}}
		if e.value.kind != null {
			pluginFields.strict(d, e.value, &p)
		}
		p.Disabled = p.enabled != nil && !*p.enabled
		p.Settings = settingsOf(d, p.settings)
		p.Upstreams = readPluginUpstreams(d, p.upstreams)
		all = append(all, p.Plugin)
	}
	return all
}

// readPluginUpstreams reads {name: {url: …}}; a name without anything lets the plugin call what its manifest says.
func readPluginUpstreams(d *diagnosis, n *node) []PluginUpstream {
	if n == nil {
		return nil
	}
	all := make([]PluginUpstream, 0, len(n.entries))
	for _, e := range n.entries {
		u := PluginUpstream{Name: e.key, At: Ref{e.value, e.keyAt}}
		if e.value.kind != null {
			pluginUpstreamFields.strict(d, e.value, &u)
		}
		all = append(all, u)
	}
	return all
}

// lowerHeaders reads names of headers as plugins know them.
var lowerHeaders = listOf("a list of header names", scalarReader("a header name", func(n *node) (string, bool) {
	return strings.ToLower(n.text), isToken(n.text)
}))

// pluginAddress reads where a plugin's service is. Unlike a provider's it must work as it stands: there is no fallback.
var pluginAddress = scalarReader("a URL with http:// or https://", func(n *node) (string, bool) {
	u, err := url.Parse(n.text)
	return n.text, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
})

var checksum = scalarReader("a SHA-256 of 64 hex digits", func(n *node) (string, bool) {
	sum, err := hex.DecodeString(n.text)
	return strings.ToLower(n.text), err == nil && len(sum) == sha256.Size
})

// PluginPolicy is the top-level key plugin_policy: which modules may be loaded.
type PluginPolicy struct {
	Lock       string // "required" = only what plugins.lock lists; "off" or "" = any
	Signatures string // "required" = only what a trusted key signed; "off" or "" = any
}

var policyFields = table[PluginPolicy]{
	set("lock", oneOf("off", "required"), func(p *PluginPolicy) *string { return &p.Lock }, "load only the modules that plugins.lock lists").guards(ruleOff).acts(),
	set("signatures", oneOf("off", "required"), func(p *PluginPolicy) *string { return &p.Signatures }, "load only modules that a trusted key signed").guards(ruleOff).acts(),
}
