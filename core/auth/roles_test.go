package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func refusal(status, text string) string {
	return `{"error":{"message":"` + text + `","type":"auth_error","param":"None","code":"` + status + `"}}`
}

func adminOnly(path, role, user string) string {
	return refusal("401", "Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. Route="+path+
		". Your role="+role+". Your user_id="+user)
}

func looksOnly(path, more string) string {
	return refusal("403", "user not allowed to access this route, role= proxy_admin_viewer. Trying to access: "+path+more)
}

// TestRoles is the list of decisions for those who have a role.
func TestRoles(t *testing.T) {
	account := &core.Account{Key: &core.Key{}}
	roles := map[string]*core.Principal{
		"admin":     {Admin: true, Role: proxyAdmin, UserID: "u", Account: account},
		"master":    {Admin: true, Role: proxyAdmin, UserID: "default_user_id"},
		"viewer":    {Role: proxyAdminViewer, UserID: "u", Account: account},
		"internal":  {Role: internalUser, UserID: "u", Account: account},
		"looker":    {Role: internalUserViewer, UserID: "u", Account: account},
		"none":      {Account: account},
		"org":       {Role: internalUser, UserID: "u", Account: &core.Account{Key: &core.Key{}, Administers: []string{"o"}}},
		"orgRole":   {Role: orgAdmin, UserID: "u", Account: account},
		"spend":     {UserID: "u", Account: &core.Account{Key: &core.Key{Permissions: map[string]any{"get_spend_routes": true}}}},
		"dashboard": {Role: internalUserViewer, UserID: "u", TeamID: dashboardTeam, Account: account},
		"custom":    {UserID: "u"},
	}
	all := "admin master viewer internal looker none org orgRole spend dashboard custom"
	for _, c := range []struct{ method, path, may, otherwise string }{
		{"POST", "/chat/completions", strings.Replace(all, "dashboard", "", 1), refusal("403", "user not allowed to access this OpenAI routes, role= internal_user_viewer")},
		{"GET", "/key/info", all, ""},
		{"GET", "/model/info", all, ""},
		{"POST", "/v2/key/info", all, ""},
		{"GET", "/team/list", all, ""},
		{"POST", "/team/member_add", strings.Replace(all, "viewer", "", 1), looksOnly("/team/member_add", "")},
		{"POST", "/key/generate", "admin master internal org orgRole", "role"},
		{"POST", "/key/{key}/regenerate", "admin master internal org orgRole", "role"},
		{"POST", "/key/block", "admin master", "role"},
		{"POST", "/team/new", "admin master org orgRole", "role"},
		{"POST", "/organization/member_add", "admin master org orgRole", "role"},
		{"POST", "/organization/new", "admin master", "role"},
		{"GET", "/user/list", "admin master viewer", "role"},
		{"GET", "/plugins", "admin master viewer", "role"},
		{"GET", "/in/no/group", "admin master viewer", "role"},
		{"POST", "/in/no/group", "admin master", "role"},
		{"POST", "/budget/info", "admin master viewer", "role"},
		{"POST", "/budget/new", "admin master", "role"},
		{"GET", "/spend/logs", "admin master viewer internal looker org dashboard", "role"},
		{"GET", "/global/spend/report", "admin master viewer looker spend dashboard", "role"},
		{"GET", "/global/spend/tags", "admin master viewer internal org", "role"},
		{"POST", "/global/spend/reset", "master", refusal("401", "Authentication Error, Tried to access route=/global/spend/reset, which is only for MASTER KEY")},
	} {
		to := NewRoute(c.method, c.path)
		may := strings.Fields(c.may)
		for name, p := range roles {
			want := ""
			if !slices.Contains(may, name) {
				want = c.otherwise
			}
			if want == "role" {
				role, user := p.Role, p.UserID
				if role == "" {
					role = "unknown"
				}
				if user == "" {
					user = "unknown"
				}
				if want = adminOnly(c.path, role, user); p.Role == proxyAdminViewer {
					want = looksOnly(c.path, "")
				}
			}
			var none *Rules
			if got := envelope(none.Permit(&Visit{To: to, Path: []byte(c.path)}, p)); got != want {
				t.Errorf("%s %s by %s: %s", c.method, c.path, name, got)
			}
		}
	}
}

func TestNoRouteIsForAdministrators(t *testing.T) {
	var none *Rules
	if none.Permit(&Visit{}, &core.Principal{Admin: true}) != nil || none.Permit(&Visit{}, &core.Principal{Role: internalUser}) == nil {
		t.Error("a request to no route is let through, or an administrator's is not")
	}
}

func TestViewersKeepTheirOwnAddress(t *testing.T) {
	viewer := &core.Principal{Role: proxyAdminViewer, UserID: "u"}
	invalid := func(param string) string {
		return looksOnly("/user/update", " and updating invalid param: "+param+". only user_email and password can be updated")
	}
	for body, want := range map[string]string{
		`{"user_email":"a@b.c","password":"x"}`:      "",
		`{"user_id":"u","user_email":"a@b.c"}`:       "",
		`{"user_id":"v","user_email":"a@b.c"}`:       invalid("user_id"),
		`{"user_email":"a","max_budget":1}`:          invalid("max_budget"),
		`{"user_email":"a","user_rol\u0065":"x"}`:    invalid("user_role"),
		`{"user_email":"a","user_email":"b"}`:        looksOnly("/user/update", ""),
		`[]`:                                         looksOnly("/user/update", ""),
		``:                                           looksOnly("/user/update", ""),
		`{"user_id":"u"}{"user_role":"proxy_admin"}`: looksOnly("/user/update", ""),
	} {
		v := &Visit{To: NewRoute("POST", "/user/update"), Path: []byte("/user/update"), Body: []byte(body)}
		if got := envelope((*Rules)(nil).Permit(v, viewer)); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

func TestUsersSeeThemselves(t *testing.T) {
	other := refusal("403", "key not allowed to access this user's info. user_id=v, key's user_id=u")
	for _, c := range []struct {
		role string
		ids  []string
		want string
	}{
		{internalUser, nil, ""}, {internalUser, []string{"u"}, ""}, {internalUser, []string{"v"}, other}, {internalUser, []string{"u", "v"}, other},
		{"", []string{"v"}, other}, {internalUserViewer, []string{"v"}, other}, {proxyAdminViewer, []string{"v"}, ""}, {internalUser, []string{""}, ""},
	} {
		v := &Visit{To: NewRoute("GET", "/user/info"), Path: []byte("/user/info")}
		for _, id := range c.ids {
			v.UserIDs = append(v.UserIDs, []byte(id))
		}
		if got := envelope((*Rules)(nil).Permit(v, &core.Principal{Role: c.role, UserID: "u"})); got != c.want {
			t.Errorf("%s asks for %q: %s", c.role, c.ids, got)
		}
	}
}

func TestAdminOnlyRoutes(t *testing.T) {
	r := NewRules(RuleSettings{AdminOnly: []string{"/key/generate", "/v1/embeddings", "/customer/info"}})
	for _, c := range []struct {
		to *Route
		as string
	}{{NewRoute("POST", "/key/generate"), "/key/generate"}, {LLM[2], "/engines/m/embeddings"}, {NewRoute("GET", "/end_user/info"), "/end_user/info"}} {
		v := &Visit{To: c.to, Path: []byte(c.as)}
		want := refusal("403", "user not allowed to access this route. Route="+c.as+" is an admin only route")
		for _, role := range []string{internalUser, proxyAdminViewer, orgAdmin, ""} {
			if got := envelope(r.Permit(v, &core.Principal{Role: role})); got != want {
				t.Errorf("%s by %q: %s", c.as, role, got)
			}
		}
		if e := r.Permit(v, &core.Principal{Admin: true}); e != nil {
			t.Error(e)
		}
	}
	if e := r.Permit(&Visit{To: LLM[0]}, &core.Principal{}); e != nil {
		t.Error(e)
	}
}

func TestRoutesOfAKey(t *testing.T) {
	key := &core.Key{AllowedRoutes: []string{"/v1/chat/completions", "info_routes"}}
	p := &core.Principal{Admin: true, Account: &core.Account{Key: key, Closed: closed(key)}}
	for to, may := range map[*Route]bool{LLM[0]: true, LLM[2]: false, NewRoute("GET", "/key/info"): true, NewRoute("POST", "/key/generate"): false} {
		want := ""
		if !may {
			want = refusal("403", "Virtual key is not allowed to call this route. Only allowed to call routes: ['/v1/chat/completions', 'info_routes']. Tried to call route: "+to.Path)
		}
		if got := envelope((*Rules)(nil).Permit(&Visit{To: to, Path: []byte(to.Path)}, p)); got != want {
			t.Errorf("%s: %s", to.Path, got)
		}
	}
}

// What decides about a call to a model neither allocates nor looks at texts.
func TestPermittingACallAllocatesNothing(t *testing.T) {
	key := &core.Key{AllowedRoutes: []string{"/chat/completions"}}
	p := &core.Principal{Role: internalUser, Account: &core.Account{Key: key, Closed: closed(key)}}
	r := NewRules(RuleSettings{AdminOnly: []string{"/key/generate"}, Allowed: []string{"/chat/completions"}, Addresses: []string{"10.0.0.0/8"}})
	path := []byte("/v1/chat/completions")
	if n := testing.AllocsPerRun(100, func() {
		v := Visit{To: LLM[0], Path: path}
		if r.Public(v.To) || r.Admit(v.To, "10.1.1.1", path) != nil || r.Permit(&v, p) != nil {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPermit(b *testing.B) {
	r := NewRules(RuleSettings{AdminOnly: []string{"/key/generate"}, Allowed: []string{"/chat/completions"}})
	p := &core.Principal{Role: internalUser, Account: &core.Account{Key: &core.Key{}}}
	v := Visit{To: LLM[0]}
	for b.Loop() {
		if r.Admit(v.To, "", nil) != nil || r.Permit(&v, p) != nil {
			b.Fatal("refused")
		}
	}
}
