package admin

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core/store"
	"github.com/sluice-gateway/sluice/core/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(o *office)) {
	t.Run("sqlite", func(t *testing.T) { test(open(t)) })
	t.Run("postgres", func(t *testing.T) { test(openOn(t, store.Options{URL: pgtest.Database(t)})) })
}

// An organization is set up, used and taken down again.
func TestFromSetUpToTakeDown(t *testing.T) {
	onBoth(t, func(o *office) {
		o.ok("POST", "/budget/new", `{"budget_id":"shared","max_budget":2,"budget_duration":"7d"}`)
		o.ok("POST", "/organization/new", `{"organization_id":"o","organization_alias":"O","budget_id":"shared"}`)
		o.ok("POST", "/user/new", `{"user_id":"lead","user_email":"lead@x.org","user_role":"internal_user"}`)
		o.ok("POST", "/organization/member_add", `{"organization_id":"o","member":{"role":"org_admin","user_id":"lead"}}`)
		back := o.as("internal_user", "lead")
		o.ok("POST", "/team/new", `{"team_id":"t","organization_id":"o","max_budget":2,"team_member_budget":1,"members_with_roles":[{"role":"user","user_email":"a@x.org"}]}`)
		o.ok("POST", "/team/member_add", `{"team_id":"t","member":[{"role":"user","user_id":"b"},{"role":"admin","user_id":"c"}],"max_budget_in_team":0.25}`)
		o.ok("POST", "/key/generate", `{"team_id":"t","key_alias":"mine"}`)
		back()
		info := o.ok("GET", "/team/info?team_id=t", "")
		o.want(o.find(o.at(info, "team_info")["members_with_roles"], "user_email", "a@x.org"), map[string]string{"role": `"user"`})
		for user, budget := range map[string]string{"b": "0.25", "c": "0.25", "lead": "1"} {
			row := o.find(info["team_memberships"], "user_id", user)
			o.want(o.at(row, "litellm_budget_table"), map[string]string{"max_budget": budget})
		}
		if count(info["keys"]) != 1 || count(info["team_memberships"]) != 4 {
			o.Errorf("info %v", info)
		}
		o.want(o.at(o.ok("GET", "/user/info?user_id=b", ""), "user_info"), map[string]string{"teams": `["t"]`})
		if teams := o.listed("GET", "/team/list?user_id=lead"); len(teams) != 1 || count(teams[0]["keys"]) != 1 {
			o.Errorf("teams %v", teams)
		}
		o.ok("POST", "/customer/new", `{"user_id":"end","budget_id":"shared"}`)
		o.ok("POST", "/customer/block", `{"user_ids":["end","other"]}`)
		o.want(o.ok("POST", "/user/unblock", `{"user_ids":["end"]}`), map[string]string{"blocked_users": `["other"]`})
		o.refused("POST", "/budget/delete", `{"id":"shared"}`, 400, "in use")
		o.refused("POST", "/user/new", `{"user_email":"lead@x.org"}`, 400, "already exists")
		o.refused("POST", "/user/new", `{"key_alias":"mine"}`, 400, "Key with alias 'mine' already exists")
		o.refused("POST", "/team/new", `{"team_id":"t"}`, 400, "already exists")

		if a := o.do("POST", "/user/delete", `{"user_ids":["lead","b"]}`); a.text != "2" {
			o.Errorf("deleted %v", a)
		}
		if a := o.do("DELETE", "/organization/delete", `{"organization_ids":["o"]}`); a.status != 200 {
			o.Errorf("deleted %v", a)
		}
		o.ok("POST", "/customer/delete", `{"user_ids":["end","other"]}`)
		o.ok("POST", "/budget/delete", `{"id":"shared"}`)
		for name, n := range o.left() {
			if n != 0 {
				o.Errorf("%d %s are left", n, name)
			}
		}
	})
}

// find returns the row of a list that has a member with that value.
func (o *office) find(list any, name string, value any) map[string]any {
	o.Helper()
	rows, _ := list.([]any)
	for _, row := range rows {
		if m := o.at(row); m[name] == value {
			return m
		}
	}
	o.Fatalf("no %s %v in %v", name, value, list)
	return nil
}

// left counts the rows of tables that should be empty in the end.
func (o *office) left() map[string]int {
	o.Helper()
	all := map[string]int{}
	for name, n := range map[string]func() (int, error){
		"keys": func() (int, error) {
			return o.Store.Keys.Count(o.Context(), store.Where{Column: "team_id", Value: "t"})
		},
		"teams":                func() (int, error) { return o.Store.Teams.Count(o.Context()) },
		"members":              func() (int, error) { return o.Store.Members.Count(o.Context()) },
		"organizations":        func() (int, error) { return o.Store.Organizations.Count(o.Context()) },
		"organization members": func() (int, error) { return o.Store.OrganizationMembers.Count(o.Context()) },
		"customers":            func() (int, error) { return o.Store.Customers.Count(o.Context()) },
		"budgets":              func() (int, error) { return o.Store.Budgets.Count(o.Context()) },
	} {
		var err error
		if all[name], err = n(); err != nil {
			o.Fatal(err)
		}
	}
	return all
}

// Whoever changes the same things at once: each change holds, or is refused for a reason, and nothing is half done.
func TestAllAtOnce(t *testing.T) {
	onBoth(t, func(o *office) {
		o.ok("POST", "/team/new", `{"team_id":"t"}`)
		var wait sync.WaitGroup
		for i := range 6 {
			for _, r := range []struct{ path, body string }{
				{"/team/member_add", `{"team_id":"t","member":[{"role":"user","user_id":"same"},{"role":"user","user_email":"same@x.org"}]}`},
				{"/team/member_add", fmt.Sprintf(`{"team_id":"t","member":{"role":"user","user_id":"u%d"},"max_budget_in_team":1}`, i)},
				{"/team/update", fmt.Sprintf(`{"team_id":"t","rpm_limit":%d}`, i)},
				{"/user/update", fmt.Sprintf(`{"user_id":"same","tpm_limit":%d}`, i)},
				{"/user/delete", `{"user_ids":["same"]}`},
				{"/customer/block", `{"user_ids":["c1","c2"]}`},
			} {
				wait.Go(func() {
					if a := o.do("POST", r.path, r.body); a.status >= 500 {
						o.Errorf("%s: %d %s", r.path, a.status, a.text)
					}
				})
			}
		}
		wait.Wait()
		members, err := o.Store.Members.List(o.Context(), store.Page{}, store.Where{Column: "team_id", Value: "t"})
		if err != nil {
			o.Fatal(err)
		}
		byEmail := 0
		for _, m := range members {
			if m.UserEmail != nil {
				byEmail++
			}
			if _, err := o.Store.Users.Get(o.Context(), m.UserID); err != nil {
				o.Errorf("member %s: %v", m.UserID, err)
			}
		}
		if byEmail != 1 || len(members) < 8 {
			o.Errorf("%d members, %d by address", len(members), byEmail)
		}
		o.ok("POST", "/team/delete", `{"team_ids":["t"]}`)
		if left := o.left(); left["members"] != 0 || left["budgets"] != 0 {
			o.Errorf("left: %v", left)
		}
	})
}
