package admin

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core/store"
)

func TestMembers(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","members_with_roles":[{"role":"user","user_id":"u0"}]}`)
	var list []string
	for i := range 10 {
		list = append(list, fmt.Sprintf(`{"role":"user","user_id":"m%d"}`, i))
	}
	added := o.ok("POST", "/team/member_add", `{"team_id":"t","member":[`+strings.Join(list, ",")+`,{"role":"user","user_id":"u0"},{"role":"user","user_id":"m1"}]}`)
	if count(added["members_with_roles"]) != 12 || count(added["updated_users"]) != 10 || count(added["updated_team_memberships"]) != 10 {
		t.Errorf("added %v", added)
	}
	one := o.ok("POST", "/team/member_add", `{"team_id":"t","member":{"role":"admin","user_email":"e@x.org"},"max_budget_in_team":7.5}`)
	o.want(o.at(one, "updated_users", 0), map[string]string{"user_email": `"e@x.org"`, "teams": `["t"]`})
	o.want(o.at(one, "updated_team_memberships", 0, "litellm_budget_table"), map[string]string{"max_budget": "7.5"})
	o.refused("POST", "/team/member_add", `{"team_id":"t","member":{"role":"user","user_email":"e@x.org"}}`, 400, "User=e@x.org already in team")

	u := o.ok("POST", "/team/member_update", `{"team_id":"t","user_email":"e@x.org","max_budget_in_team":9,"role":"user"}`)
	o.want(u, map[string]string{"team_id": `"t"`, "user_email": `"e@x.org"`, "max_budget_in_team": "9"})
	o.has(u, "user_id")
	if len(u) != 4 {
		t.Errorf("members of the answer: %v", sortedNames(u))
	}
	info := o.ok("GET", "/user/info?user_id="+u["user_id"].(string), "")
	o.want(o.at(info, "teams", 0, "team_memberships", 0, "litellm_budget_table"), map[string]string{"max_budget": "9"})
	u = o.ok("POST", "/team/member_update", `{"team_id":"t","user_email":"e@x.org","max_budget_in_team":null}`)
	o.want(u, map[string]string{"max_budget_in_team": "null"})

	o.ok("POST", "/key/generate", `{"key":"sk-the-members","team_id":"t","user_id":"m3"}`)
	o.ok("POST", "/key/generate", `{"key":"sk-their-own-key","user_id":"m3"}`)
	left := o.ok("POST", "/team/member_delete", `{"team_id":"t","user_id":"m3"}`)
	if count(left["members_with_roles"]) != 12 {
		t.Errorf("left %v", left["members_with_roles"])
	}
	o.refused("GET", "/key/info?key=sk-the-members", "", 404, "not found")
	o.ok("GET", "/key/info?key=sk-their-own-key", "")
	o.refused("POST", "/team/member_delete", `{"team_id":"t","user_id":"m3"}`, 400, "User not found in team")
	o.told("members t/m3")
}

// A team's budget for members is shared until one of them gets another.
func TestBudgetOfEachMember(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t","team_member_budget":4,"team_member_rpm_limit":2,"members_with_roles":[{"role":"user","user_id":"a"},{"role":"user","user_id":"b"}]}`)
	o.want(o.ok("POST", "/team/member_update", `{"team_id":"t","user_id":"a","max_budget_in_team":1}`), map[string]string{"max_budget_in_team": "1"})
	o.ok("POST", "/team/update", `{"team_id":"t","team_member_budget":6}`)
	rows := o.ok("GET", "/team/info?team_id=t", "")
	o.want(o.at(rows, "team_memberships", 0, "litellm_budget_table"), map[string]string{"max_budget": "1", "rpm_limit": "2"})
	o.want(o.at(rows, "team_memberships", 1, "litellm_budget_table"), map[string]string{"max_budget": "6", "rpm_limit": "2"})
}

// However many add the same user at once, one of them does.
func TestMemberAddsAtOnce(t *testing.T) {
	o := open(t)
	o.ok("POST", "/team/new", `{"team_id":"t"}`)
	o.race(8, "/team/member_add", `{"team_id":"t","member":{"role":"user","user_email":"same@x.org"},"max_budget_in_team":1}`, 1)
	if n, _ := o.Store.Users.Count(t.Context(), store.Where{Column: "email", Value: "same@x.org"}); n != 1 {
		t.Errorf("%d users", n)
	}
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
		t.Errorf("%d budgets", n)
	}
}

// race makes the same request several times at once and counts those that succeed; the others are refused with 400.
func (o *office) race(times int, path, body string, want int) {
	o.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var fine int
	for range times {
		wait.Go(func() {
			a := o.do("POST", path, body)
			mu.Lock()
			defer mu.Unlock()
			if a.status == 200 {
				fine++
			} else if a.status != 400 {
				o.Errorf("%s: %d %s", path, a.status, a.text)
			}
		})
	}
	wait.Wait()
	if fine != want {
		o.Errorf("%s: %d succeeded, want %d", path, fine, want)
	}
}
