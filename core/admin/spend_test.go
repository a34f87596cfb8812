package admin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

var (
	noon     = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC) // the office's now
	adasKey  = HashKey("sk-ada-key")
	bobsKey  = HashKey("sk-bob-key")
	ada      = core.Principal{Role: "internal_user", UserID: "ada", KeyHash: adasKey}
	viewer   = core.Principal{Role: "proxy_admin_viewer", UserID: "v"}
	adasSide = core.Principal{Role: "internal_user_viewer", UserID: "ada"}
)

// spendOf is a call as the ledger writes it.
func spendOf(id string, at time.Time, keyHash, user string, cost float64) core.Spend {
	return core.Spend{RequestID: id, CallType: "acompletion", KeyHash: keyHash, Cost: core.Dollars(cost), TotalTokens: 30, PromptTokens: 10,
		OutputTokens: 20, Start: at, End: at.Add(time.Second), Model: "gpt-4o", ModelID: "m1", ModelGroup: "chat", Provider: "openai",
		APIBase: "https://api.openai.com", UserID: user, CacheHit: "False", Status: "success", Tags: []string{},
		Metadata: json.RawMessage(`{"user_api_key":"` + keyHash + `","spend_logs_metadata":{"hello":"world"}}`),
		Messages: json.RawMessage("{}"), Response: json.RawMessage("{}"),
		Charges: []core.Charge{{Kind: "key", ID: keyHash}, {Kind: "user", ID: user}, {Kind: "proxy"}}}
}

// spent fills the log: ada spends 0.1 and 0.2 today and 0.3 yesterday, bob 0.4 today in a team and for a customer. One of ada's
// calls fails.
func (o *office) spent() {
	o.Helper()
	calls := []core.Spend{
		spendOf("a1", noon.Add(-time.Hour), adasKey, "ada", 0.1), spendOf("a2", noon.Add(-2*time.Hour), adasKey, "ada", 0.2),
		spendOf("a3", noon.Add(-24*time.Hour), adasKey, "ada", 0.3), spendOf("b1", noon.Add(-3*time.Hour), bobsKey, "bob", 0.4),
		spendOf("f1", noon.Add(-4*time.Hour), adasKey, "ada", 0),
	}
	calls[0].Tags, calls[2].Tags, calls[3].Tags = []string{"app-a", "app-b"}, []string{"app-a"}, []string{"app-b"}
	calls[1].Model, calls[1].Provider = "claude", "anthropic"
	calls[3].TeamID, calls[3].EndUser = "t1", "palantir"
	calls[4].Status, calls[4].TotalTokens, calls[4].PromptTokens, calls[4].OutputTokens = "failure", 0, 0, 0
	o.settle(calls...)
	o.ok("POST", "/key/generate", `{"key":"sk-ada-key","user_id":"ada","key_alias":"ada's"}`)
	o.ok("POST", "/key/generate", `{"key":"sk-bob-key","user_id":"bob"}`)
	o.write(func(tx *store.Tx) error {
		name := "Prod Team"
		return o.Store.Teams.Insert(tx, &core.Team{ID: "t1", Alias: &name, Change: core.Change{CreatedAt: noon}})
	})
}

func (o *office) write(f func(*store.Tx) error) {
	o.Helper()
	if err := o.Store.Write(o.Context(), f); err != nil {
		o.Fatal(err)
	}
}

func (o *office) settle(calls ...core.Spend) {
	o.Helper()
	if err := o.Store.Spend.Settle(o.Context(), newID(), calls); err != nil {
		o.Fatal(err)
	}
}

// is makes a request and compares its whole answer with JSON.
func (o *office) is(method, url, body, want string) {
	o.Helper()
	a := o.do(method, url, body)
	var got, wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		o.Fatal(err)
	}
	json.Unmarshal([]byte(a.text), &got)
	gotText, _ := json.Marshal(got)
	wantText, _ := json.Marshal(wanted)
	if a.status != 200 || string(gotText) != string(wantText) {
		o.Errorf("%s %s: %d\n got %s\nwant %s", method, url, a.status, gotText, wantText)
	}
}

// spendRows makes a request that must be answered with a list of objects.
func (o *office) spendRows(url string) (rows []map[string]any) {
	o.Helper()
	a := o.do("GET", url, "")
	if err := json.Unmarshal([]byte(a.text), &rows); a.status != 200 || err != nil {
		o.Fatalf("%s: %d %s", url, a.status, a.text)
	}
	return rows
}

func ids(rows []map[string]any, member string) string {
	var all []string
	for _, r := range rows {
		all = append(all, fmt.Sprint(r[member]))
	}
	return strings.Join(all, " ")
}

// header returns a header of the answer to a GET.
func (o *office) header(url, name string) string {
	o.Helper()
	path, _, _ := strings.Cut(url, "?")
	for _, r := range o.routes() {
		if r.Method == "GET" && r.Path == path {
			var ctx fasthttp.RequestCtx
			ctx.Request.SetRequestURI(url)
			if e := r.Handler(&ctx); e != nil {
				o.Fatal(e)
			}
			return string(ctx.Response.Header.Peek(name))
		}
	}
	o.Fatal("no route for " + url)
	return ""
}

func TestSpendLogsRow(t *testing.T) {
	o := open(t)
	o.spent()
	rows := o.spendRows("/spend/logs?request_id=a1")
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	o.want(rows[0], map[string]string{"request_id": `"a1"`, "call_type": `"acompletion"`, "api_key": `"` + adasKey + `"`, "spend": "0.1", "total_tokens": "30",
		"prompt_tokens": "10", "completion_tokens": "20", "startTime": `"2026-02-01T11:00:00Z"`, "endTime": `"2026-02-01T11:00:01Z"`,
		"completionStartTime": "null", "model": `"gpt-4o"`, "model_id": `"m1"`, "model_group": `"chat"`, "custom_llm_provider": `"openai"`,
		"api_base": `"https://api.openai.com"`, "user": `"ada"`, "cache_hit": `"False"`, "cache_key": `""`, "request_tags": `["app-a","app-b"]`, "team_id": `""`,
		"end_user": `""`, "requester_ip_address": `""`, "messages": "{}", "response": "{}", "status": `"success"`,
		"metadata": `{"spend_logs_metadata":{"hello":"world"},"user_api_key":"` + adasKey + `"}`})
	members := slices.Sorted(maps.Keys(rows[0]))
	if len(members) != 27 {
		t.Errorf("%d members: %v", len(members), members)
	}
	o.is("GET", "/spend/logs?request_id=nobody", "", "[]")
}

func TestSpendLogs(t *testing.T) {
	o := open(t)
	o.spent()
	for url, want := range map[string]string{
		"/spend/logs":                                     "a1 a2 b1 f1 a3",
		"/spend/logs?api_key=sk-bob-key":                  "b1",
		"/spend/logs?api_key=" + bobsKey:                  "b1",
		"/spend/logs?user_id=ada":                         "a1 a2 f1 a3",
		"/spend/logs?user_id=ada&api_key=sk-bob-key":      "",
		"/spend/logs?limit=2":                             "a1 a2",
		"/spend/logs?api_key=' OR 1=1 --":                 "",
		"/spend/logs?request_id=a1&start_date=2026-02-01": "a1",
	} {
		if got := ids(o.spendRows(strings.ReplaceAll(url, " ", "%20")), "request_id"); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	more := o.header("/spend/logs?limit=2", truncatedHeader)
	_, before, _ := strings.Cut(more, "before=")
	if got := ids(o.spendRows("/spend/logs?before="+before), "request_id"); got != "b1 f1 a3" {
		t.Errorf("after %q: %s", more, got)
	}
	if more := o.header("/spend/logs?limit=5", truncatedHeader); more != "" {
		t.Errorf("there is more after all: %s", more)
	}
	o.refused("GET", "/spend/logs?limit=1001", "", 422, "limit")
}

func TestSpendByDay(t *testing.T) {
	o := open(t)
	o.spent()
	zero := `"spend":0,"users":{},"models":{}}`
	yesterday := `{"startTime":"2026-01-31","spend":0.3,"users":{"ada":0.3},"models":{"gpt-4o":0.3},"` + adasKey + `":0.3}`
	o.is("GET", "/spend/logs?start_date=2026-01-30&end_date=2026-02-02", "", `[{"startTime":"2026-01-30",`+zero+`,`+yesterday+`,
		{"startTime":"2026-02-01","spend":0.7,"users":{"ada":0.3,"bob":0.4},"models":{"claude":0.2,"gpt-4o":0.5},"`+adasKey+`":0.3,"`+bobsKey+`":0.4},
		{"startTime":"2026-02-02",`+zero+`]`)
	o.is("GET", "/spend/logs?start_date=2026-01-31&end_date=2026-01-31&user_id=bob", "", `[{"startTime":"2026-01-31",`+zero+`]`)
	o.is("GET", "/spend/logs?start_date=2026-02-01&end_date=2026-02-01&api_key=sk-bob-key", "",
		`[{"startTime":"2026-02-01","spend":0.4,"users":{"bob":0.4},"models":{"gpt-4o":0.4},"`+bobsKey+`":0.4}]`)
	o.who = ada
	o.is("GET", "/spend/logs?start_date=2026-01-31&end_date=2026-01-31", "", `[`+yesterday+`]`)
	o.is("GET", "/spend/logs?start_date=2026-02-01&end_date=2026-02-01&api_key=sk-bob-key", "", `[{"startTime":"2026-02-01",`+zero+`]`)
}

// A call belongs to the day, in UTC, in which it began.
func TestDaysAreUTC(t *testing.T) {
	o := open(t)
	west := time.FixedZone("west", -8*3600)
	o.settle(spendOf("late", time.Date(2026, 1, 30, 15, 59, 59, 0, west), adasKey, "ada", 1), // 23:59:59 UTC
		spendOf("early", time.Date(2026, 1, 30, 16, 0, 0, 0, west), adasKey, "ada", 2)) // 0:00 of the 31st
	if rows := o.spendRows("/spend/logs?start_date=2026-01-30&end_date=2026-01-31"); fmt.Sprint(rows[0]["spend"], rows[1]["spend"]) != "1 2" {
		t.Errorf("rows %v", rows)
	}
	for span, want := range map[string]float64{"start_date=2026-01-30&end_date=2026-01-30": 1, "start_date=2026-01-31&end_date=2026-01-31": 1,
		"start_date=2026-01-30&end_date=2026-01-31": 2, "end_date=2026-01-30": 1, "start_date=2026-01-31": 1, "": 2,
		"start_date=2026-01-30%2023:59:59&end_date=2026-01-31%2000:00:00": 1, "start_date=2026-02-01": 0} {
		if total := o.ok("GET", "/spend/logs/ui?"+span, "")["total"]; total != want {
			t.Errorf("%s: %v rows, want %v", span, total, want)
		}
	}
}

func TestDatesThatAreRefused(t *testing.T) {
	o := open(t)
	missing := `{"detail":{"error":"Please provide start_date and end_date"}}`
	for _, path := range []string{"/global/spend/report", "/global/spend/provider", "/global/spend/tags", "/global/activity", "/global/activity/model", "/spend/export"} {
		o.refused("GET", path, "", 400, missing)
		o.refused("GET", path+"?start_date=2026-02-01", "", 400, missing)
		o.refused("GET", path+"?start_date=yesterday&end_date=2026-02-01", "", 400, `{"detail":{"error":"start_date must be a day`)
		o.refused("GET", path+"?start_date=2026-02-01&end_date=2026-02-30", "", 400, "end_date must be a day")
		o.refused("GET", path+"?start_date=2026-02-02&end_date=2026-02-01", "", 400, "must not be after")
		o.refused("GET", path+"?start_date=1926-02-02&end_date=2026-02-01", "", 400, "more than 3660 days")
	}
	o.refused("GET", "/spend/logs?start_date=2026-02-01", "", 400, missing)
	o.refused("GET", "/spend/tags?end_date=2026-02-01", "", 400, missing)
	o.refused("GET", "/spend/logs/ui?end_date=x", "", 400, "end_date must be")
	o.refused("GET", "/spend/logs/ui?start_date=2026-02-02&end_date=2026-02-01", "", 400, "must not be after")
}

func TestSpendPage(t *testing.T) {
	o := open(t)
	o.spent()
	page := o.ok("GET", "/spend/logs/ui?page=2&page_size=2", "")
	o.want(page, map[string]string{"total": "5", "page": "2", "page_size": "2", "total_pages": "3"})
	data, _ := page["data"].([]any)
	if len(data) != 2 || data[0].(map[string]any)["request_id"] != "b1" {
		t.Errorf("page %v", page)
	}
	o.want(o.ok("GET", "/spend/logs/ui?page=9", ""), map[string]string{"data": "[]", "total": "5", "total_pages": "1"})
	for query, total := range map[string]float64{"status_filter=failure": 1, "model=claude": 1, "team_id=t1": 1, "end_user=palantir": 1, "api_key=sk-ada-key": 4,
		"user_id=ada&status_filter=success": 3, "request_id=a2": 1, "start_date=2026-02-01%2010:00:00": 2} {
		if got := o.ok("GET", "/spend/logs/ui?"+query, "")["total"]; got != total {
			t.Errorf("%s: %v, want %v", query, got, total)
		}
	}
	o.want(o.ok("GET", "/spend/logs/ui/a1", ""), map[string]string{"request_id": `"a1"`, "messages": "{}", "response": "{}"})
	o.refused("GET", "/spend/logs/ui/nobody", "", 404, `"detail"`)
	o.refused("GET", "/spend/logs/ui?page_size=101", "", 422, "page_size")
	o.refused("GET", "/spend/logs/ui?page=0", "", 422, "page")
	o.refused("GET", "/spend/logs/ui?status_filter=odd", "", 400, "status_filter")
}

func TestSpendTags(t *testing.T) {
	o := open(t)
	o.spent()
	o.is("GET", "/spend/tags", "", `[{"individual_request_tag":"app-b","log_count":2,"total_spend":0.5},
		{"individual_request_tag":"app-a","log_count":2,"total_spend":0.4}]`)
	o.is("GET", "/spend/tags?start_date=2026-01-31&end_date=2026-01-31", "", `[{"individual_request_tag":"app-a","log_count":1,"total_spend":0.3}]`)
	o.is("GET", "/global/spend/tags?start_date=2026-01-31&end_date=2026-02-01&tags=app-b,x", "", `{"spend_per_tag":[{"name":"app-b","spend":0.5,"log_count":2}]}`)
	o.who = ada
	o.is("GET", "/spend/tags", "", `[{"individual_request_tag":"app-a","log_count":2,"total_spend":0.4},
		{"individual_request_tag":"app-b","log_count":1,"total_spend":0.1}]`)
}

func TestSpendKeysAndUsers(t *testing.T) {
	o := open(t)
	o.spent()
	o.ok("POST", "/key/generate", `{"key":"sk-unused-key","user_id":"eve","max_budget":3}`)
	rows := o.spendRows("/spend/keys")
	if got := ids(rows, "spend"); got != "0.6 0.4 0" {
		t.Errorf("keys spent %s", got)
	}
	o.want(rows[0], map[string]string{"token": `"` + adasKey + `"`, "key_alias": `"ada's"`, "key_name": `"sk-...-key"`, "budget_reset_at": "null"})
	if got := ids(o.spendRows("/spend/keys?limit=1"), "spend"); got != "0.6" || o.header("/spend/keys?limit=1", truncatedHeader) == "" {
		t.Errorf("one key: %s", got)
	}
	if got := ids(o.spendRows("/spend/users"), "user_id"); got != "ada bob eve" {
		t.Errorf("users %s", got)
	}
	one := o.spendRows("/spend/users?user_id=bob")
	o.want(one[0], map[string]string{"user_id": `"bob"`, "spend": "0.4", "models": "[]"})
	o.is("GET", "/spend/users?user_id=nobody", "", "[]")
	o.who = ada
	if got := ids(o.spendRows("/spend/keys"), "user_id") + " " + ids(o.spendRows("/spend/users"), "user_id"); got != "ada ada" {
		t.Errorf("ada sees %s", got)
	}
	o.refused("GET", "/spend/users?user_id=bob", "", 403, "key not allowed to access this user's info. user_id=bob, key's user_id=ada")
}

func TestCalculateSpend(t *testing.T) {
	o := open(t)
	o.who = core.Principal{} // the route may be public
	o.Count = func(string, json.RawMessage) int { return 14 }
	o.Cost = func(model string, prompt, completion int) (core.USD, bool) {
		return core.Dollars(0.00000075*float64(prompt) + 0.000001*float64(completion)), model == "gpt-4"
	}
	o.is("POST", "/spend/calculate", `{"model":"gpt-4","messages":[{"role":"user","content":"Hey, how's it going?"}]}`, `{"cost":0.0000105}`)
	o.is("POST", "/spend/calculate", `{"completion_response":{"model":"gpt-4","usage":{"prompt_tokens":4,"completion_tokens":2}}}`, `{"cost":0.000005}`)
	for body, want := range map[string]string{
		`{"model":"gpt-4"}`:                  `{"error":{"message":"Bad Request - messages must be provided if 'model' is provided","type":"None","param":"None","code":"400"}}`,
		`{}`:                                 `Bad Request - Either 'model' or 'completion_response' must be provided`,
		`{"model":"x","messages":[]}`:        `Bad Request - no price is known for model=x`,
		`{"completion_response":{"id":"x"}}`: `must say its model`,
	} {
		o.refused("POST", "/spend/calculate", body, 400, want)
	}
	o.refused("POST", "/spend/calculate", `{"model":"gpt-4","messages":"hi"}`, 422, "valid list")
	o.refused("POST", "/spend/calculate", `{"completion_response":{"model":"gpt-4","usage":{"prompt_tokens":-1}}}`, 422, "usage")
}
