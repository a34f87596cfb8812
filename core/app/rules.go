package app

import (
	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// rules are what a configuration says about routes.
func rules(c *config.Config) *auth.Rules {
	g := &c.General
	s := auth.RuleSettings{Public: namesIn(g.PublicRoutes), AdminOnly: namesIn(g.AdminOnlyRoutes), Allowed: namesIn(g.AllowedRoutes),
		Addresses: g.AllowedIPs, Forwarded: g.UseXForwardedFor}
	if m := metricSettings(c); !m.Public {
		s.Private, s.AdminOnly = []string{metricsRoute}, append(s.AdminOnly, metricsRoute)
	} else if m.NeedKey {
		s.Private = []string{metricsRoute}
	}
	return auth.NewRules(s)
}

// metricsRoute is open to everybody only where the configuration says so.
const metricsRoute = "/metrics"

// enforced is what a configuration demands of requests to models.
func enforced(c *config.Config) pipeline.Enforced {
	g := &c.General
	return pipeline.Enforced{Params: g.EnforcedParams, ServiceAccounts: g.ServiceAccountParams, User: g.EnforceUserParam, UserHeader: g.UserHeader}
}

// namesIn are what mentions name; nil when there is no list.
func namesIn(list []config.Mention) []string {
	if list == nil {
		return nil
	}
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name
	}
	return names
}

// routes reports rules about routes that there are not: they would not do what they are meant to.
func (p *planner) routes() {
	g := &p.config.General
	for _, list := range [][]config.Mention{g.PublicRoutes, g.AdminOnlyRoutes, g.AllowedRoutes} {
		for _, m := range list {
			switch meant, known := auth.IsGroup(m.Name); {
			case meant && !known:
				p.report(m.At.Finding(config.Error, "there is no group of routes called %q", m.Name).Meaning(m.Name, auth.GroupNames()))
			case !meant && !auth.IsRoute(m.Name):
				p.report(m.At.Finding(config.Warning, "there is no route %q", m.Name).Meaning(m.Name, auth.RouteNames()))
			}
		}
	}
}
