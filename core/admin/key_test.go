package admin

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func TestGenerateKey(t *testing.T) {
	o := open(t)
	k := o.ok("POST", "/key/generate", "")
	secret := k["key"].(string)
	if !strings.HasPrefix(secret, "sk-") || len(secret) != 25 || k["key_name"] != "sk-..."+secret[21:] || k["token"] != HashKey(secret) {
		t.Errorf("key %v", k)
	}
	o.want(k, map[string]string{"expires": "null", "models": "[]", "spend": "0", "metadata": "{}", "permissions": "{}", "blocked": "null",
		"litellm_budget_table": "null", "created_by": `"default_user_id"`})
	row, err := o.Store.Keys.Get(t.Context(), HashKey(secret))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := json.Marshal(row); strings.Contains(string(text), secret) {
		t.Error("the secret is in the store")
	}
	for _, entry := range o.audited() {
		if strings.Contains(entry, secret) {
			t.Error("the secret is in the audit log")
		}
	}
	if !slices.Contains(o.changed, "keys "+HashKey(secret)) {
		t.Errorf("changes told: %v", o.changed)
	}
}

func TestGenerateWithEverything(t *testing.T) {
	o := open(t)
	k := o.ok("POST", "/key/generate", `{"key":"sk-given-by-me","key_alias":"a","duration":"1d","models":["gpt-4o"],"max_budget":10.5,"budget_duration":"30d",
		"tpm_limit":100,"rpm_limit":5.0,"max_parallel_requests":2,"metadata":{"x":1},"permissions":{"shout":true,"hide_secrets":false},"aliases":{"a":"b"},
		"tags":["t1"],"guardrails":["g"],"model_rpm_limit":{"gpt-4o":3},"user_id":"u1","spend":1.25,"model_max_budget":{"gpt-4o":{"max_budget":1,"budget_duration":"1d"}},"unknown":1}`)
	o.want(k, map[string]string{"key": `"sk-given-by-me"`, "key_name": `"sk-...y-me"`, "expires": `"2026-02-02T12:00:00Z"`, "max_budget": "10.5", "rpm_limit": "5",
		"metadata": `{"guardrails":["g"],"model_rpm_limit":{"gpt-4o":3},"tags":["t1"],"x":1}`, "tags": `["t1"]`, "spend": "1.25",
		"budget_reset_at": `"2026-03-03T12:00:00Z"`, "model_max_budget": `{"gpt-4o":{"budget_limit":1,"time_period":"1d"}}`})
	if _, err := o.Store.Users.Get(t.Context(), "u1"); err != nil {
		t.Errorf("the key's user: %v", err)
	}
	info := o.ok("GET", "/key/info?key=sk-given-by-me", "")
	o.want(info, map[string]string{"key": `"sk-given-by-me"`})
	o.want(info["info"].(map[string]any), map[string]string{"key_alias": `"a"`, "spend": "1.25", "token": "null"})
}

func TestKeysThatAreRefused(t *testing.T) {
	o := open(t)
	o.ok("POST", "/key/generate", `{"key_alias":"taken","key":"sk-taken-key"}`)
	for body, c := range map[string]struct {
		status int
		text   string
	}{
		`{"max_budget":-1}`:                                {422, "max_budget must not be negative"},
		`{"max_budget":"1"}`:                               {422, `"loc":["body","max_budget"]`},
		`{"rpm_limit":1.5}`:                                {422, "valid integer"},
		`{"models":"gpt-4o"}`:                              {422, "list of strings"},
		`{"budget_duration":"1 fortnight"}`:                {422, "budget_duration must be a whole number"},
		`{"duration":"soon"}`:                              {400, "duration must be"},
		`{"expires":"2020-01-01"}`:                         {400, "lies in the past"},
		`{"permissions":{"hide_secret":true}}`:             {400, `did you mean \"hide_secrets\"`},
		`{"permissions":{"shout":"yes"}}`:                  {400, "must be true or false"},
		`{"key":"1234"}`:                                   {400, "must begin with sk-"},
		`{"key":"sk-1234"}`:                                {400, "8 characters"},
		`{"key_alias":"taken"}`:                            {400, "Key with alias 'taken' already exists"},
		`{"key":"sk-taken-key"}`:                           {400, "Key already exists"},
		`{"budget_id":"b"}`:                                {400, "Unable to find budget"},
		`{"model_max_budget":{"m":{}}}`:                    {422, "needs a budget_limit"},
		`{"temp_budget_increase":5}`:                       {400, "belong together"},
		`{"max_budget":1,"max_budget":2}`:                  {422, "max_budget"},
		`[1]`:                                              {422, "valid object"},
		`{"a":`:                                            {422, "json_invalid"},
		`{"spend":-4}`:                                     {422, "not negative"},
		`{"tags":"x"}`:                                     {422, "list of strings"},
		`{"key_alias":{"$ne":null}}`:                       {422, "valid string"},
		`{"key_alias":"a\u0000b"}`:                         {422, "no text"},
		`{"key_alias":"` + strings.Repeat("x", 513) + `"}`: {422, "longer than 512 bytes"},
		`{"model_tpm_limit":{"m":-1}}`:                     {422, "must not be negative"},
	} {
		o.refused("POST", "/key/generate", body, c.status, c.text)
	}
	if n, _ := o.Store.Keys.Count(t.Context()); n != 1 {
		t.Errorf("%d keys after refusals, want 1", n)
	}
}

func TestUpdateKey(t *testing.T) {
	o := open(t)
	o.ok("POST", "/key/generate", `{"key":"sk-my-own-key","max_budget":1,"rpm_limit":1,"metadata":{"a":1},"tags":["t"],"key_alias":"n"}`)
	u := o.ok("POST", "/key/update", `{"key":"sk-my-own-key","max_budget":null,"rpm_limit":7,"metadata":{"b":2}}`)
	o.want(u, map[string]string{"key": `"sk-my-own-key"`, "max_budget": "null", "rpm_limit": "7", "metadata": `{"b":2,"tags":["t"]}`, "key_alias": "null"})
	info := o.ok("GET", "/key/info?key="+HashKey("sk-my-own-key"), "")["info"].(map[string]any)
	o.want(info, map[string]string{"key_alias": `"n"`, "rpm_limit": "7", "max_budget": "null"})
	u = o.ok("POST", "/key/update", `{"key":"sk-my-own-key","metadata":{}}`)
	o.want(u, map[string]string{"metadata": "{}"})
	o.refused("POST", "/key/update", `{"key":"sk-nobody"}`, 404, "Key not found in database")
	o.refused("POST", "/key/update", `{"key":"sk-my-own-key","max_budget":-3}`, 422, "negative")
	o.refused("POST", "/key/update", `{}`, 422, "Field required")
}

func TestBlockRegenerateDelete(t *testing.T) {
	o := open(t)
	o.ok("POST", "/key/generate", `{"key":"sk-my-own-key","spend":2,"max_budget":5,"key_alias":"al"}`)
	o.want(o.ok("POST", "/key/block", `{"key":"sk-my-own-key"}`), map[string]string{"blocked": "true"})
	o.want(o.ok("POST", "/key/unblock", `{"key":"sk-my-own-key"}`), map[string]string{"blocked": "false"})
	for body, text := range map[string]string{`{"new_key":"weak"}`: "must begin with sk-", `{"new_key":"sk-1"}`: "8 characters",
		`{"budget_id":"none"}`: "Unable to find budget"} {
		o.refused("POST", "/key/sk-my-own-key/regenerate", body, 400, text)
	}
	k := o.ok("POST", "/key/sk-my-own-key/regenerate", `{"max_budget":9}`)
	secret := k["key"].(string)
	if secret == "sk-my-own-key" || k["token_id"] != HashKey(secret) {
		t.Errorf("regenerated %v", k)
	}
	o.want(k, map[string]string{"spend": "2", "max_budget": "9", "key_alias": `"al"`})
	o.refused("GET", "/key/info?key=sk-my-own-key", "", 404, "Key not found")
	o.want(o.ok("POST", "/key/delete", `{"key_aliases":["al"]}`), map[string]string{"deleted_keys": `["al"]`})
	o.refused("GET", "/key/info?key="+secret, "", 404, "Key not found")
	o.refused("POST", "/key/delete", `{"keys":["`+secret+`"]}`, 404, "Key not found")
	o.refused("POST", "/key/delete", `{}`, 400, "must be provided")
	var actions []string
	for _, e := range o.audited() {
		actions = append(actions, strings.Fields(e)[0])
	}
	if got := strings.Join(actions, " "); got != "deleted rotated unblocked blocked created" {
		t.Errorf("audited %s", got)
	}
}

func TestListKeys(t *testing.T) {
	o := open(t)
	for range 12 {
		o.ok("POST", "/key/generate", `{"team_id":"t"}`)
	}
	o.ok("POST", "/key/generate", `{"key_alias":"other"}`)
	o.want(o.ok("GET", "/key/list?team_id=t", ""), map[string]string{"total_count": "12", "current_page": "1", "total_pages": "2"})
	last := o.ok("GET", "/key/list?page=2&size=10&team_id=t", "")
	if n := len(last["keys"].([]any)); n != 2 {
		t.Errorf("%d keys on the last page", n)
	}
	one := o.ok("GET", "/key/list?key_alias=other&return_full_object=true", "")["keys"].([]any)
	if len(one) != 1 || one[0].(map[string]any)["key_alias"] != "other" {
		t.Errorf("by alias: %v", one)
	}
	o.refused("GET", "/key/list?size=1000", "", 422, `"loc":["query","size"]`)
	o.refused("GET", "/key/list?page=0", "", 422, "integer")
}

func TestUsersManageTheirOwnKeys(t *testing.T) {
	o := open(t)
	mine := o.ok("POST", "/key/generate", `{"user_id":"me"}`)["key"].(string)
	foreign := o.ok("POST", "/key/generate", `{"user_id":"you"}`)["key"].(string)
	o.who = core.Principal{Role: "internal_user", UserID: "me", KeyHash: HashKey(mine)}
	o.want(o.ok("POST", "/key/generate", `{}`), map[string]string{"user_id": `"me"`})
	o.refused("POST", "/key/generate", `{"user_id":"you"}`, 403, "only create keys for themselves")
	o.refused("POST", "/key/generate", `{"team_id":"t"}`, 400, "not assigned to team")
	o.refused("GET", "/key/info?key="+foreign, "", 403, "not allowed to access this key's info")
	o.refused("POST", "/key/delete", `{"keys":["`+foreign+`"]}`, 403, "not authorized to delete")
	o.refused("POST", "/key/update", `{"key":"`+foreign+`","key_alias":"x"}`, 403, "not authorized")
	o.refused("POST", "/key/update", `{"key":"`+mine+`","max_budget":1000000}`, 403, "Only proxy admin")
	o.refused("POST", "/key/update", `{"key":"`+mine+`","user_id":"you"}`, 403, "Only proxy admin")
	o.refused("POST", "/key/block", `{"key":"`+foreign+`"}`, 401, "Only proxy admin can be used")
	o.refused("POST", "/key/"+foreign+"/regenerate", `{}`, 403, "not authorized")
	o.ok("POST", "/key/update", `{"key":"`+mine+`","key_alias":"mine"}`)
	o.refused("GET", "/key/list?user_id=you", "", 403, "another user's keys")
	o.want(o.ok("GET", "/key/list", ""), map[string]string{"total_count": "2"})
	o.who = core.Principal{UserID: "norole"}
	o.refused("POST", "/key/generate", `{}`, 401, "Only proxy admin can be used")
}

func TestDefaultsAndUpperBounds(t *testing.T) {
	o := open(t)
	s := o.Settings()
	s.DefaultKeyParams = given{"max_budget": json.RawMessage("3"), "models": json.RawMessage(`["m"]`)}
	s.UpperboundKeyParams = given{"max_budget": json.RawMessage("5"), "rpm_limit": json.RawMessage("10"), "duration": json.RawMessage(`"30d"`)}
	o.want(o.ok("POST", "/key/generate", `{}`), map[string]string{"max_budget": "3", "models": `["m"]`, "rpm_limit": "10", "expires": `"2026-03-03T12:00:00Z"`})
	o.refused("POST", "/key/generate", `{"max_budget":6}`, 400, "max_budget is over max limit set in config - user_value=6; max_value=5")
	o.refused("POST", "/key/generate", `{"duration":"2mo"}`, 400, "user_value=2mo; max_value=30d")
}

func TestStoreAway(t *testing.T) {
	o := open(t)
	o.Store.Close()
	o.refused("POST", "/key/generate", `{}`, 503, "Nothing was changed")
}

// Texts of clients reach the database as values only.
func TestMetacharacters(t *testing.T) {
	o := open(t)
	nasty := `'); DROP TABLE keys; -- \" \u0000`
	body, _ := json.Marshal(map[string]any{"key_alias": nasty, "team_id": nasty})
	o.ok("POST", "/key/generate", string(body))
	keys, err := o.Store.Keys.List(t.Context(), store.Page{}, store.Where{Column: "alias", Value: nasty})
	if err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}
