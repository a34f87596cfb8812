package ledger

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func exchange() *core.Exchange {
	alias := "team a"
	return &core.Exchange{Endpoint: core.Chat, CallID: "call", Start: time.Unix(1_700_000_000, 0), Model: "alias", Group: "group", EndUser: "e",
		Tags: []string{"request", "key"}, SpendMetadata: []byte(`{"a":1,"own":true}`),
		Principal: core.Principal{KeyHash: "hash", KeyAlias: "k", UserID: "u", TeamID: "t", OrganizationID: "o", Account: &core.Account{
			Key:  &core.Key{Metadata: map[string]any{"tags": []any{"key"}, "spend_logs_metadata": map[string]any{"a": 2, "b": 2}}},
			Team: &core.Team{ID: "t", Alias: &alias, Metadata: map[string]any{"tags": []any{"team", 5}, "spend_logs_metadata": map[string]any{"b": 3, "c": 3}}}}},
		Usage:    core.Usage{Prompt: 10, Completion: 5, Counted: true},
		Attempt:  core.Attempt{Deployment: &core.Deployment{ID: "d"}, Provider: "openai", Model: "gpt-4o", APIBase: "https://x"},
		Verdicts: []core.Verdict{{Guard: "g", Mode: "pre_call", Why: "because"}}}
}

func TestCall(t *testing.T) {
	x := exchange()
	end := &End{At: x.Start.Add(time.Second), ResponseID: "chatcmpl-1", ClientIP: "10.0.0.1", Cost: 5, Priced: true, Charges: []core.Charge{{Kind: "key", ID: "hash"}}}
	got, err := appendCall(nil, Call(x, end))
	if err != nil || !json.Valid(got) {
		t.Fatal(string(got), err)
	}
	const want = `{"request_id":"chatcmpl-1","call_type":"acompletion","api_key":"hash","spend":0.000000005,"total_tokens":15,"prompt_tokens":10,` +
		`"completion_tokens":5,"startTime":"2023-11-14T22:13:20Z","endTime":"2023-11-14T22:13:21Z","completionStartTime":null,"model":"gpt-4o","model_id":"d",` +
		`"model_group":"group","custom_llm_provider":"openai","api_base":"https://x","user":"u","team_id":"t","organization_id":"o","end_user":"e",` +
		`"cache_hit":"False","cache_key":"","request_tags":["request","key","team"],"requester_ip_address":"10.0.0.1","metadata":{"user_api_key":"hash",` +
		`"user_api_key_alias":"k","user_api_key_user_id":"u","user_api_key_team_id":"t","user_api_key_org_id":"o","requester_ip_address":"10.0.0.1",` +
		`"user_api_key_team_alias":"team a","status":"success","spend_logs_metadata":{"a":1,"b":2,"c":3,"own":true},` +
		`"applied_guardrails":[{"guardrail":"g","mode":"pre_call","outcome":"not run","why":"because"}]},"messages":{},"response":{},"status":"success"}`
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if len(x.Tags) != 2 {
		t.Errorf("the request's tags became %v", x.Tags)
	}
}

// What the live tests of LiteLLM look at.
func TestFailedCall(t *testing.T) {
	x := &core.Exchange{Endpoint: core.Chat, CallID: "call-id", Model: "fake", Principal: core.Principal{KeyHash: "hash"}, Attempt: core.Attempt{Provider: "openai", Model: "gpt-fake"}}
	c := Call(x, &End{Error: &core.Error{Class: core.BadRequest, Message: "no \"good\""}, ResponseID: "chatcmpl-1"})
	if c.RequestID != "call-id" || c.Model != "fake" || c.ModelGroup != "fake" || c.Cost != 0 || c.TotalTokens != 0 || c.CacheHit != "False" || string(c.Response) != "{}" {
		t.Errorf("%+v", c)
	}
	var m struct {
		Status string            `json:"status"`
		Error  map[string]string `json:"error_information"`
	}
	if err := json.Unmarshal(c.Metadata, &m); err != nil {
		t.Fatal(err)
	}
	if m.Status != "failure" || m.Error["error_code"] != "400" || m.Error["error_class"] != "BadRequestError" || m.Error["error_message"] != `no "good"` {
		t.Errorf("metadata %s", c.Metadata)
	}
}

func TestWhatIsNotKnownIsFlagged(t *testing.T) {
	c := Call(&core.Exchange{Endpoint: core.Chat}, &End{})
	var m map[string]any
	if json.Unmarshal(c.Metadata, &m); m["usage_estimated"] != true || m["cost_unknown"] != true {
		t.Errorf("metadata %s", c.Metadata)
	}
}

func BenchmarkCall(b *testing.B) {
	x, end := exchange(), &End{Priced: true}
	x.Principal.Account = nil
	b.ReportAllocs()
	for b.Loop() {
		Call(x, end)
	}
}
