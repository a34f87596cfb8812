package admin

import (
	"strings"
	"testing"
	"time"
)

func TestAuditLog(t *testing.T) {
	o := open(t)
	o.ok("POST", "/key/generate", `{"key":"sk-my-own-key"}`)
	o.ok("POST", "/key/update", `{"key":"sk-my-own-key","max_budget":3}`)
	o.ok("POST", "/key/block", `{"key":"sk-my-own-key"}`)
	page := o.ok("GET", "/audit?page_size=2", "")
	o.want(page, map[string]string{"total": "3", "page": "1", "page_size": "2", "total_pages": "2"})
	rows := page["audit_logs"].([]any)
	row := rows[1].(map[string]any)
	id := row["id"].(string)
	if len(row) != 9 || row["before_value"].(map[string]any)["token"] != HashKey("sk-my-own-key") {
		t.Errorf("entry %v", row)
	}
	o.want(row, map[string]string{"changed_by": `"default_user_id"`, "changed_by_api_key": `"` + master.KeyHash + `"`, "action": `"updated"`,
		"table_name": `"LiteLLM_VerificationToken"`, "object_id": `"` + HashKey("sk-my-own-key") + `"`, "updated_at": `"2026-02-01T12:00:00Z"`})
	o.want(row["updated_values"].(map[string]any), map[string]string{"max_budget": "3"})
	o.want(o.ok("GET", "/audit/"+id, ""), map[string]string{"id": `"` + id + `"`, "action": `"updated"`})
	for query, total := range map[string]float64{"action=blocked": 1, "action=none": 0, "table_name=LiteLLM_VerificationToken": 3, "changed_by=default_user_id": 3,
		"object_id=" + HashKey("sk-my-own-key"): 3, "object_id=sk-my-own-key": 0, "start_date=2026-02-01&end_date=2026-02-01": 3, "start_date=2026-02-02": 0,
		"end_date=2026-01-31": 0, "changed_by=default_user_id&action=created": 1} {
		if got := o.ok("GET", "/audit?"+query, "")["total"]; got != total {
			t.Errorf("%s: %v entries, want %v", query, got, total)
		}
	}
	o.refused("GET", "/audit/nobody", "", 404, "Audit log with ID nobody not found")
	o.refused("GET", "/audit?page=2000000", "", 400, "narrow them by date")
	o.refused("GET", "/audit?page_size=1000", "", 422, "page_size")
	o.refused("GET", "/audit?start_date=now", "", 400, "start_date")
	if text := o.do("GET", "/audit", "").text; strings.Contains(text, "sk-my-own-key") {
		t.Error("the secret is in the audit log")
	}
}

func TestPrune(t *testing.T) {
	o := open(t)
	o.spent()
	for _, c := range []struct {
		spend, audit   time.Duration
		rows, entries  float64
		name           string
		afterwardsNoon time.Time
	}{
		{0, 0, 5, 2, "for ever", noon},
		{12 * time.Hour, 0, 4, 2, "spend only", noon},
		{0, time.Hour, 4, 2, "audit, but not so old", noon},
		{0, time.Hour, 4, 0, "audit", noon.Add(2 * time.Hour)},
	} {
		o.Settings().SpendRetention, o.Settings().AuditRetention = c.spend, c.audit
		o.Now = func() time.Time { return c.afterwardsNoon }
		if err := o.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, entries := o.ok("GET", "/spend/logs/ui", "")["total"], o.ok("GET", "/audit", "")["total"]
		if rows != c.rows || entries != c.entries {
			t.Errorf("%s: %v rows and %v entries, want %v and %v", c.name, rows, entries, c.rows, c.entries)
		}
	}
	o.is("GET", "/spend/logs?start_date=2026-01-31&end_date=2026-01-31", "",
		`[{"startTime":"2026-01-31","spend":0.3,"users":{"ada":0.3},"models":{"gpt-4o":0.3},"`+adasKey+`":0.3}]`)
}
