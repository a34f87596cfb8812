package admin

import (
	"strings"
	"testing"
)

func TestBudgets(t *testing.T) {
	o := open(t)
	b := o.ok("POST", "/budget/new", `{"budget_id":"b","max_budget":5,"soft_budget":4,"max_parallel_requests":3,"tpm_limit":2,"rpm_limit":1,"budget_duration":"1d",
		"model_max_budget":{"m":{"budget_limit":1,"time_period":"1d"}}}`)
	o.want(b, map[string]string{"budget_id": `"b"`, "max_budget": "5", "soft_budget": "4", "max_parallel_requests": "3", "tpm_limit": "2", "rpm_limit": "1",
		"budget_duration": `"1d"`, "budget_reset_at": `"2026-02-02T12:00:00Z"`, "model_max_budget": `{"m":{"budget_limit":1,"time_period":"1d"}}`,
		"created_by": `"default_user_id"`, "updated_by": `"default_user_id"`})
	o.has(b, "created_at", "updated_at")
	o.has(o.ok("POST", "/budget/new", `{}`), "budget_id")
	o.want(o.ok("POST", "/budget/update", `{"budget_id":"b","max_budget":null,"rpm_limit":7}`),
		map[string]string{"max_budget": "null", "rpm_limit": "7", "soft_budget": "4", "budget_reset_at": `"2026-02-02T12:00:00Z"`})
	o.told("budgets b")
	a := o.do("POST", "/budget/info", `{"budgets":["b","no"]}`)
	if a.status != 200 || strings.Count(a.text, "budget_id") != 1 {
		t.Errorf("info %v", a)
	}
	if rows := o.listed("GET", "/budget/list"); len(rows) != 2 {
		t.Errorf("listed %v", rows)
	}
	settings := o.listed("GET", "/budget/settings?budget_id=b")
	o.has(settings[0], "field_name", "field_type", "field_description", "field_value", "stored_in_db", "field_default_value")
	for _, s := range settings {
		if s["field_name"] == "rpm_limit" && s["field_value"] != 7.0 {
			t.Errorf("settings %v", s)
		}
	}
	o.want(o.ok("POST", "/budget/delete", `{"id":"b"}`), map[string]string{"budget_id": `"b"`})
	o.refused("POST", "/budget/delete", `{"id":"b"}`, 404, "Budget not found")
	var actions []string
	for _, e := range o.audited() {
		actions = append(actions, strings.Fields(e)[0])
	}
	if got := strings.Join(actions, " "); got != "deleted updated created created" {
		t.Errorf("audited %s", got)
	}
}

func TestBudgetsThatAreRefused(t *testing.T) {
	o := open(t)
	o.ok("POST", "/budget/new", `{"budget_id":"b"}`)
	for _, c := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"new", `{"budget_id":"b"}`, 400, "already exists"},
		{"new", `{"max_budget":-1}`, 422, "max_budget must not be negative"},
		{"new", `{"soft_budget":-1}`, 422, "negative"},
		{"new", `{"budget_duration":"1 day"}`, 422, "whole number"},
		{"new", `{"tpm_limit":"many"}`, 422, "valid integer"},
		{"new", `{"budget_id":5}`, 422, "valid string"},
		{"new", `[]`, 422, "valid object"},
		{"update", `{}`, 422, "Field required"},
		{"update", `{"budget_id":"no"}`, 404, "Budget not found, passed budget_id=no"},
		{"update", `{"budget_id":"b","rpm_limit":-2}`, 422, "negative"},
		{"info", `{}`, 400, `{"detail":{"error":"Specify list of`},
		{"delete", `{}`, 422, "Field required"},
	} {
		o.refused("POST", "/budget/"+c.path, c.body, c.status, c.text)
	}
	o.refused("GET", "/budget/settings?budget_id=no", "", 404, "Budget not found")
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
		t.Errorf("%d budgets after refusals", n)
	}
	back := o.as("internal_user", "u")
	for _, path := range []string{"new", "update", "delete", "info"} {
		o.refused("POST", "/budget/"+path, `{"budget_id":"b","id":"b","budgets":["b"]}`, 401, "Only proxy admin")
	}
	o.refused("GET", "/budget/list", "", 401, "Only proxy admin")
	back()
	defer o.as("proxy_admin_viewer", "v")()
	o.listed("GET", "/budget/list")
	o.refused("POST", "/budget/delete", `{"id":"b"}`, 403, "proxy_admin_viewer")
}

// A budget that somebody uses stays: without it they would have no limit.
func TestBudgetsInUseStay(t *testing.T) {
	o := open(t)
	o.ok("POST", "/budget/new", `{"budget_id":"b","max_budget":1}`)
	uses := []struct{ use, who, end string }{
		{`/key/generate {"key":"sk-with-budget","budget_id":"b"}`, "key ", `/key/delete {"keys":["sk-with-budget"]}`},
		{`/customer/new {"user_id":"c","budget_id":"b"}`, "customer c", `/customer/update {"user_id":"c","budget_id":null}`},
		{`/organization/new {"organization_id":"o","organization_alias":"o","budget_id":"b"}`, "organization o", ""},
	}
	for _, u := range uses {
		path, body, _ := strings.Cut(u.use, " ")
		o.ok("POST", path, body)
		o.refused("POST", "/budget/delete", `{"id":"b"}`, 400, "is in use by "+u.who)
		if path, body, ok := strings.Cut(u.end, " "); ok {
			o.ok("POST", path, body)
		}
	}
	o.do("DELETE", "/organization/delete", `{"organization_ids":["o"]}`)
	o.ok("POST", "/budget/delete", `{"id":"b"}`)

	o.ok("POST", "/team/new", `{"team_id":"t","team_member_budget":1}`)
	id := o.at(o.ok("GET", "/team/info?team_id=t", ""), "team_memberships", 0)["budget_id"].(string)
	o.refused("POST", "/budget/delete", `{"id":"`+id+`"}`, 400, "is in use by team member t/default_user_id")
}
