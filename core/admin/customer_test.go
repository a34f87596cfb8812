package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func TestCustomers(t *testing.T) {
	for _, base := range []string{"/customer", "/end_user"} {
		o := open(t)
		o.ok("POST", "/budget/new", `{"budget_id":"shared","max_budget":3,"budget_duration":"1d"}`)
		u := o.ok("POST", base+"/new", `{"user_id":"c","alias":"C","max_budget":5,"tpm_limit":2,"budget_duration":"30d","allowed_model_region":"eu","default_model":"m"}`)
		o.want(u, map[string]string{"user_id": `"c"`, "alias": `"C"`, "blocked": "false", "allowed_model_region": `"eu"`, "default_model": `"m"`, "spend": "0"})
		o.want(o.at(u, "litellm_budget_table"), map[string]string{"max_budget": "5", "tpm_limit": "2", "budget_reset_at": `"2026-03-03T12:00:00Z"`})
		u = o.ok("POST", base+"/update", `{"user_id":"c","max_budget":null,"alias":null}`)
		o.want(u, map[string]string{"alias": "null", "default_model": `"m"`})
		o.want(o.at(u, "litellm_budget_table"), map[string]string{"max_budget": "null", "tpm_limit": "2"})
		o.told("customers c")
		if n, _ := o.Store.Budgets.Count(t.Context()); n != 2 {
			t.Errorf("%d budgets after an update", n)
		}
		u = o.ok("POST", base+"/update", `{"user_id":"c","budget_id":"shared"}`)
		o.want(o.at(u, "litellm_budget_table"), map[string]string{"max_budget": "3", "budget_id": `"shared"`})
		if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
			t.Errorf("%d budgets after the own one went", n)
		}
		u = o.ok("POST", base+"/update", `{"user_id":"c","rpm_limit":8}`) // no longer what the others share
		o.want(o.at(u, "litellm_budget_table"), map[string]string{"max_budget": "3", "rpm_limit": "8"})
		b, _ := o.Store.Budgets.Get(t.Context(), "shared")
		if b.RPM != nil {
			t.Error("a shared budget was changed through one customer")
		}
		o.want(o.ok("GET", base+"/info?end_user_id=c", ""), map[string]string{"user_id": `"c"`})
		o.ok("POST", base+"/new", `{"user_id":"d"}`)
		if rows := o.listed("GET", base+"/list"); len(rows) != 2 {
			t.Errorf("listed %v", rows)
		}
		gone := o.ok("POST", base+"/delete", `{"user_ids":["c","d"]}`)
		o.want(gone, map[string]string{"deleted_customers": "2"})
		o.has(gone, "message")
		o.refused("GET", base+"/info?end_user_id=c", "", 400, `{"detail":{"error":"End User Id=c does not exist in db"}}`)
		if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
			t.Errorf("%d budgets at the end", n)
		}
	}
}

func TestCustomersThatAreRefused(t *testing.T) {
	o := open(t)
	o.Serves = func(model string) bool { return model == "m" }
	o.ok("POST", "/customer/new", `{"user_id":"c","max_budget":1}`)
	own := *o.mustCustomer("c").BudgetID
	for _, c := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"new", `{}`, 422, "Field required"},
		{"new", `{"user_id":"c"}`, 400, "Customer already exists, passed user_id=c. Please pass a new user_id."},
		{"new", `{"user_id":"x","budget_id":"b","max_budget":1}`, 422, "not both"},
		{"new", `{"user_id":"x","budget_id":"no"}`, 400, "Unable to find budget"},
		{"new", `{"user_id":"x","budget_id":"` + own + `"}`, 400, "belongs to customer/c alone"},
		{"new", `{"user_id":"x","max_budget":-1}`, 422, "negative"},
		{"new", `{"user_id":"x","allowed_model_region":"moon"}`, 422, "Input should be 'eu', 'us'"},
		{"new", `{"user_id":"x","default_model":"no"}`, 422, `{"detail":{"error":"Default Model not on proxy`},
		{"new", `{"user_id":"x","model_max_budget":{"m":{}}}`, 422, "needs a budget_limit"},
		{"update", `{"user_id":"no","alias":"x"}`, 400, `{"detail":`},
		{"update", `{"user_id":"c","blocked":"x"}`, 422, "boolean"},
		{"delete", `{"user_ids":["c","no"]}`, 400, "does not exist in db"},
		{"delete", `{}`, 422, "Field required"},
		{"block", `{"user_ids":[""]}`, 422, "ids of customers"},
		{"block", `{}`, 422, "Field required"},
		{"unblock", `{"user_ids":"c"}`, 422, "list of strings"},
	} {
		o.refused("POST", "/customer/"+c.path, c.body, c.status, c.text)
	}
	if n, _ := o.Store.Customers.Count(t.Context()); n != 1 {
		t.Errorf("%d customers after refusals", n)
	}
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
		t.Errorf("%d budgets after refusals", n)
	}
}

func (o *office) mustCustomer(id string) *core.Customer {
	o.Helper()
	u, err := o.Store.Customers.Get(o.Context(), id)
	if err != nil {
		o.Fatal(err)
	}
	return u
}

func TestBlockCustomers(t *testing.T) {
	o := open(t)
	o.ok("POST", "/customer/new", `{"user_id":"known","alias":"K"}`)
	b := o.ok("POST", "/customer/block", `{"user_ids":["known","unknown"]}`)
	o.want(o.at(b, "blocked_users", 0), map[string]string{"user_id": `"known"`, "blocked": "true", "alias": `"K"`})
	o.want(o.at(b, "blocked_users", 1), map[string]string{"user_id": `"unknown"`, "blocked": "true"})
	o.ok("POST", "/user/block", `{"user_ids":["third"]}`)
	o.want(o.ok("POST", "/user/unblock", `{"user_ids":["unknown","never seen"]}`), map[string]string{"blocked_users": `["known","third"]`})
	if o.mustCustomer("unknown").Blocked || !o.mustCustomer("known").Blocked {
		t.Error("the wrong one is blocked")
	}
	o.want(o.ok("POST", "/end_user/unblock", `{"user_ids":["known","third"]}`), map[string]string{"blocked_users": "[]"})
	o.told("customers unknown")
	var actions []string
	for _, e := range o.audited() {
		actions = append(actions, strings.Fields(e)[0])
	}
	if got := strings.Join(actions, " "); got != "unblocked unblocked unblocked blocked blocked blocked created" {
		t.Errorf("audited %s", got)
	}
}

// Customers whom nobody described are there once they have spent something.
func TestCustomersWhoSpent(t *testing.T) {
	o := open(t)
	err := o.Store.Write(t.Context(), func(tx *store.Tx) error {
		return o.Store.Spend.SetSpent(tx, core.PayerCustomer, "c", core.Spent{Amount: core.Dollar, Total: core.Dollar})
	})
	if err != nil {
		t.Fatal(err)
	}
	o.want(o.ok("GET", "/customer/info?end_user_id=c", ""), map[string]string{"spend": "1", "blocked": "false"})
	o.want(o.at(o.ok("POST", "/customer/update", `{"user_id":"c","max_budget":2}`), "litellm_budget_table"), map[string]string{"max_budget": "2"})
	o.ok("POST", "/customer/delete", `{"user_ids":["c"]}`)
	o.refused("GET", "/customer/info?end_user_id=c", "", 400, "does not exist")
}

func TestCustomersAreForAdministrators(t *testing.T) {
	o := open(t)
	o.ok("POST", "/customer/new", `{"user_id":"c"}`)
	back := o.as("internal_user", "u")
	for _, path := range []string{"/customer/new", "/customer/update", "/customer/delete", "/customer/block", "/user/block", "/user/unblock", "/end_user/unblock"} {
		o.refused("POST", path, `{"user_id":"c","user_ids":["c"]}`, 401, "Only proxy admin can be used to")
	}
	o.refused("GET", "/customer/info?end_user_id=c", "", 401, "Only proxy admin")
	o.refused("GET", "/customer/list", "", 401, `{"detail":{"error":"Admin-only endpoint. Your user role=internal_user"}}`)
	back()
	defer o.as("proxy_admin_viewer", "v")()
	o.ok("GET", "/customer/info?end_user_id=c", "")
	o.listed("GET", "/customer/list")
	o.refused("POST", "/customer/block", `{"user_ids":["c"]}`, 403, "role= proxy_admin_viewer")
}

// Updates of one customer that come at once leave one budget.
func TestCustomerUpdatesAtOnce(t *testing.T) {
	o := open(t)
	o.ok("POST", "/customer/new", `{"user_id":"c"}`)
	o.race(8, "/customer/update", `{"user_id":"c","max_budget":4}`, 8)
	if n, _ := o.Store.Budgets.Count(t.Context()); n != 1 {
		t.Errorf("%d budgets", n)
	}
	o.race(8, "/customer/block", fmt.Sprintf(`{"user_ids":["c","%s"]}`, "new"), 8)
}
