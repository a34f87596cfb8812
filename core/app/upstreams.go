package app

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
)

// The limits of an upstream that the manifest says nothing about. They are also the most.
const (
	upstreamTimeout  = 10 * time.Second
	upstreamMaxBytes = 1 << 20
)

// upstreams finds out where the plugin's services are and whether it may call them.
func (p *planner) upstreams(n *narrowing, t *terms) {
	names := make([]string, 0, len(n.manifest.Needs.Upstreams))
	for i := range n.manifest.Needs.Upstreams {
		need := &n.manifest.Needs.Upstreams[i]
		names = append(names, need.Name)
		p.upstream(n, t, need)
	}
	for i := range n.operator.Upstreams {
		if u := &n.operator.Upstreams[i]; !slices.Contains(names, u.Name) {
			n.report(u.At.KeyFinding(config.Error, "plugin %s does not ask for an upstream %q", n.manifest.Name, u.Name).Meaning(u.Name, names))
		}
	}
}

func (p *planner) upstream(n *narrowing, t *terms, need *hostabi.Upstream) {
	s := service{name: need.Name}
	defer func() { t.services = append(t.services, s) }()
	operator, named := operatorUpstream(n.operator, need.Name)
	locked := p.locked(n.module, need.Name)
	if !n.module.bundled() && !named && !locked {
		s.problem = "upstream " + need.Name + " is not granted: plugins." + n.manifest.Name + ".upstreams." + need.Name + " would grant it"
		return
	}
	n.bounds(need, operator)
	g := guest.Granted{URL: operator.URL, APIKey: operator.APIKey, Timeout: operator.Timeout, MaxBytes: operator.MaxBytes}
	g.URL = cmp.Or(g.URL, p.variable(need, "url"))
	g.Operator = g.URL != ""
	// A variable that a stranger's manifest names is not sent to an address that only the manifest names.
	if g.APIKey == "" && (g.Operator || n.module.bundled() || locked) {
		g.APIKey = p.variable(need, "api_key")
	}
	for _, h := range operator.Headers {
		g.Headers = append(g.Headers, guest.Header{Name: h.Name, Value: h.Value})
	}
	address := cmp.Or(g.URL, need.URL)
	if address == "" {
		s.problem = "upstream " + need.Name + " has no url: set plugins." + n.manifest.Name + ".upstreams." + need.Name + ".url" + orVariables(need.Env["url"])
		return
	}
	s.host = hostOf(address)
	u, err := guest.NewUpstream(p.clients, *need, g)
	if err != nil {
		s.problem, s.reported = err.Error(), named
		if named {
			n.report(operator.At.Finding(config.Error, "%s", err))
		}
		return
	}
	if t.upstreams == nil {
		t.upstreams = map[string]*guest.Upstream{}
	}
	t.upstreams[need.Name] = u
	t.grants.Upstreams = append(t.grants.Upstreams, need.Name)
}

func operatorUpstream(p *config.Plugin, name string) (config.PluginUpstream, bool) {
	i := slices.IndexFunc(p.Upstreams, func(u config.PluginUpstream) bool { return u.Name == name })
	if i < 0 {
		return config.PluginUpstream{}, false
	}
	return p.Upstreams[i], true
}

// bounds refuses an operator's limits of an upstream that are above the plugin's own.
func (n *narrowing) bounds(need *hostabi.Upstream, operator config.PluginUpstream) {
	longest := cmp.Or(time.Duration(need.Timeout)*time.Millisecond, upstreamTimeout)
	if operator.Timeout > longest {
		n.report(operator.At.To("timeout").Finding(config.Error, "%s is more than the %s that plugin %s asks for", operator.Timeout, longest, n.manifest.Name))
	}
	if largest := cmp.Or(need.MaxBytes, upstreamMaxBytes); operator.MaxBytes > largest {
		n.report(operator.At.To("max_bytes").Finding(config.Error, "%d is more than the %d that plugin %s asks for", operator.MaxBytes, largest, n.manifest.Name))
	}
}

// locked reports whether plugins.lock grants a service to that very module.
func (p *planner) locked(m *module, upstream string) bool {
	if m.bundled() {
		return false
	}
	granted, err := p.policy.Granted(m.manifest.Name, m.digest().text())
	if err != nil {
		p.clash = err
		return false
	}
	_, ok := granted.Upstreams[upstream]
	return ok
}

// variable returns the first of an upstream's environment variables that is set.
func (p *planner) variable(u *hostabi.Upstream, what string) string {
	for _, name := range u.Env[what] {
		if v, ok := p.getenv(name); ok && v != "" {
			return v
		}
	}
	return ""
}

func orVariables(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " or the variable " + strings.Join(names, " or ")
}

// hostOf is what may be shown of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
