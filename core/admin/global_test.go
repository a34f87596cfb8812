package admin

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
	"github.com/sluice-gateway/sluice/core/store/pgtest"
)

func TestGlobalSpend(t *testing.T) {
	o := open(t)
	o.spent()
	o.Settings().MaxBudget = core.Dollars(100)
	o.settle(spendOf("old", noon.AddDate(0, 0, -31), adasKey, "ada", 50))
	o.is("GET", "/global/spend", "", `{"spend":1.0,"max_budget":100.0}`)
	o.is("GET", "/global/spend/logs", "", `[{"date":"2026-01-31","spend":0.3},{"date":"2026-02-01","spend":0.7}]`)
	o.is("GET", "/global/spend/logs?api_key=sk-bob-key", "", `[{"date":"2026-02-01","spend":0.4,"api_key":"`+bobsKey+`"}]`)
	o.is("GET", "/global/spend/keys?limit=1", "", `[{"api_key":"`+adasKey+`","key_alias":"ada's","key_name":"sk-...-key","total_spend":0.6}]`)
	o.is("GET", "/global/spend/models", "", `[{"model":"gpt-4o","total_spend":0.8},{"model":"claude","total_spend":0.2}]`)
	o.is("GET", "/global/spend/provider?start_date=2026-02-01&end_date=2026-02-01", "", `[{"provider":"openai","spend":0.5},{"provider":"anthropic","spend":0.2}]`)
	o.is("POST", "/global/spend/end_users", `{"startTime":"2026-02-01","endTime":"2026-02-02"}`, `[{"end_user":"palantir","total_count":1,"total_spend":0.4}]`)
	o.is("POST", "/global/spend/end_users", `{"api_key":"sk-ada-key"}`, "[]")
	o.is("POST", "/global/spend/end_users", `{"api_key":"`+bobsKey+`"}`, `[{"end_user":"palantir","total_count":1,"total_spend":0.4}]`)
	o.refused("POST", "/global/spend/end_users", `{"startTime":"2026-02-01"}`, 400, "Please provide")
	o.is("GET", "/global/spend/teams", "", `{"daily_spend":[{"date":"2026-01-31","Unassigned":0.3},{"date":"2026-02-01","Unassigned":0.3,"Prod Team":0.4}],
		"teams":["Unassigned","Prod Team"],"total_spend_per_team":[{"team_id":"Unassigned","total_spend":0.6},{"team_id":"Prod Team","total_spend":0.4}]}`)
}

func TestGlobalReport(t *testing.T) {
	o := open(t)
	o.spent()
	day := "/global/spend/report?start_date=2026-02-01&end_date=2026-02-01"
	bobs := `"total_spend":0.4,"metadata":[{"model":"gpt-4o","spend":0.4,"total_tokens":30,"api_key":"` + bobsKey + `"}]}`
	team := `[{"group_by_day":"2026-02-01T00:00:00+00:00","teams":[{"team_name":"Unassigned Team","total_spend":0.3,"metadata":[
		{"model":"claude","spend":0.2,"total_tokens":30,"api_key":"` + adasKey + `"},{"model":"gpt-4o","spend":0.1,"total_tokens":30,"api_key":"` + adasKey + `"}]},
		{"team_name":"Prod Team",` + bobs + `]}]`
	o.is("GET", day, "", team)
	o.is("GET", day+"&group_by=team", "", team)
	byCustomer := o.spendRows(day + "&group_by=customer")
	customers := byCustomer[0]["customers"].([]any)
	o.want(map[string]any{"last": customers[len(customers)-1]}, map[string]string{
		"last": `{"customer":"palantir","metadata":[{"api_key":"` + bobsKey + `","model":"gpt-4o","spend":0.4,"total_tokens":30}],"total_spend":0.4}`})
	adas := `{"api_key":"` + adasKey + `","total_cost":0.3,"total_input_tokens":20,"total_output_tokens":40,"model_details":[
		{"model":"claude","total_cost":0.2,"total_input_tokens":10,"total_output_tokens":20},{"model":"gpt-4o","total_cost":0.1,"total_input_tokens":10,"total_output_tokens":20}]}`
	o.is("GET", day+"&group_by=api_key", "", `[{"api_key":"`+bobsKey+`","total_cost":0.4,"total_input_tokens":10,"total_output_tokens":20,
		"model_details":[{"model":"gpt-4o","total_cost":0.4,"total_input_tokens":10,"total_output_tokens":20}]},`+adas+`]`)
	o.is("GET", day+"&api_key=sk-ada-key", "", `[`+adas+`]`)
	o.is("GET", day+"&internal_user_id=ada", "", `[`+adas+`]`)
	o.refused("GET", day+"&group_by=doc", "", 400, "group_by must be")
}

func TestGlobalActivity(t *testing.T) {
	o := open(t)
	o.spent()
	days := "?start_date=2026-01-01&end_date=2026-02-01"
	o.is("GET", "/global/activity"+days, "", `{"daily_data":[{"date":"Jan 31","api_requests":1,"total_tokens":30},{"date":"Feb 01","api_requests":4,"total_tokens":90}],
		"sum_api_requests":5,"sum_total_tokens":120}`)
	o.is("GET", "/global/activity/model"+days, "", `[{"model":"gpt-4o","daily_data":[{"date":"Jan 31","api_requests":1,"total_tokens":30},
		{"date":"Feb 01","api_requests":3,"total_tokens":60}],"sum_api_requests":4,"sum_total_tokens":90},
		{"model":"claude","daily_data":[{"date":"Feb 01","api_requests":1,"total_tokens":30}],"sum_api_requests":1,"sum_total_tokens":30}]`)
	o.who = ada
	o.want(o.ok("GET", "/global/activity"+days, ""), map[string]string{"sum_api_requests": "4"})
}

func TestPredictSpend(t *testing.T) {
	o := open(t)
	o.is("POST", "/global/predict/spend/logs", `{"data":[{"date":"2026-02-25","spend":1},{"date":"2026-02-26","spend":2}]}`,
		`{"response":[{"date":"2026-02-27","predicted_spend":3},{"date":"2026-02-28","predicted_spend":4}],"predicted_spend":"Predicted Spend for the rest of February 2026: $7.00"}`)
	o.is("GET", "/global/predict/spend/logs", "", `{"response":[],"predicted_spend":"Predicted Spend: $0.00"}`)
	o.spent()
	if rows := o.ok("GET", "/global/predict/spend/logs", "")["response"].([]any); len(rows) != 27 {
		t.Errorf("%d days until the end of February", len(rows))
	}
	o.refused("POST", "/global/predict/spend/logs", `{"data":[{"date":"soon","spend":1}]}`, 400, "date must be")
	o.refused("POST", "/global/predict/spend/logs", `{"data":"x"}`, 422, "list")
}

func TestResetSpend(t *testing.T) {
	o := open(t)
	o.spent()
	o.write(func(tx *store.Tx) error {
		return o.Store.Spend.SetSpent(tx, "team", "t1", core.Spent{Amount: 5, Total: 5})
	})
	for _, who := range []core.Principal{{Admin: true, Role: "proxy_admin", KeyHash: "other"}, {Admin: true}, viewer, ada} {
		o.who = who
		o.refused("POST", "/global/spend/reset", "", 401, "Tried to access route=/global/spend/reset, which is only for MASTER KEY")
	}
	o.who = master
	o.is("POST", "/global/spend/reset", "", `{"message":"Spend for all API Keys and Teams reset successfully","status":"success"}`)
	o.want(o.ok("GET", "/key/info?key=sk-ada-key", "")["info"].(map[string]any), map[string]string{"spend": "0"})
	for kind, id := range map[string]string{"key": adasKey, "team": "t1"} {
		if s, err := o.Store.Spend.Spent(t.Context(), kind, id); s.Amount != 0 || s.Total == 0 || err != nil {
			t.Errorf("%s: %+v, %v", kind, s, err)
		}
		if !strings.Contains(strings.Join(o.changed, ","), "counters "+kind+"/"+id) {
			t.Errorf("%s was not told: %v", kind, o.changed)
		}
	}
	if s, _ := o.Store.Spend.Spent(t.Context(), "user", "ada"); s.Amount == 0 {
		t.Error("a user's spend was reset too")
	}
	if entries := strings.Join(o.audited(), "\n"); !strings.Contains(entries, "updated LiteLLM_TeamTable by default_user_id") {
		t.Errorf("audited %s", entries)
	}
}

func TestReconcile(t *testing.T) {
	o := open(t)
	o.spent()
	o.is("GET", "/spend/reconcile", "", `{"logged":1.0,"counted":1.0,"difference":0.0}`)
	o.Backlog = func() (int, int64, time.Time) { return 2, 345, noon }
	o.Settings().SpendRetention = 12 * time.Hour
	if err := o.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.is("GET", "/spend/reconcile", "", `{"logged":1.0,"counted":1.0,"difference":0.0,"backlog":{"files":2,"bytes":345,"oldest":"2026-02-01T12:00:00Z"}}`)
}

func TestWhoSeesSpend(t *testing.T) {
	o := open(t)
	o.spent()
	days := "?start_date=2026-01-01&end_date=2026-02-01"
	own := []string{"/spend/logs", "/spend/keys", "/spend/users", "/spend/tags", "/spend/logs/ui", "/global/spend/keys", "/global/spend/models",
		"/global/spend/provider" + days, "/global/spend/tags" + days, "/global/activity" + days, "/global/activity/model" + days, "/spend/export" + days + "&group_by=key"}
	global := []string{"/global/spend", "/global/spend/logs", "/global/spend/teams", "/global/predict/spend/logs"}
	admins := []string{"/global/spend/report" + days, "/spend/reconcile", "/audit", "/audit/x"}
	refusal := "Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. Route="
	for _, c := range []struct {
		who           core.Principal
		may, mayNot   []string
		foreign, team bool
	}{
		{viewer, append(append([]string{}, own...), append(global, admins[:3]...)...), nil, true, true},
		{core.Principal{Account: &core.Account{Key: &core.Key{Permissions: map[string]any{"get_spend_routes": true}}}}, append(own, global...), []string{"/audit"}, true, true},
		{ada, own, append(global, admins...), false, false},
		{adasSide, append(own, global...), admins, false, false},
		{core.Principal{Role: "internal_user", KeyHash: adasKey}, own[:5], global, false, false},
		{core.Principal{Role: "internal_user"}, nil, own, false, false},
		{core.Principal{UserID: "ada", KeyHash: adasKey}, nil, append(append(own, global...), admins...), false, false},
	} {
		o.who = c.who
		for _, url := range c.may {
			a := o.do("GET", url, "")
			foreign := strings.Contains(a.text, bobsKey) || strings.Contains(a.text, "bob") || strings.Contains(a.text, `"b1"`)
			if a.status != 200 || foreign && !c.foreign || strings.Contains(a.text, "Prod Team") && !c.team {
				t.Errorf("%s %s: %d %s", c.who.Role, url, a.status, a.text)
			}
		}
		for _, url := range c.mayNot {
			o.refused("GET", url, "", 401, refusal)
		}
	}
	o.who = ada
	o.refused("GET", "/spend/logs?user_id=bob", "", 403, "key not allowed to access this user's info. user_id=bob, key's user_id=ada")
	o.refused("GET", "/spend/logs/ui/b1", "", 404, "not found")
	o.is("GET", "/spend/logs?request_id=b1", "", "[]")
	o.is("POST", "/global/spend/end_users", "", "[]")
	o.who = core.Principal{Role: "internal_user", KeyHash: adasKey}
	o.refused("GET", "/spend/logs?api_key=sk-bob-key", "", 403, "another key's spend")
}

// What works on SQLite works on Postgres.
func TestSpendOnPostgres(t *testing.T) {
	o := openOn(t, store.Options{URL: pgtest.Database(t)})
	o.spent()
	o.is("GET", "/global/spend", "", `{"spend":1.0,"max_budget":0.0}`)
	o.is("GET", "/spend/tags", "", `[{"individual_request_tag":"app-b","log_count":2,"total_spend":0.5},
		{"individual_request_tag":"app-a","log_count":2,"total_spend":0.4}]`)
	o.want(o.ok("GET", "/spend/logs/ui?page=2&page_size=2", ""), map[string]string{"total": "5", "total_pages": "3"})
	if got := ids(o.spendRows("/spend/keys"), "spend"); got != "0.6 0.4" {
		t.Errorf("keys spent %s", got)
	}
	for _, url := range []string{"/spend/logs?start_date=2026-01-30&end_date=2026-02-02", "/global/spend/report?start_date=2026-02-01&end_date=2026-02-01",
		"/global/spend/teams", "/global/spend/keys", "/spend/users", "/spend/export?group_by=key,team&start_date=2026-02-01&end_date=2026-02-01", "/audit?action=created"} {
		if a := o.do("GET", url, ""); a.status != 200 || len(a.text) < 50 {
			t.Errorf("%s: %d %s", url, a.status, a.text)
		}
	}
	o.ok("POST", "/global/spend/reset", "")
	o.Settings().SpendRetention, o.Settings().AuditRetention = time.Hour, time.Nanosecond
	if err := o.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.is("GET", "/spend/reconcile", "", `{"logged":1.0,"counted":1.0,"difference":0.0}`)
}

func TestSpendStoreAway(t *testing.T) {
	o := open(t)
	o.Store.Close()
	for _, r := range append(o.SpendRoutes(), o.AuditRoutes()...) {
		if r.Path == "/spend/calculate" {
			continue
		}
		o.refused(r.Method, r.Path+"?start_date=2026-02-01&end_date=2026-02-01", "", 503, "can't be reached")
	}
	if err := (&API{Store: o.Store, Log: slog.Default(), Settings: func() *Settings { return &Settings{SpendRetention: 1} }}).Prune(context.Background()); err == nil {
		t.Error("pruned what is away")
	}
}

// With more keys and days than can be read in time, those that cost most are told apart, and the client is told.
func TestReportsOfMany(t *testing.T) {
	o := openOn(t, store.Options{Dir: t.TempDir(), Timeout: time.Minute})
	var calls []core.Spend
	for i := range 10_100 {
		id := strconv.Itoa(i)
		c := spendOf("r"+id, noon.AddDate(0, 0, -i%2), "k"+id, "u"+id, 0.001)
		c.TeamID, c.EndUser = "t"+id, "c"+id
		if i < 20 {
			c.Cost = core.Dollars(float64(20 - i))
		}
		calls = append(calls, c)
	}
	o.settle(calls...)
	days := "?start_date=2026-01-31&end_date=2026-02-01"
	o.want(o.ok("GET", "/global/spend", ""), map[string]string{"spend": "220.08"})
	keys := o.spendRows("/global/spend/keys?limit=3")
	if got := ids(keys, "api_key") + " " + ids(keys, "total_spend"); got != "k0 k1 k2 20 19 18" {
		t.Errorf("the dearest keys: %s", got)
	}
	if exact := o.header("/global/spend/keys?limit=3", approximateHeader); exact != "" {
		t.Errorf("the list is exact, but told to be approximate: %q", exact)
	}
	summary := o.spendRows("/spend/logs" + days)
	users := summary[1]["users"].(map[string]any)
	if len(users) != 25 || users["u0"] != 20.0 || len(summary[1]) != 4+25 {
		t.Errorf("%d users, %v of u0, %d members", len(users), users["u0"], len(summary[1]))
	}
	for _, url := range []string{"/spend/logs" + days, "/global/spend/teams", "/global/spend/report" + days, "/global/spend/report" + days + "&group_by=api_key"} {
		if o.header(url, truncatedHeader) == "" {
			t.Errorf("%s: the client is not told that there are more", url)
		}
	}
	report := o.spendRows("/global/spend/report" + days)
	team := report[1]["teams"].([]any)[0].(map[string]any)
	o.want(team, map[string]string{"team_name": `"t0"`, "total_spend": "20", "metadata": "[]"})
	if lines := strings.Count(o.do("GET", "/spend/export"+days+"&group_by=key&format=csv", "").text, "\r\n"); lines != 10_101 {
		t.Errorf("%d lines of all keys", lines)
	}
}
