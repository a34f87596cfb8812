package auth

import (
	"net/netip"

	"github.com/sluice-gateway/sluice/core"
)

// Rules say what is open to whom, beside what roles may do. They are immutable; nil are those of an empty configuration.
type Rules struct {
	public, private, adminOnly routeList
	allowed                    *routeList // nil = all
	addresses                  []netip.Prefix
	forwarded                  bool
	llm                        [core.Moderations + 1]verdict // of the APIs in LLM, so that a call need not look at lists
}

// verdict is what lists of the configuration say about a route.
type verdict uint8

const (
	isPublic verdict = 1 << iota
	isAdminOnly
	isClosed
)

// RuleSettings are what the configuration says about routes. Routes are paths, in which {…} stands for a segment and * at
// the end for any text, or names of groups like LiteLLMRoutes.info_routes.
type RuleSettings struct {
	Public    []string // need no key, beside those that never do
	Private   []string // need one whatever Public says
	AdminOnly []string
	Allowed   []string // all that there are; nil = no limit
	// Addresses, IP addresses or CIDR ranges, are where requests may come from; empty = anywhere.
	Addresses []string
	// Forwarded takes a client's address from X-Forwarded-For.
	Forwarded bool
}

// NewRules makes rules of settings. An address that is none matches nobody.
func NewRules(s RuleSettings) *Rules {
	r := &Rules{public: newRouteList(s.Public), private: newRouteList(s.Private), adminOnly: newRouteList(s.AdminOnly), forwarded: s.Forwarded}
	if s.Allowed != nil {
		l := newRouteList(s.Allowed)
		r.allowed = &l
	}
	for _, a := range s.Addresses {
		r.addresses = append(r.addresses, network(a))
	}
	for _, to := range LLM {
		r.llm[to.Endpoint] = r.judge(to)
	}
	return r
}

// noRules are those of an empty configuration.
var noRules = NewRules(RuleSettings{})

func (r *Rules) judge(to *Route) verdict {
	var v verdict
	if (to.groups&publicRoutes != 0 || r.public.covers(to)) && !r.private.touches(to) {
		v |= isPublic
	}
	if r.adminOnly.touches(to) {
		v |= isAdminOnly
	}
	if r.allowed != nil && !r.allowed.covers(to) {
		v |= isClosed
	}
	return v
}

func (r *Rules) verdict(to *Route) verdict {
	if to.Endpoint != core.NoEndpoint {
		return r.llm[to.Endpoint]
	}
	return r.judge(to)
}

// orNone makes nil usable.
func (r *Rules) orNone() *Rules {
	if r == nil {
		return noRules
	}
	return r
}

// Admit refuses, with 403, what no key opens: a client's address that is not allowed, and a route that the configuration
// does not let be. path is the request's own, for the message.
func (r *Rules) Admit(to *Route, client string, path []byte) *core.Error {
	r = r.orNone()
	switch {
	case len(r.addresses) > 0 && !r.knows(client):
		return forbid("Access forbidden: IP address " + clip(client) + " not allowed.")
	case r.verdict(to)&isClosed != 0:
		return forbid("Route " + clip(string(path)) + " not allowed")
	}
	return nil
}

// Public reports whether a route needs no key.
func (r *Rules) Public(to *Route) bool {
	return to != nil && r.orNone().verdict(to)&isPublic != 0
}

// Visitor is who calls a public route. A key that comes along is not looked at.
var Visitor = core.Principal{Role: internalUserViewer}

func forbid(text string) *core.Error {
	return &core.Error{Class: core.PermissionDenied, Kind: "auth_error", Message: text}
}

// clip bounds what a client gets back of its own.
func clip(text string) string {
	if len(text) > longestName {
		return text[:longestName] + "…"
	}
	return text
}
