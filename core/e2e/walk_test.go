package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// lacks lists where a document is not like a sample of the requirements: a member is missing or of another type. What a
// sample shows as null may be anything, as may what is null here: a sample shows one key of many.
func lacks(sample, got any, at string) []string {
	if sample == nil || got == nil {
		return nil
	}
	switch s := sample.(type) {
	case doc:
		g, ok := got.(doc)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, not an object", at, got)}
		}
		var missing []string
		for name, v := range s {
			if _, ok := g[name]; !ok {
				missing = append(missing, at+"."+name+" is missing")
				continue
			}
			missing = append(missing, lacks(v, g[name], at+"."+name)...)
		}
		return missing
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) == 0 && len(s) > 0 {
			return []string{fmt.Sprintf("%s is %v, not a list of %d", at, got, len(s))}
		}
		var missing []string
		for i := range g {
			if len(s) > 0 {
				missing = append(missing, lacks(s[min(i, len(s)-1)], g[i], fmt.Sprint(at, "[", i, "]"))...)
			}
		}
		return missing
	}
	if a, b := fmt.Sprintf("%T", sample), fmt.Sprintf("%T", got); a != b {
		return []string{fmt.Sprintf("%s is %v, not of type %s", at, got, a)}
	}
	return nil
}

// like compares a document with a sample.
func like(t *testing.T, got any, sample string) {
	t.Helper()
	want, err := gateway.Decode([]byte(sample))
	if err != nil {
		t.Fatalf("the sample: %v", err)
	}
	if missing := lacks(want, got, ""); len(missing) > 0 {
		text, _ := json.Marshal(got)
		slices.Sort(missing)
		t.Errorf("%s\nin %s", strings.Join(missing, "\n"), text)
	}
}

// exactly compares an answer with the error that the requirements show. Some samples there give the code as a number,
// others as a string: it is a string.
func exactly(t *testing.T, r gateway.Reply, status int, kind, param, message string) {
	t.Helper()
	want := gateway.Error{Message: message, Type: kind, Param: param, Code: fmt.Sprint(status)}
	if e, ok := r.Error(); r.Status != status || !ok || e != want {
		t.Errorf("answered %d %s\nwant %+v", r.Status, r.Body, want)
	}
}

// TestWalkTags is the walk of "spend tracking, custom tags": tags of a key, of a team and of a request, and what each cost.
func TestWalkTags(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	team := o.manage("/team/new", `{"metadata":{"tags":["tag1","of-the-team"]}}`)["team_id"].(string)
	key := o.manage("/key/generate", `{"metadata":{"tags":["tag1","tag2","tag3"]},"team_id":"`+team+`"}`)
	like(t, key, `{"key":"sk-","metadata":{"tags":["tag1","tag2","tag3"]},"team_id":"t","expires":null,"token":"h","key_name":"sk-...abcd",
		"user_id":null,"models":[],"max_budget":null,"permissions":{},"aliases":{},"spend":0.0,"tags":null,"budget_id":null}`)
	const tags = `"metadata":{"tags":["model-anthropic-claude-v2.1","app-ishaan-prod"]}`
	var ids []string
	for range 2 {
		r := o.chat(key["key"].(string), tags)
		admitted(t, r)
		v, _ := r.JSON()
		ids = append(ids, member(v, "id").(string))
	}
	row := o.row(ids[1])
	want := []any{"model-anthropic-claude-v2.1", "app-ishaan-prod", "tag1", "tag2", "tag3", "of-the-team"}
	if got := row["request_tags"].([]any); !slices.Equal(got, want) {
		t.Errorf("tags of the call: %v", got)
	}
	o.row(ids[0])
	spent := o.look("/spend/tags")
	like(t, spent, `[{"individual_request_tag":"model-anthropic-claude-v2.1","log_count":6,"total_spend":0.000672}]`)
	for i := range want {
		s := member(spent, i).(doc)
		if !slices.Contains(want, s["individual_request_tag"]) || number(s["log_count"]) != 2 || !near(number(s["total_spend"]), 2*callCost) {
			t.Errorf("%v", s)
		}
	}
	if body := o.up.Last(t).Body; strings.Contains(body, "app-ishaan-prod") {
		t.Errorf("the tags went on to the upstream: %s", body)
	}
}

// TestWalkMetadata is the walk of "tracking spend with custom metadata".
func TestWalkMetadata(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const hello = `{"metadata":{"spend_logs_metadata":{"hello":"world"}}`
	team := o.manage("/team/new", hello+`,"team_alias":"writers"}`)["team_id"].(string)
	for name, tc := range map[string]struct{ key, more string }{
		"key":     {hello + `}`, `"user":"u"`},
		"team":    {`{"team_id":"` + team + `"}`, `"user":"u"`},
		"request": {`{"user_id":"116544810872468347480"}`, `"metadata":{"spend_logs_metadata":{"hello":"world"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := o.chat(o.key(tc.key), tc.more)
			admitted(t, r)
			v, _ := r.JSON()
			row := o.row(member(v, "id").(string))
			like(t, []any{row}, `[{"request_id":"chatcmpl-9ZKMURhVYSi9D6r6PJ9vLcayIK0Vm","call_type":"acompletion","metadata":{
				"user_api_key":"88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b","user_api_key_alias":null,
				"spend_logs_metadata":{"hello":"world"},"user_api_key_team_id":null,"user_api_key_user_id":"116544810872468347480",
				"user_api_key_team_alias":null}}]`)
			if member(row, "metadata", "spend_logs_metadata", "hello") != "world" || row["call_type"] != "acompletion" {
				t.Errorf("row %v", row)
			}
		})
	}
	if rows := o.look("/spend/logs?request_id=nothing").([]any); len(rows) != 0 {
		t.Errorf("an unknown id answers %v", rows)
	}
}

// TestWalkAudit is the walk of "audit logs": making a team leaves an entry.
func TestWalkAudit(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	team := o.Post("/team/new", `{"max_budget":2}`, append(bearer(masterKey), "litellm-changed-by", "109010464461339474872")...)
	v, _ := team.JSON()
	id := member(v, "team_id").(string)
	entries := o.look("/audit?object_id=" + id)
	entry := member(entries, "audit_logs", 0)
	like(t, entry, `{"id":"e1760e10-4264-4499-82cd-c08c86c8d05b","updated_at":"2024-06-06T02:10:40.836420+00:00",
		"changed_by":"109010464461339474872","action":"created","table_name":"LiteLLM_TeamTable","object_id":"82e725b5-053f-459d-9a52-867191635446",
		"before_value":null,"updated_values":{"team_id":"82e725b5-053f-459d-9a52-867191635446","admins":[],"members":[],
		"members_with_roles":[{"role":"admin","user_id":"109010464461339474872"}],"max_budget":2.0,"models":[],"blocked":false}}`)
	for name, want := range map[string]any{"changed_by": "109010464461339474872", "action": "created", "table_name": "LiteLLM_TeamTable",
		"object_id": id, "before_value": nil} {
		if got := member(entry, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := number(member(entry, "updated_values", "max_budget")); got != 2 {
		t.Errorf("max_budget %v", got)
	}
}

// TestWalkAuditActions: each change of a key leaves an entry with what was before and after.
func TestWalkAuditActions(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	made := o.manage("/key/generate", `{"key":"sk-secret-audited","key_alias":"a"}`)
	hash := made["token"].(string)
	o.manage("/key/update", `{"key":"sk-secret-audited","max_budget":3}`)
	o.manage("/key/block", `{"key":"sk-secret-audited"}`)
	o.manage("/key/unblock", `{"key":"sk-secret-audited"}`)
	o.manage("/key/delete", `{"keys":["sk-secret-audited"]}`)
	entries := member(o.look("/audit?object_id="+hash), "audit_logs").([]any)
	want := []string{"deleted", "unblocked", "blocked", "updated", "created"}
	if len(entries) != len(want) {
		t.Fatalf("%d entries: %v", len(entries), entries)
	}
	for i, e := range entries {
		if got := member(e, "action"); got != want[i] || member(e, "table_name") != "LiteLLM_VerificationToken" || member(e, "changed_by") != "default_user_id" {
			t.Errorf("entry %d: %v", i, e)
		}
		if before := member(e, "before_value"); (before == nil) != (want[i] == "created") {
			t.Errorf("%s has before_value %v", want[i], before)
		}
	}
	if before, after := member(entries[3], "before_value", "max_budget"), number(member(entries[3], "updated_values", "max_budget")); before != nil || after != 3 {
		t.Errorf("max_budget from %v to %v", before, after)
	}
}
