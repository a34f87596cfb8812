package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func TestNewUser(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t1"}`)
	o.ok("POST", "/team/new", `{"team_id":"t2"}`)
	u := o.ok("POST", "/user/new", `{"user_id":"u","user_email":"u@x.org","user_alias":"U","user_role":"internal_user","teams":["t2","t1","t2"],"max_budget":7,
		"budget_duration":"30d","tpm_limit":5,"models":["m"],"metadata":{"a":1},"spend":2.5,"key_alias":"of u","send_invite_email":false,"unknown":1}`)
	secret := u["key"].(string)
	o.want(u, map[string]string{"user_id": `"u"`, "user_email": `"u@x.org"`, "user_alias": `"U"`, "user_role": `"internal_user"`, "teams": `["t1","t2"]`,
		"max_budget": "7", "tpm_limit": "5", "models": `["m"]`, "token": `"` + HashKey(secret) + `"`, "key_alias": `"of u"`, "expires": "null", "spend": "2.5",
		"budget_reset_at": `"2026-03-03T12:00:00Z"`})
	k, err := o.Store.Keys.Get(t.Context(), HashKey(secret))
	if err != nil || *k.UserID != "u" || *k.MaxBudget != 7*core.Dollar || *k.TPM != 5 {
		t.Errorf("the key %+v, %v", k, err)
	}
	for _, row := range []string{"users u", "members t1/u", "members t2/u", "keys " + HashKey(secret)} {
		o.told(row)
	}
	for _, entry := range o.audited() {
		if strings.Contains(entry, secret) {
			t.Error("the secret is in the audit log")
		}
	}
	a := o.do("GET", "/user/info?user_id=u", "")
	if strings.Contains(a.text, secret) {
		t.Error("the secret is shown")
	}
	o.has(a.body, "user_id", "user_info", "keys", "teams")
	o.want(o.at(a.body, "user_info"), map[string]string{"spend": "2.5", "teams": `["t1","t2"]`, "metadata": `{"a":1}`, "user_role": `"internal_user"`,
		"max_budget": "7", "model_spend": "{}", "rpm_limit": "null"})
	o.want(o.at(a.body, "keys", 0), map[string]string{"key_alias": `"of u"`, "user_id": `"u"`})
	if count(a.body["teams"]) != 2 {
		t.Errorf("teams %v", a.body["teams"])
	}
	o.want(o.at(a.body, "teams", 0, "team_memberships", 0), map[string]string{"user_id": `"u"`})

	bare := o.ok("POST", "/user/new", `{"auto_create_key":false}`)
	o.want(bare, map[string]string{"key": `""`, "user_email": "null", "teams": "[]"})
	o.has(bare, "user_id", "user_role", "max_budget")
}

func TestUsersThatAreRefused(t *testing.T) {
	o := open(t)
	o.ok("POST", "/user/new", `{"user_id":"u","user_email":"u@x.org","key_alias":"taken"}`)
	o.ok("POST", "/user/new", `{"user_id":"w","user_email":"w@x.org","auto_create_key":false}`)
	for _, c := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"new", `{"user_email":"u@x.org"}`, 400, `{"detail":{"error":"User with email u@x.org already exists"}}`},
		{"new", `{"user_id":"u"}`, 400, "User with id u already exists"},
		{"new", `{"user_role":"king"}`, 422, "Input should be 'proxy_admin', 'proxy_admin_viewer'"},
		{"new", `{"user_role":1}`, 422, "valid string"},
		{"new", `{"max_budget":-1}`, 422, "must not be negative"},
		{"new", `{"teams":["no"]}`, 400, "Team not found, passed team_id=no"},
		{"new", `{"teams":"no"}`, 422, "list of strings"},
		{"new", `{"auto_create_key":"no"}`, 422, "boolean"},
		{"new", `{"key_alias":"taken"}`, 400, "Key with alias 'taken' already exists"},
		{"new", `{"permissions":{"hide_secret":true}}`, 400, `did you mean \"hide_secrets\"`},
		{"new", `{"budget_id":"no"}`, 400, "Unable to find budget"},
		{"new", `{"password":"x"}`, 400, "no passwords"},
		{"new", `{"spend":-1}`, 422, "not negative"},
		{"new", `{"user_id":"` + strings.Repeat("x", 600) + `"}`, 422, "longer than 512"},
		{"update", `{}`, 422, "Either user_id or user_email"},
		{"update", `{"user_email":"no@x.org"}`, 404, "User not found"},
		{"update", `{"user_id":"u","user_email":"w@x.org"}`, 400, "already exists"},
		{"update", `{"user_id":"u","user_role":"king"}`, 422, "Input should be"},
		{"update", `{"user_id":"u","rpm_limit":-1}`, 422, "negative"},
		{"delete", `{"user_ids":["u","no"]}`, 404, "User not found, passed user_id=no"},
		{"delete", `{"user_ids":[]}`, 422, "Field required"},
		{"delete", `{"user_ids":"u"}`, 422, "list of strings"},
	} {
		o.refused("POST", "/user/"+c.path, c.body, c.status, c.text)
	}
	o.refused("GET", "/user/info?user_id=no", "", 404, "User no not found")
	o.refused("GET", "/user/list?role=king", "", 422, "Input should be")
	if n, _ := o.Store.Users.Count(t.Context()); n != 2 {
		t.Errorf("%d users after refusals", n)
	}
	if n, _ := o.Store.Keys.Count(t.Context()); n != 1 {
		t.Errorf("%d keys after refusals", n)
	}
}

func TestUpdateUser(t *testing.T) {
	o := open(t)
	o.ok("POST", "/user/new", `{"user_id":"u","user_email":"u@x.org","max_budget":5,"rpm_limit":2,"metadata":{"a":1}}`)
	u := o.ok("POST", "/user/update", `{"user_id":"u","max_budget":null,"user_role":"internal_user_viewer","spend":0.5}`)
	o.want(u, map[string]string{"user_id": `"u"`})
	o.want(o.at(u, "data"), map[string]string{"max_budget": "null", "rpm_limit": "2", "user_email": `"u@x.org"`, "user_role": `"internal_user_viewer"`,
		"metadata": `{"a":1}`, "spend": "0.5"})
	o.want(o.ok("POST", "/user/update", `{"user_email":"u@x.org","rpm_limit":9}`), map[string]string{"user_id": `"u"`})
	o.told("counters user/u")
	made := o.ok("POST", "/user/update", `{"user_id":"made","max_budget":1}`)
	o.want(o.at(made, "data"), map[string]string{"max_budget": "1", "user_id": `"made"`})
}

func TestDeleteUsers(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","members_with_roles":[{"role":"user","user_id":"u"}]}`)
	o.ok("POST", "/team/member_update", `{"team_id":"t","user_id":"u","max_budget_in_team":1}`)
	o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O"}`)
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"internal_user","user_id":"u"}}`)
	o.ok("POST", "/key/generate", `{"key":"sk-key-of-u","user_id":"u"}`)
	a := o.do("POST", "/user/delete", `{"user_ids":["u","u"]}`)
	if a.status != 200 || a.text != "1" {
		t.Errorf("deleted: %d %s", a.status, a.text)
	}
	o.refused("GET", "/key/info?key=sk-key-of-u", "", 404, "not found")
	if n := count(o.at(o.ok("GET", "/team/info?team_id=t", ""), "team_info")["members_with_roles"]); n != 1 {
		t.Errorf("%d members", n)
	}
	if n, _ := o.Store.OrganizationMembers.Count(t.Context()); n != 0 {
		t.Errorf("%d members of organizations", n)
	}
	if n, _ := o.Store.Budgets.Count(t.Context(), store.Where{Column: "owner", Value: "member/t/u"}); n != 0 {
		t.Errorf("%d budgets", n)
	}
}

func TestListUsers(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t"}`)
	for i := range 30 {
		o.ok("POST", "/user/new", fmt.Sprintf(`{"user_id":"u%02d","user_role":"internal_user","user_email":"u%02d@x.org","teams":["t"],"auto_create_key":false}`, i, i))
	}
	o.want(o.ok("GET", "/user/list?role=internal_user", ""), map[string]string{"total": "30", "page": "1", "page_size": "25", "total_pages": "2"})
	page := o.ok("GET", "/user/get_users?page=3&page_size=14&role=internal_user", "")
	if count(page["users"]) != 2 {
		t.Errorf("the last page %v", page)
	}
	o.want(o.at(page, "users", 0), map[string]string{"user_id": `"u28"`, "teams": `["t"]`})
	o.want(o.ok("GET", "/user/list?user_ids=u01,u02,no", ""), map[string]string{"total": "2"})
	o.want(o.ok("GET", "/user/list?user_email=u1", ""), map[string]string{"total": "10"})
	o.want(o.ok("GET", "/user/info?view_all=true", ""), map[string]string{"total": "31"})
	roles := o.ok("GET", "/user/available_roles", "")
	o.has(roles, userRoles...)
	o.has(o.at(roles, "proxy_admin"), "description", "ui_label")
}

func TestUserRolesOfRoutes(t *testing.T) {
	o := open(t)
	o.ok("POST", "/user/new", `{"user_id":"me","user_role":"internal_user"}`)
	o.ok("POST", "/user/new", `{"user_id":"you"}`)
	o.ok("POST", "/user/new", `{"user_id":"v","user_role":"proxy_admin_viewer"}`)
	back := o.as("internal_user", "me")
	o.want(o.ok("GET", "/user/info", ""), map[string]string{"user_id": `"me"`})
	o.ok("GET", "/user/info?user_id=me", "")
	o.refused("GET", "/user/info?user_id=you", "", 403, "key not allowed to access this user's info. user_id=you, key's user_id=me")
	o.refused("GET", "/user/info?user_id=nobody", "", 403, "key not allowed")
	o.refused("GET", "/user/info?view_all=true", "", 401, "Only proxy admin")
	o.refused("GET", "/user/list", "", 401, "Only proxy admin")
	o.refused("POST", "/user/new", `{}`, 401, "Only proxy admin")
	o.refused("POST", "/user/update", `{"user_id":"me","user_role":"proxy_admin"}`, 401, "Only proxy admin")
	o.refused("POST", "/user/delete", `{"user_ids":["you"]}`, 401, "Only proxy admin")
	back()
	back = o.as("", "")
	o.refused("GET", "/user/info", "", 403, "key not allowed")
	back()
	back = o.as("proxy_admin_viewer", "v")
	o.ok("GET", "/user/info?user_id=you", "")
	o.ok("GET", "/user/list", "")
	o.refused("POST", "/user/update", `{"user_id":"v","max_budget":1}`, 403, "role= proxy_admin_viewer. Trying to access: /user/update")
	o.refused("POST", "/user/update", `{"user_id":"you","user_email":"evil@x.org"}`, 403, "role= proxy_admin_viewer")
	o.ok("POST", "/user/update", `{"user_id":"v","user_email":"v@x.org"}`)
	o.refused("POST", "/user/new", `{}`, 403, "role= proxy_admin_viewer")
	back()
	o.want(o.ok("GET", "/user/info", ""), map[string]string{"user_id": `"default_user_id"`})
}

func TestDefaultsOfUsers(t *testing.T) {
	o := open(t)
	o.Settings().DefaultUserParams = given{"max_budget": json.RawMessage("3"), "models": json.RawMessage(`["m"]`)}
	o.want(o.ok("POST", "/user/new", `{"user_role":"internal_user"}`), map[string]string{"max_budget": "3", "models": `["m"]`})
	o.want(o.ok("POST", "/user/new", `{"user_role":"internal_user","max_budget":1}`), map[string]string{"max_budget": "1"})
	o.want(o.ok("POST", "/user/new", `{}`), map[string]string{"max_budget": "null"})
}

// However many make the same user at once, one of them does.
func TestUsersAtOnce(t *testing.T) {
	o := open(t)
	o.race(8, "/user/new", `{"user_email":"same@x.org"}`, 1)
	o.race(8, "/user/new", `{"user_id":"same"}`, 1)
	if n, _ := o.Store.Keys.Count(t.Context()); n != 2 {
		t.Errorf("%d keys", n)
	}
}
