package app

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// narrowing makes a plugin's terms of its manifest and what the operator says of it.
type narrowing struct {
	module   *module
	manifest *hostabi.Manifest
	operator *config.Plugin // the zero one says nothing
	report   func(config.Finding)
}

// The limits that hold where neither manifest nor operator says anything. They are also the most.
var defaultLimits = hostabi.Limits{Memory: 64, Fuel: 500_000_000, FuelByte: 20_000, Contexts: 4096, Calls: 16}

func (n *narrowing) terms() *terms {
	needs := &n.manifest.Needs
	t := &terms{module: n.module, settings: n.operator.Settings, kv: n.quota(needs.KV), text: n.list("text", n.operator.Text, needs.Text)}
	t.grants = host.Grants{
		Headers:    n.list("headers", n.operator.Headers, needs.Headers),
		Match:      n.match(needs.Match),
		PerRequest: n.manifest.Isolation == "per_request",
	}
	n.limits(&t.grants)
	t.failOpen = n.fail() == "open"
	return t
}

// list is what the operator leaves of what the plugin asks for.
func (n *narrowing) list(key string, chosen, asked []string) []string {
	if chosen == nil {
		return asked
	}
	for i, name := range chosen {
		if !slices.Contains(asked, name) {
			at := n.operator.At.To(key, strconv.Itoa(i))
			n.report(at.Finding(config.Error, "plugin %s does not ask for %q", n.manifest.Name, name).Meaning(name, asked))
		}
	}
	return chosen
}

func (n *narrowing) quota(asked int) int {
	given := n.operator.KV
	if given == nil {
		return asked
	}
	n.atMost(int64(*given), int64(asked), "kv")
	return *given
}

func (n *narrowing) match(asked bool) bool {
	given := n.operator.Match
	if given == nil {
		return asked
	}
	if *given && !asked {
		n.report(n.operator.At.To("match").Finding(config.Error, "plugin %s does not ask for it", n.manifest.Name))
	}
	return *given
}

func (n *narrowing) limits(g *host.Grants) {
	asked, given := &n.manifest.Limits, &n.operator.Limits
	g.Memory = int(n.limit("memory", given.Memory, int64(asked.Memory), int64(defaultLimits.Memory)))
	g.Fuel = n.limit("fuel", given.Fuel, asked.Fuel, defaultLimits.Fuel)
	g.FuelByte = n.limit("fuel_byte", given.FuelByte, asked.FuelByte, defaultLimits.FuelByte)
	g.Contexts = int(n.limit("contexts", given.Contexts, int64(asked.Contexts), int64(defaultLimits.Contexts)))
	g.Calls = int(n.limit("calls", given.Calls, int64(asked.Calls), int64(defaultLimits.Calls)))
}

// limit returns the operator's limit, else the manifest's, else 0 for the host's own.
func (n *narrowing) limit(name string, given int, asked, usual int64) int64 {
	if given == 0 {
		return asked
	}
	n.atMost(int64(given), cmp.Or(asked, usual), "limits", name)
	return int64(given)
}

// atMost refuses to grant more than the plugin asks for.
func (n *narrowing) atMost(given, most int64, path ...string) {
	if given <= most {
		return
	}
	n.report(n.operator.At.To(path...).Finding(config.Error, "%d is more than the %d that plugin %s asks for", given, most, n.manifest.Name))
}

// fail is what happens when the plugin could not run. Only who judges or admits a request can refuse it.
func (n *narrowing) fail() string {
	usual := "closed"
	switch n.manifest.Kind {
	case "provider":
		if n.operator.Fail != "" {
			n.report(n.operator.At.To("fail").Finding(config.Error, "plugin %s is a provider: a request fails with it", n.manifest.Name))
		}
	case "observer", "router":
		usual = "open"
	}
	return cmp.Or(n.operator.Fail, n.manifest.Fail, usual)
}
