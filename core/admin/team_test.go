package admin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// at follows a path of members and places into an answer.
func (o *office) at(v any, path ...any) map[string]any {
	o.Helper()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				o.Fatalf("%v has no %d", v, s)
			}
			v = list[s]
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		o.Fatalf("%v is %v", path, v)
	}
	return m
}

// has compares the names of an answer's members.
func (o *office) has(got map[string]any, names ...string) {
	o.Helper()
	for _, name := range names {
		if _, ok := got[name]; !ok {
			o.Errorf("%s is missing among %v", name, sortedNames(got))
		}
	}
}

// told reports whether the caches were told of a row.
func (o *office) told(row string) {
	o.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Contains(o.changed, row) {
		o.Errorf("caches were not told of %s but of %v", row, o.changed)
	}
}

// as lets a user make requests until the function that it returns is called.
func (o *office) as(role, user string) func() {
	before := o.who
	o.who = core.Principal{Role: role, UserID: user, KeyHash: "hash of " + user}
	return func() { o.who = before }
}

func count(v any) int {
	list, _ := v.([]any)
	return len(list)
}

func TestNewTeam(t *testing.T) {
	o := open(t)
	team := o.ok("POST", "/team/new", `{"team_id":"t","team_alias":"Team","members_with_roles":[{"role":"user","user_id":"u1"},{"role":"admin","user_email":"b@x.org"}],
		"metadata":{"x":1},"tags":["a"],"guardrails":["g"],"tpm_limit":10,"rpm_limit":5,"max_budget":2,"budget_duration":"1d","models":["m"],
		"model_aliases":{"a":"b"},"model_rpm_limit":{"m":1},"name":"ignored"}`)
	o.want(team, map[string]string{"team_id": `"t"`, "team_alias": `"Team"`, "organization_id": "null", "max_budget": "2", "tpm_limit": "10", "rpm_limit": "5",
		"metadata": `{"guardrails":["g"],"model_rpm_limit":{"m":1},"tags":["a"],"x":1}`, "models": `["m"]`, "blocked": "false", "spend": "0",
		"budget_duration": `"1d"`, "budget_reset_at": `"2026-02-02T12:00:00Z"`, "admins": "[]", "members": "[]", "model_spend": "{}", "model_max_budget": "{}",
		"max_parallel_requests": "null"})
	o.want(o.at(team, "litellm_model_table"), map[string]string{"model_aliases": `{"a":"b"}`})
	o.want(o.at(team, "members_with_roles", 0), map[string]string{"user_id": `"u1"`, "user_email": "null", "role": `"user"`})
	o.want(o.at(team, "members_with_roles", 1), map[string]string{"user_email": `"b@x.org"`, "role": `"admin"`})
	o.want(o.at(team, "members_with_roles", 2), map[string]string{"user_id": `"default_user_id"`, "role": `"admin"`})
	if _, ok := team["budget_start"]; ok {
		t.Error("budget_start is shown")
	}
	if _, err := o.Store.Users.Get(t.Context(), "u1"); err != nil {
		t.Errorf("the member's user: %v", err)
	}
	for _, row := range []string{"teams t", "members t/u1", "members t/default_user_id", "users u1"} {
		o.told(row)
	}
	entry := o.audited()[slices.IndexFunc(o.audited(), func(s string) bool { return strings.HasPrefix(s, "created LiteLLM_TeamTable") })]
	for _, text := range []string{`"before_value":null`, `"admins":[]`, `"members":[]`, `{"role":"user","user_id":"u1"}`, `"max_budget":2.0`, `"blocked":false`} {
		if !strings.Contains(entry, text) {
			t.Errorf("the entry lacks %s: %s", text, entry)
		}
	}
}

func TestTeamsThatAreRefused(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","models":["m"]}`)
	for _, c := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"new", `{"team_id":"t"}`, 400, "Team id = t already exists. Please use a different team id."},
		{"new", `{"team_id":"a/b"}`, 422, "slash"},
		{"new", `{"team_id":"` + strings.Repeat("x", 600) + `"}`, 422, "longer than 512"},
		{"new", `{"team_alias":"a\u0000b"}`, 422, "no text"},
		{"new", `{"max_budget":-1}`, 422, "must not be negative"},
		{"new", `{"max_budget":"1"}`, 422, `"loc":["body","max_budget"]`},
		{"new", `{"budget_duration":"soon"}`, 422, "whole number"},
		{"new", `{"models":"m"}`, 422, "list of strings"},
		{"new", `{"model_aliases":[]}`, 422, "dictionary"},
		{"new", `{"blocked":"yes"}`, 422, "boolean"},
		{"new", `{"organization_id":"nobody"}`, 400, `{"detail":{"error":"Organization not found`},
		{"new", `{"members_with_roles":[{"role":"boss","user_id":"u"}]}`, 422, "Input should be 'admin', 'user'"},
		{"new", `{"members_with_roles":[{"role":"user"}]}`, 422, "Either user_id or user_email"},
		{"new", `{"members_with_roles":"u"}`, 422, "Input should be like"},
		{"new", `{"admins":"u"}`, 422, "list of strings"},
		{"new", `{"team_member_budget":-5}`, 422, "must not be negative"},
		{"update", `{"team_id":"no"}`, 400, `{"detail":{"error":"Team not found, passed team_id=no"}}`},
		{"update", `{}`, 422, "Field required"},
		{"update", `{"team_id":"t","rpm_limit":-1}`, 422, "negative"},
		{"update", `{"team_id":"t","organization_id":"nobody"}`, 400, "Organization not found"},
		{"delete", `{"team_ids":["t","no"]}`, 400, `{"detail":{"error":"Team not found`},
		{"delete", `{}`, 422, "Field required"},
		{"block", `{"team_id":"no"}`, 404, `{"detail":{"error":"Team not found`},
		{"unblock", `{}`, 422, "Field required"},
		{"model/add", `{"team_id":"no","models":["m"]}`, 404, `{"detail":`},
		{"model/add", `{"team_id":"t"}`, 422, "Field required"},
		{"model/delete", `{"team_id":"t","models":["m"]}`, 400, "lets it use every model"},
		{"member_add", `{"team_id":"no","member":{"role":"user","user_id":"u"}}`, 404, `{"error":{"message":"Team not found for team_id=no"`},
		{"member_add", `{"team_id":"t"}`, 422, "Field required"},
		{"member_add", `{"team_id":"t","member":{"role":"user","user_id":"default_user_id"}}`, 400,
			`{"detail":{"error":"User=default_user_id already in team. Existing members=[default_user_id]"}}`},
		{"member_add", `{"team_id":"t","member":{"role":"boss","user_id":"u"}}`, 422, "Input should be"},
		{"member_add", `{"team_id":"t","member":{"role":"user","user_id":"u"},"max_budget_in_team":-1}`, 422, "max_budget_in_team must not be negative"},
		{"member_delete", `{"team_id":"t","user_id":"no"}`, 400, "User not found in team"},
		{"member_delete", `{"team_id":"t"}`, 422, "Either user_id or user_email"},
		{"member_update", `{"team_id":"t","user_email":"no@x"}`, 400, "User not found in team"},
		{"member_update", `{"team_id":"t","user_id":"default_user_id","role":"boss"}`, 422, "Input should be"},
	} {
		o.refused("POST", "/team/"+c.path, c.body, c.status, c.text)
	}
	o.refused("GET", "/team/info", "", 422, `"loc":["query","team_id"]`)
	o.refused("GET", "/team/info?team_id=no", "", 404, `"type":"not_found_error"`)
	if n, _ := o.Store.Teams.Count(t.Context()); n != 1 {
		t.Errorf("%d teams after refusals, want 1", n)
	}
	if n, _ := o.Store.Members.Count(t.Context()); n != 1 {
		t.Errorf("%d members after refusals, want 1", n)
	}
	if n, _ := o.Store.Users.Count(t.Context()); n != 1 {
		t.Errorf("%d users after refusals, want 1", n)
	}
}

func TestUpdateTeam(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","team_alias":"A","max_budget":5,"tpm_limit":9,"metadata":{"a":1},"tags":["t"],"models":["m"]}`)
	u := o.ok("POST", "/team/update", `{"team_id":"t","max_budget":null,"rpm_limit":3,"blocked":true}`)
	o.want(u, map[string]string{"team_id": `"t"`})
	o.want(o.at(u, "data"), map[string]string{"max_budget": "null", "rpm_limit": "3", "tpm_limit": "9", "team_alias": `"A"`, "blocked": "true",
		"metadata": `{"a":1,"tags":["t"]}`, "models": `["m"]`})
	o.want(o.at(o.ok("POST", "/team/update", `{"team_id":"t","metadata":{}}`), "data"), map[string]string{"metadata": "{}", "rpm_limit": "3"})
	o.want(o.ok("POST", "/team/unblock", `{"team_id":"t"}`), map[string]string{"blocked": "false", "team_id": `"t"`})
	o.want(o.ok("POST", "/team/block", `{"team_id":"t"}`), map[string]string{"blocked": "true"})
	o.want(o.ok("POST", "/team/model/add", `{"team_id":"t","models":["m","n"]}`), map[string]string{"models": `["m","n"]`})
	o.want(o.ok("POST", "/team/model/delete", `{"team_id":"t","models":["m","x"]}`), map[string]string{"models": `["n"]`})
	var actions []string
	for _, e := range o.audited() {
		if strings.Contains(e, tableTeams) {
			actions = append(actions, strings.Fields(e)[0])
		}
	}
	if got := strings.Join(actions, " "); got != "updated updated blocked unblocked updated updated created" {
		t.Errorf("audited %s", got)
	}
}

func TestDeleteTeam(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","members_with_roles":[{"role":"user","user_id":"u"}],"team_member_budget":4}`)
	o.ok("POST", "/team/new", `{"team_id":"other","members_with_roles":[{"role":"user","user_id":"u"}]}`)
	o.ok("POST", "/team/member_update", `{"team_id":"t","user_id":"u","max_budget_in_team":3}`)
	o.ok("POST", "/key/generate", `{"key":"sk-of-the-team","team_id":"t"}`)
	o.ok("POST", "/key/generate", `{"key":"sk-of-another","team_id":"other"}`)
	o.want(o.ok("POST", "/team/delete", `{"team_ids":["t"]}`), map[string]string{"deleted_teams": `["t"]`})
	o.refused("GET", "/team/info?team_id=t", "", 404, "not found")
	o.refused("GET", "/key/info?key=sk-of-the-team", "", 404, "not found")
	o.ok("GET", "/key/info?key=sk-of-another", "")
	o.want(o.at(o.ok("GET", "/user/info?user_id=u", ""), "user_info"), map[string]string{"teams": `["other"]`})
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 0 {
		t.Errorf("%d budgets are left", n)
	}
	for _, row := range []string{"teams t", "members t/u", "keys " + HashKey("sk-of-the-team")} {
		o.told(row)
	}
	o.ok("POST", "/team/new", `{"team_id":"t"}`)
}

func TestTeamInfo(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","max_budget":10,"budget_duration":"1d","members_with_roles":[{"role":"user","user_id":"u"}]}`)
	secret := o.ok("POST", "/key/generate", `{"team_id":"t"}`)["key"].(string)
	o.ok("POST", "/team/member_update", `{"team_id":"t","user_id":"u","max_budget_in_team":3}`)
	err := o.Store.Write(t.Context(), func(tx *store.Tx) error {
		team, _ := o.Store.Teams.GetIn(tx, "t")
		return o.Store.Spend.SetSpent(tx, core.PayerTeam, "t", core.Spent{Window: *team.BudgetStart, Amount: core.Dollars(1.5), Total: core.Dollars(9)})
	})
	if err != nil {
		t.Fatal(err)
	}
	a := o.do("GET", "/team/info?team_id=t", "")
	if strings.Contains(a.text, secret) {
		t.Error("the key's secret is shown")
	}
	o.has(a.body, "team_id", "team_info", "keys", "team_memberships")
	o.want(o.at(a.body, "team_info"), map[string]string{"spend": "1.5", "budget_reset_at": `"2026-02-02T12:00:00Z"`})
	o.want(o.at(a.body, "keys", 0), map[string]string{"team_id": `"t"`, "token": `"` + HashKey(secret) + `"`})
	m := o.at(a.body, "team_memberships", 0)
	o.has(m, "user_id", "team_id", "budget_id", "spend", "litellm_budget_table")
	o.want(o.at(m, "litellm_budget_table"), map[string]string{"max_budget": "3", "owner": "null"})
}

func TestListTeams(t *testing.T) {
	o := open(t)
	o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O"}`)
	for i := range 3 {
		o.ok("POST", "/team/new", fmt.Sprintf(`{"team_id":"t%d","members_with_roles":[{"role":"user","user_id":"u%d"}]}`, i, i))
		o.ok("POST", "/key/generate", fmt.Sprintf(`{"team_id":"t%d"}`, i))
	}
	o.ok("POST", "/team/update", `{"team_id":"t2","organization_id":"o"}`)
	for query, want := range map[string]string{"": "t0 t1 t2", "?user_id=u1": "t1", "?user_id=nobody": "", "?organization_id=o": "t2",
		"?page=2&page_size=2": "t2", "?user_id=default_user_id": "t0 t1 t2"} {
		var got []string
		for _, team := range o.listed("GET", "/team/list"+query) {
			got = append(got, team["team_id"].(string))
			if count(team["keys"]) != 1 || count(team["team_memberships"]) != 2 || count(team["members_with_roles"]) != 2 {
				t.Errorf("%s: %v", query, team)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q lists %v, want %s", query, got, want)
		}
	}
	page := o.ok("GET", "/v2/team/list?page_size=2", "")
	o.want(page, map[string]string{"total": "3", "page": "1", "page_size": "2", "total_pages": "2"})
	o.refused("GET", "/team/list?page_size=5000", "", 422, "page_size")
}

func TestTeamRoles(t *testing.T) {
	o := open(t)
	o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O"}`)
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"org_admin","user_id":"oa"}}`)
	o.ok("POST", "/team/new", `{"team_id":"t","members_with_roles":[{"role":"admin","user_id":"ta"},{"role":"user","user_id":"u"}]}`)
	o.ok("POST", "/team/new", `{"team_id":"open"}`)
	o.Settings().AvailableTeams = []string{"open"}

	back := o.as("internal_user", "stranger")
	for _, path := range []string{"update", "block", "unblock"} {
		o.refused("POST", "/team/"+path, `{"team_id":"t"}`, 401, "Only proxy admin can be used to")
		o.refused("POST", "/team/"+path, `{"team_id":"no"}`, 401, "Only proxy admin can be used to")
	}
	o.refused("POST", "/team/new", `{}`, 401, "Only proxy admin can be used to")
	o.refused("POST", "/team/delete", `{"team_ids":["t"]}`, 401, "Only proxy admin can be used to")
	o.refused("POST", "/team/model/add", `{"team_id":"t","models":["m"]}`, 401, "Only proxy admin can be used to")
	o.refused("POST", "/team/member_add", `{"team_id":"t","member":{"role":"admin","user_id":"stranger"}}`, 403, "Call not allowed. User not proxy admin OR team admin")
	o.refused("POST", "/team/member_add", `{"team_id":"no","member":{"role":"admin","user_id":"stranger"}}`, 403, "Call not allowed")
	o.refused("POST", "/team/member_delete", `{"team_id":"t","user_id":"u"}`, 403, "Call not allowed")
	o.refused("POST", "/team/member_update", `{"team_id":"t","user_id":"u","max_budget_in_team":9}`, 403, "Call not allowed")
	o.refused("GET", "/team/info?team_id=t", "", 403, "not allowed to access this team's info")
	o.refused("GET", "/team/info?team_id=no", "", 403, "not allowed")
	o.refused("GET", "/team/list", "", 401, `{"detail":{"error":"Only admin users can query all teams/other teams`)
	o.refused("GET", "/team/list?user_id=u", "", 401, "Only admin users")
	o.listed("GET", "/team/list?user_id=stranger")

	if rows := o.listed("GET", "/team/available"); len(rows) != 1 || rows[0]["team_id"] != "open" {
		t.Errorf("available %v", rows)
	}
	o.refused("POST", "/team/member_add", `{"team_id":"open","member":{"role":"admin","user_id":"stranger"}}`, 403, "Call not allowed")
	o.refused("POST", "/team/member_add", `{"team_id":"open","member":{"role":"user","user_id":"stranger"},"max_budget_in_team":null}`, 403, "Call not allowed")
	o.ok("POST", "/team/member_add", `{"team_id":"open","member":{"role":"user","user_id":"stranger"}}`)
	if rows := o.listed("GET", "/team/available"); len(rows) != 0 {
		t.Errorf("available after joining %v", rows)
	}
	back()

	back = o.as("internal_user", "u")
	o.ok("GET", "/team/info?team_id=t", "")
	o.refused("POST", "/team/member_update", `{"team_id":"t","user_id":"u","role":"admin"}`, 403, "Call not allowed")
	back()

	back = o.as("internal_user", "ta")
	added := o.ok("POST", "/team/member_add", `{"team_id":"t","member":[{"role":"user","user_id":"new"}]}`)
	if row := o.at(added, "updated_users", 0); len(row) != 3 || row["user_id"] != "new" {
		t.Errorf("a member's administrator sees %v of the user", row)
	}
	o.ok("POST", "/team/member_delete", `{"team_id":"t","user_id":"new"}`)
	o.refused("POST", "/team/update", `{"team_id":"t","max_budget":1000}`, 401, "Only proxy admin")
	back()

	back = o.as("internal_user", "oa")
	o.ok("POST", "/team/new", `{"team_id":"ours","organization_id":"o"}`)
	o.refused("POST", "/team/new", `{"team_id":"loose"}`, 401, "Only proxy admin")
	o.refused("POST", "/team/update", `{"team_id":"ours","organization_id":null}`, 403, "Only proxy admin can move")
	o.refused("POST", "/team/delete", `{"team_ids":["t"]}`, 401, "Only proxy admin")
	back()

	back = o.as("proxy_admin_viewer", "v")
	o.listed("GET", "/team/list")
	o.ok("GET", "/team/info?team_id=t", "")
	o.refused("POST", "/team/block", `{"team_id":"t"}`, 403, "user not allowed to access this route, role= proxy_admin_viewer. Trying to access: /team/block")
	back()
}

// Whoever makes a team for their organization gives it no more than they have.
func TestTeamsOfThoseWithLimits(t *testing.T) {
	o := open(t)
	o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O"}`)
	o.ok("POST", "/user/new", `{"user_id":"oa","user_role":"internal_user","max_budget":10,"tpm_limit":10,"rpm_limit":10,"models":["m"]}`)
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"org_admin","user_id":"oa"}}`)
	defer o.as("internal_user", "oa")()
	for body, text := range map[string]string{
		`"max_budget":11,"tpm_limit":1,"rpm_limit":1,"models":["m"]`:     "max budget higher than user max. User max budget=10. User role=internal_user",
		`"tpm_limit":1,"rpm_limit":1,"models":["m"]`:                     "max budget higher",
		`"max_budget":1,"tpm_limit":11,"rpm_limit":1,"models":["m"]`:     "tpm limit higher than user max. User tpm limit=10",
		`"max_budget":1,"tpm_limit":1,"rpm_limit":11,"models":["m"]`:     "rpm limit higher than user max. User rpm limit=10",
		`"max_budget":1,"tpm_limit":1,"rpm_limit":1,"models":["m","n"]`:  "Model not in allowed user models. User allowed models=m. User id=oa",
		`"max_budget":1,"tpm_limit":1,"rpm_limit":1`:                     "Model not in allowed user models",
		`"max_budget":1,"tpm_limit":1,"rpm_limit":null,"models":["m"]`:   "rpm limit higher",
		`"max_budget":null,"tpm_limit":1,"rpm_limit":1,"models":["m"]`:   "max budget higher",
		`"max_budget":10.5,"tpm_limit":10,"rpm_limit":10,"models":["m"]`: "max budget higher",
	} {
		o.refused("POST", "/team/new", `{"organization_id":"o",`+body+`}`, 400, text)
	}
	o.ok("POST", "/team/new", `{"team_id":"t","organization_id":"o","max_budget":10,"tpm_limit":10,"rpm_limit":10,"models":["m"]}`)
	o.refused("POST", "/team/update", `{"team_id":"t","max_budget":null}`, 400, "max budget higher")
	o.refused("POST", "/team/update", `{"team_id":"t","models":[]}`, 400, "Model not in allowed")
	o.refused("POST", "/team/model/add", `{"team_id":"t","models":["n"]}`, 400, "Model not in allowed")
	o.ok("POST", "/team/update", `{"team_id":"t","team_alias":"fine"}`)
}
