package sink

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// full is an exchange that has everything.
func full() *core.Exchange {
	return &core.Exchange{
		Endpoint: core.Chat, CallID: "id", Start: time.Date(2026, 7, 1, 12, 30, 0, 250_000_000, time.FixedZone("", 3600)),
		Model: "nick", Group: "chat", Stream: true, EndUser: "eve",
		Principal: core.Principal{KeyHash: "hash", KeyAlias: "alias", UserID: "user", TeamID: "team", OrganizationID: "org"},
		Usage:     core.Usage{Prompt: 9, Completion: 2, CacheRead: 4, CacheWrite: 3, Reasoning: 1, Counted: true},
		Attempt: core.Attempt{Deployment: &core.Deployment{ID: "one"}, APIBase: "https://secret.example/?key=sk-secret", Provider: "openai",
			Model: "gpt-4o", Retries: 2, Upstream: 1500 * time.Microsecond, Why: "cheapest"},
		Verdicts: []core.Verdict{
			{Guard: "pii", Mode: "pre_call", Outcome: core.Edited, Edits: 3, Flags: []string{"a", `b"`}}, {Guard: "words", Mode: "post_call"},
		},
	}
}

func TestRecord(t *testing.T) {
	for name, c := range map[string]struct {
		x    *core.Exchange
		end  End
		want string
	}{
		"full": {full(), End{Duration: 2*time.Second + 1234567, Cost: 0.00001, Priced: true}, `{"call_id":"id","endpoint":"chat","model":"nick",
			"group":"chat","deployment_id":"one","provider":"openai","upstream_model":"gpt-4o","why":"cheapest","retries":2,"upstream_ms":1.5,
			"stream":true,"status":200,"start":"2026-07-01T11:30:00.250000Z","duration_ms":2001.235,"usage":{"prompt_tokens":9,
			"completion_tokens":2,"total_tokens":11,"cache_read_tokens":4,"cache_write_tokens":3,"reasoning_tokens":1},"cost":1e-05,
			"key_hash":"hash","key_alias":"alias","user_id":"user","team_id":"team","organization_id":"org","end_user":"eve",
			"verdicts":[{"guard":"pii","mode":"pre_call","outcome":"edited","edits":3,"flags":["a","b\""]},
			{"guard":"words","mode":"post_call","outcome":"not run"}]}`},
		"failed early": {&core.Exchange{CallID: "id", Endpoint: core.Embeddings, Start: time.Unix(0, 0)},
			End{Error: &core.Error{Class: core.Authentication, Message: "a\"\n\xff"}}, `{"call_id":"id","endpoint":"embeddings","stream":false,
			"error":{"class":"AuthenticationError","message":"a\"\n\ufffd"},"status":401,"start":"1970-01-01T00:00:00.000000Z","duration_ms":0}`},
		"estimated, free": {&core.Exchange{Start: time.Unix(0, 0), Usage: core.Usage{Prompt: 1}}, End{Priced: true},
			`{"stream":false,"status":200,"start":"1970-01-01T00:00:00.000000Z","duration_ms":0,
			"usage":{"prompt_tokens":1,"total_tokens":1,"estimated":true},"cost":0}`},
	} {
		text := appendRecord(nil, c.x, c.end)
		var got, want any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", name, text, c.want)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	text := appendRecord(nil, &core.Exchange{Model: strings.Repeat("é", maxText)}, End{Error: &core.Error{Message: strings.Repeat("x", 1<<20)}})
	var d tape.Doc
	if err := d.Scan(text); err != nil || len(text) > 3*maxText {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestRecordsAreWrittenInPlace(t *testing.T) {
	x, buffer := full(), make([]byte, 0, 4096)
	end := End{Duration: time.Second, Cost: 1, Priced: true}
	if n := testing.AllocsPerRun(100, func() { appendRecord(buffer, x, end) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Texts come from clients and upstreams: whatever they are, the record is JSON.
func FuzzRecord(f *testing.F) {
	f.Add("a", "b\x00\xff\"\\")
	f.Fuzz(func(t *testing.T, name, message string) {
		x := &core.Exchange{CallID: name, Model: message, EndUser: name, Verdicts: []core.Verdict{{Guard: name, Why: message, Flags: []string{name, message}}}}
		text := appendRecord(nil, x, End{Error: &core.Error{Message: message}})
		if !json.Valid(text) {
			t.Errorf("not JSON: %q", text)
		}
	})
}
