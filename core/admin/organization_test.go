package admin

import (
	"slices"
	"testing"
)

func TestOrganizations(t *testing.T) {
	o := open(t)
	org := o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"Org","models":["m"],"max_budget":9,"budget_duration":"1mo","metadata":{"a":1}}`)
	o.want(org, map[string]string{"organization_id": `"o"`, "organization_alias": `"Org"`, "models": `["m"]`, "metadata": `{"a":1}`, "spend": "0",
		"created_by": `"default_user_id"`})
	o.want(o.at(org, "litellm_budget_table"), map[string]string{"max_budget": "9", "budget_reset_at": `"2026-03-01T12:00:00Z"`})
	bare := o.ok("POST", "/organization/new", `{"organization_alias":"Bare"}`)
	if bare["budget_id"] == nil || bare["organization_id"] == nil {
		t.Errorf("bare %v", bare)
	}
	org = o.ok("PATCH", "/organization/update", `{"organization_id":"o","max_budget":null,"tpm_limit":4}`)
	o.want(org, map[string]string{"organization_alias": `"Org"`, "models": `["m"]`})
	o.want(o.at(org, "litellm_budget_table"), map[string]string{"max_budget": "null", "tpm_limit": "4", "budget_duration": `"1mo"`})
	o.told("organizations o")

	added := o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"org_admin","user_email":"a@x.org"}}`)
	o.want(added, map[string]string{"organization_id": `"o"`})
	o.want(o.at(added, "updated_users", 0), map[string]string{"user_email": `"a@x.org"`})
	o.want(o.at(added, "updated_organization_memberships", 0), map[string]string{"user_role": `"org_admin"`, "organization_id": `"o"`})
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":[{"role":"internal_user","user_id":"b"},{"role":"internal_user","user_id":"b"}]}`)
	o.want(o.ok("PATCH", "/organization/member_update", `{"organization_id":"o","user_id":"b","role":"internal_user_viewer"}`),
		map[string]string{"user_id": `"b"`, "user_role": `"internal_user_viewer"`})
	o.ok("POST", "/team/new", `{"team_id":"t","organization_id":"o"}`)
	o.ok("POST", "/key/generate", `{"key":"sk-of-the-team","team_id":"t"}`)
	o.ok("POST", "/key/generate", `{"key":"sk-of-the-org","organization_id":"o"}`)

	list := o.listed("GET", "/organization/list")
	listed := list[slices.IndexFunc(list, func(row map[string]any) bool { return row["organization_id"] == "o" })]
	for _, row := range []map[string]any{o.ok("GET", "/organization/info?organization_id=o", ""), listed} {
		o.has(row, "organization_id", "litellm_budget_table", "models", "spend")
		if count(row["members"]) != 2 || count(row["teams"]) != 1 {
			t.Errorf("organization %v", row)
		}
	}
	o.want(o.ok("DELETE", "/organization/member_delete", `{"organization_id":"o","user_email":"a@x.org"}`), map[string]string{"organization_id": `"o"`})
	o.told("organization_members o/b")

	a := o.do("DELETE", "/organization/delete", `{"organization_ids":["o"]}`)
	if a.status != 200 {
		t.Fatal(a)
	}
	o.refused("GET", "/organization/info?organization_id=o", "", 404, "Organization not found")
	o.refused("GET", "/team/info?team_id=t", "", 404, "not found")
	o.refused("GET", "/key/info?key=sk-of-the-team", "", 404, "not found")
	o.refused("GET", "/key/info?key=sk-of-the-org", "", 404, "not found")
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
		t.Errorf("%d budgets are left", n)
	}
}

func TestOrganizationsThatAreRefused(t *testing.T) {
	o := open(t)
	o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O"}`)
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"internal_user","user_id":"u"}}`)
	for _, c := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"POST", "new", `{}`, 422, "Field required"},
		{"POST", "new", `{"organization_alias":"x","organization_id":"o"}`, 400, "already exists"},
		{"POST", "new", `{"organization_alias":"x","budget_id":"no"}`, 400, "Unable to find budget"},
		{"POST", "new", `{"organization_alias":"x","budget_id":"b","max_budget":1}`, 422, "not both"},
		{"POST", "new", `{"organization_alias":"x","max_budget":-1}`, 422, "negative"},
		{"POST", "new", `{"organization_alias":["x"]}`, 422, "valid string"},
		{"PATCH", "update", `{"organization_id":"no"}`, 404, "Organization not found"},
		{"PATCH", "update", `{"organization_id":"o","organization_alias":null}`, 422, "must have something in it"},
		{"DELETE", "delete", `{"organization_ids":["o","no"]}`, 404, "Organization not found"},
		{"DELETE", "delete", `{}`, 422, "Field required"},
		{"POST", "member_add", `{"organization_id":"no","member":{"role":"org_admin","user_id":"u"}}`, 404, "Organization not found"},
		{"POST", "member_add", `{"organization_id":"o","member":{"role":"admin","user_id":"u"}}`, 422, "Input should be 'org_admin'"},
		{"POST", "member_add", `{"organization_id":"o","member":{"role":"org_admin","user_id":"u"}}`, 400, "already in organization"},
		{"POST", "member_add", `{"organization_id":"o"}`, 422, "Field required"},
		{"POST", "member_add", `{"organization_id":"o","member":{"role":"org_admin","user_id":"x"},"max_budget_in_organization":5}`, 400, "no budget of their own"},
		{"PATCH", "member_update", `{"organization_id":"o","user_id":"no","role":"org_admin"}`, 404, "User not found in organization"},
		{"PATCH", "member_update", `{"organization_id":"o","user_id":"u","role":"king"}`, 422, "Input should be"},
		{"DELETE", "member_delete", `{"organization_id":"o"}`, 422, "Either user_id or user_email"},
		{"DELETE", "member_delete", `{"organization_id":"o","user_email":"no@x.org"}`, 404, "User not found in organization"},
	} {
		o.refused(c.method, "/organization/"+c.path, c.body, c.status, c.text)
	}
	if n, _ := o.Store.Organizations.Count(t.Context()); n != 1 {
		t.Errorf("%d organizations after refusals", n)
	}
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
		t.Errorf("%d budgets after refusals", n)
	}
}

func TestOrganizationRoles(t *testing.T) {
	o := open(t)
	o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O"}`)
	o.ok("POST", "/organization/new", `{"organization_id":"p","organization_alias":"P"}`)
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":[{"role":"org_admin","user_id":"oa"},{"role":"internal_user","user_id":"u"}]}`)
	for _, user := range []string{"u", "oa"} {
		back := o.as("internal_user", user)
		o.refused("POST", "/organization/new", `{"organization_alias":"x"}`, 401, `{"detail":{"error":"Only admins can create orgs. Your role is = internal_user"}}`)
		o.refused("PATCH", "/organization/update", `{"organization_id":"o","max_budget":1}`, 401, "Only admins can update orgs")
		o.refused("DELETE", "/organization/delete", `{"organization_ids":["o"]}`, 401, "Only admins can delete orgs")
		o.refused("GET", "/organization/info?organization_id=p", "", 403, "not allowed")
		o.refused("GET", "/organization/info?organization_id=none", "", 403, "not allowed")
		o.refused("POST", "/organization/member_add", `{"organization_id":"p","member":{"role":"org_admin","user_id":"oa"}}`, 403, "Call not allowed")
		o.ok("GET", "/organization/info?organization_id=o", "")
		if rows := o.listed("GET", "/organization/list"); len(rows) != 1 || rows[0]["organization_id"] != "o" {
			t.Errorf("%s sees %v", user, rows)
		}
		back()
	}
	back := o.as("internal_user", "u")
	o.refused("PATCH", "/organization/member_update", `{"organization_id":"o","user_id":"u","role":"org_admin"}`, 403, "Call not allowed")
	back()
	defer o.as("internal_user", "oa")()
	o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"internal_user","user_id":"new"}}`)
	o.ok("DELETE", "/organization/member_delete", `{"organization_id":"o","user_id":"new"}`)
}
