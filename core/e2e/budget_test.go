package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestBudgetOfEverybody: each who pays for a call stops it once their budget is spent, in words of their own.
func TestBudgetOfEverybody(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := func(path, body, name string) string { return o.manage(path, body)[name].(string) }
	team := id("/team/new", `{"max_budget":0.03}`, "team_id")
	crew := id("/team/new", `{"members_with_roles":[{"role":"user","user_id":"crew"}]}`, "team_id")
	o.manage("/team/member_update", `{"team_id":"`+crew+`","user_id":"crew","max_budget_in_team":0.03}`)
	user := id("/user/new", `{"max_budget":0.03,"auto_create_key":false}`, "user_id")
	shared := id("/budget/new", `{"budget_id":"small","max_budget":0.03}`, "budget_id")
	organization := id("/organization/new", `{"organization_alias":"o","max_budget":0.03}`, "organization_id")
	o.manage("/customer/new", `{"user_id":"end","max_budget":0.03}`)
	for _, tc := range []struct{ name, key, more, text string }{
		{"key", `{"max_budget":0.03}`, `"n":1`, "Budget has been exceeded! Current cost: 0.035, Max budget: 0.03"},
		{"shared budget", `{"budget_id":"` + shared + `"}`, `"n":1`, "Budget has been exceeded! Current cost: 0.035, Max budget: 0.03"},
		{"team, whatever its key may", `{"max_budget":100,"team_id":"` + team + `"}`, `"n":1`,
			"Budget has been exceeded! Team=" + team + " Current cost: 0.035, Max budget: 0.03"},
		{"member", `{"team_id":"` + crew + `","user_id":"crew"}`, `"n":1`, "Budget has been exceeded! Current cost: 0.035, Max budget: 0.03"},
		{"user", `{"user_id":"` + user + `"}`, `"n":1`, "ExceededBudget: User=" + user + " over budget. Spend=0.035, Budget=0.03"},
		{"organization", `{"organization_id":"` + organization + `"}`, `"n":1`, "Budget has been exceeded! Organization="},
		{"customer", `{}`, `"user":"end"`, "ExceededBudget: End User=end over budget. Spend=0.035, Budget=0.03"},
		{"model", `{"key_alias":"a","model_max_budget":{"gpt-3.5-turbo":{"budget_limit":0.03,"time_period":"1d"}}}`, `"n":1`, "key_alias: a, exceeded budget for model=gpt-3.5-turbo"},
	} {
		key := o.key(tc.key)
		if r := o.chat(key, tc.more); r.Status != 200 {
			t.Errorf("%s: the first call answered %d %s", tc.name, r.Status, r.Body)
		}
		before := len(o.up.Requests())
		r := o.chat(key, tc.more)
		if e, ok := r.Error(); r.Status != 400 || !ok || e.Type != "budget_exceeded" || !strings.Contains(e.Message, tc.text) || !strings.Contains(string(r.Body), `"param":null`) {
			t.Errorf("%s: answered %d %s, want %q", tc.name, r.Status, r.Body, tc.text)
		}
		if len(o.up.Requests()) != before {
			t.Errorf("%s: the refused call went on to the upstream", tc.name)
		}
	}
	admitted(t, o.chat(masterKey))
}

// TestBudgetOfProxy: the budget of the gateway stops everybody, the administrator too.
func TestBudgetOfProxy(t *testing.T) {
	t.Parallel()
	up := mock.Numbered(t)
	config := strings.Replace(officeConfig(up, ""), "litellm_settings: {", "litellm_settings: {max_budget: 0.06, budget_duration: 1d, ", 1)
	o := &office{gateway.Start(t, gateway.Options{Config: config}), t, up}
	key := o.key(`{}`)
	admitted(t, o.chat(key))
	admitted(t, o.chat(masterKey))
	for _, k := range []string{key, masterKey} {
		refused(t, o.chat(k), 400, "budget_exceeded", "Budget has been exceeded! Current cost: 0.07, Max budget: 0.06")
	}
}

// TestBudgetChanges: a raised, lifted or lowered budget holds for the very next request; 0 admits nothing.
func TestBudgetChanges(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	team := o.manage("/team/new", `{"max_budget":0.03}`)["team_id"].(string)
	key := o.key(`{"max_budget":0,"team_id":"` + team + `"}`)
	update := func(path, who, budget string) {
		t.Helper()
		o.manage(path, fmt.Sprintf(`{%s,"max_budget":%s}`, who, budget))
	}
	itsKey, itsTeam := `"key":"`+key+`"`, `"team_id":"`+team+`"`
	refused(t, o.chat(key), 400, "budget_exceeded", "Max budget: 0.0")
	update("/key/update", itsKey, "0.03")
	admitted(t, o.chat(key))
	refused(t, o.chat(key), 400, "budget_exceeded", "Budget has been exceeded! Current cost: 0.035, Max budget: 0.03")
	update("/key/update", itsKey, "5")
	refused(t, o.chat(key), 400, "budget_exceeded", "Team="+team)
	update("/team/update", itsTeam, "0.06")
	admitted(t, o.chat(key))
	refused(t, o.chat(key), 400, "budget_exceeded", "Team="+team+" Current cost: 0.07, Max budget: 0.06")
	update("/team/update", itsTeam, "null")
	admitted(t, o.chat(key))
	update("/key/update", itsKey, "0.1")
	refused(t, o.chat(key), 400, "budget_exceeded", "Current cost: 0.105, Max budget: 0.1")
	update("/key/update", itsKey, "null")
	admitted(t, o.chat(key))
	if got := member(o.look("/key/info?key="+key), "info", "max_budget"); got != nil {
		t.Errorf("the budget is %v", got)
	}
}

// TestBudgetSetLater: what was spent before there was a budget counts, even if it is not in the database yet.
func TestBudgetSetLater(t *testing.T) {
	t.Parallel()
	up := mock.Numbered(t)
	config := strings.Replace(officeConfig(up, ""), "proxy_batch_write_at: 0.2", "proxy_batch_write_at: 600", 1)
	o := &office{gateway.Start(t, gateway.Options{Config: config}), t, up}
	for _, body := range []string{`{}`, `{"rpm_limit":100}`} {
		key := o.key(body)
		admitted(t, o.chat(key))
		o.manage("/key/update", `{"key":"`+key+`","max_budget":0.03}`)
		refused(t, o.chat(key), 400, "budget_exceeded", "Current cost: 0.035, Max budget: 0.03")
	}
}

// TestBudgetBegins anew when its period is over.
func TestBudgetBeginsAnew(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	made := o.manage("/key/generate", `{"max_budget":0.03,"budget_duration":"2s"}`)
	key := made["key"].(string)
	if made["budget_reset_at"] == nil {
		t.Errorf("no budget_reset_at in %v", made)
	}
	admitted(t, o.chat(key))
	seen := false
	eventually(t, "new period", func() bool {
		r := o.chat(key)
		seen = seen || r.Status == 400
		return seen && r.Status == 200
	})
}

// TestBudgetAtOnce: of two hundred calls at once no more are let through than the budget pays for, but for the error of
// one estimate; those that were refused have cost nothing.
func TestBudgetAtOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const paid = 50
	key := o.key(fmt.Sprintf(`{"max_budget":%v}`, paid*callCost))
	var through, refusals atomic.Int64
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			switch status, _ := o.try(key, request()); status {
			case 200:
				through.Add(1)
			case 400:
				refusals.Add(1)
			}
		})
	}
	all.Wait()
	t.Logf("%d let through, %d refused", through.Load(), refusals.Load())
	if n := through.Load(); n == 0 || n > paid+1 || n+refusals.Load() != 200 {
		t.Errorf("%d calls were let through and %d refused; the budget pays for %d", n, refusals.Load(), paid)
	}
	for o.chat(key).Status == 200 {
		through.Add(1)
	}
	if n := through.Load(); n < paid || n > paid+1 {
		t.Errorf("%d calls were let through in the end; the budget pays for %d", n, paid)
	}
	if n := int64(len(o.up.Requests())); n != through.Load() {
		t.Errorf("%d calls reached the upstream, %d were answered", n, through.Load())
	}
	spent := func() float64 { return number(member(o.look("/key/info?key="+key), "info", "spend")) }
	eventually(t, "sum of what was spent", func() bool { return near(spent(), float64(through.Load())*callCost) })
}
