package auth

import (
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Roles of users.
const (
	proxyAdmin         = "proxy_admin"
	proxyAdminViewer   = "proxy_admin_viewer"
	orgAdmin           = "org_admin"
	internalUser       = "internal_user"
	internalUserViewer = "internal_user_viewer"
)

// Visit is a request to a route, as far as it matters to who may make it.
type Visit struct {
	To   *Route
	Path []byte // the request's own, for messages
	// UserIDs are the values of user_id in the query.
	UserIDs [][]byte
	Body    []byte
}

// Permit refuses a request to a route that is not for whoever makes it: 401 or 403.
func (r *Rules) Permit(v *Visit, p *core.Principal) *core.Error {
	if v.To == nil {
		return v.onlyAdmin(p)
	}
	if e := v.keyAllows(p); e != nil {
		return e
	}
	if v.To.groups&masterKeyRoutes != 0 && (!p.Admin || p.Account != nil) {
		return refuse("Tried to access route=" + v.path() + ", which is only for MASTER KEY")
	}
	if p.Admin {
		return nil
	}
	if r.orNone().verdict(v.To)&isAdminOnly != 0 {
		return forbid("user not allowed to access this route. Route=" + v.path() + " is an admin only route")
	}
	return v.roleAllows(p)
}

func (v *Visit) path() string { return clip(string(v.Path)) }

// closed lists the endpoints that a key's allowed_routes leave out.
func closed(k *core.Key) (c [core.Moderations + 1]bool) {
	if len(k.AllowedRoutes) == 0 {
		return c
	}
	l := newRouteList(k.AllowedRoutes)
	for _, to := range LLM {
		c[to.Endpoint] = !l.covers(to)
	}
	return c
}

// keyAllows holds a key to its own allowed_routes.
func (v *Visit) keyAllows(p *core.Principal) *core.Error {
	if p.Account == nil || len(p.Account.Key.AllowedRoutes) == 0 {
		return nil
	}
	refused := p.Account.Closed[v.To.Endpoint]
	if v.To.Endpoint == core.NoEndpoint {
		l := newRouteList(p.Account.Key.AllowedRoutes)
		refused = !l.covers(v.To)
	}
	if !refused {
		return nil
	}
	return forbid("Virtual key is not allowed to call this route. Only allowed to call routes: " + pyList(p.Account.Key.AllowedRoutes) +
		". Tried to call route: " + v.path())
}

// roleAllows decides for those who are no administrators.
func (v *Visit) roleAllows(p *core.Principal) *core.Error {
	in := func(g group) bool { return v.To.groups&g != 0 }
	switch {
	case in(llmRoutes):
		return notFromDashboard(p)
	case in(infoRoutes):
		return v.ownInfo(p)
	case in(globalSpendRoutes) && mayReadSpend(p):
		return nil
	case p.Role == proxyAdminViewer:
		return v.viewerAllows(p)
	case in(internalUserRoutes) && p.Role == internalUser,
		in(orgAdminRoutes) && administers(p),
		in(internalViewerRoutes) && p.Role == internalUserViewer,
		in(selfManagedRoutes):
		return nil
	}
	return v.onlyAdmin(p)
}

// dashboardTeam is the team of keys that LiteLLM's dashboard makes for its own use.
const dashboardTeam = "litellm-dashboard"

// notFromDashboard keeps those who may only look from spending money with the dashboard's key.
func notFromDashboard(p *core.Principal) *core.Error {
	if p.TeamID == dashboardTeam && (p.Role == proxyAdminViewer || p.Role == internalUserViewer) {
		return forbid("user not allowed to access this OpenAI routes, role= " + p.Role)
	}
	return nil
}

// ownInfo keeps users from each other's data. Handlers check what belongs to whom otherwise.
func (v *Visit) ownInfo(p *core.Principal) *core.Error {
	if v.To.Path != "/user/info" || p.Role == proxyAdminViewer {
		return nil
	}
	for _, id := range v.UserIDs {
		if len(id) > 0 && (string(id) != p.UserID) {
			return forbid("key not allowed to access this user's info. user_id=" + clip(string(id)) + ", key's user_id=" + p.UserID)
		}
	}
	return nil
}

func mayReadSpend(p *core.Principal) bool {
	if p.Account == nil {
		return false
	}
	may, _ := p.Account.Key.Permissions["get_spend_routes"].(bool)
	return may
}

// administers reports whether somebody is an administrator of an organization; handlers check of which.
func administers(p *core.Principal) bool {
	return p.Role == orgAdmin || p.Account != nil && len(p.Account.Administers) > 0
}

// viewerAllows lets those who may look do that, and keep their own address and password.
func (v *Visit) viewerAllows(p *core.Principal) *core.Error {
	if v.To.reads {
		return nil
	}
	e := forbid("user not allowed to access this route, role= " + proxyAdminViewer + ". Trying to access: " + v.path())
	if v.To.Path != "/user/update" {
		return e
	}
	var d tape.Doc
	if d.Scan(v.Body) != nil || d.Nodes[0].Kind != tape.Object {
		return e
	}
	for m := 1; m < int(d.Nodes[0].Next); m = int(d.Nodes[m].Next) {
		name := d.Key(m)
		own := name == "user_id" && p.UserID != "" && string(d.Text(m)) == p.UserID
		if !own && !slices.Contains([]string{"user_email", "password"}, name) {
			e.Message += " and updating invalid param: " + clip(name) + ". only user_email and password can be updated"
			return e
		}
	}
	return nil
}

// onlyAdmin refuses everybody else.
func (v *Visit) onlyAdmin(p *core.Principal) *core.Error {
	if p.Admin {
		return nil
	}
	role, user := p.Role, p.UserID
	if role == "" {
		role = "unknown"
	}
	if user == "" {
		user = "unknown"
	}
	return refuse("Only proxy admin can be used to generate, delete, update info for new keys/users/teams. Route=" + v.path() +
		". Your role=" + role + ". Your user_id=" + user)
}
