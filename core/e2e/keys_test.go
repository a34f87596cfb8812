package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// surfaces are all ways to ask a model, with what the spend log calls them.
var surfaces = []struct {
	name, path, body, call string
	rows                   int
}{
	{"chat", "/v1/chat/completions", request(), "acompletion", 1},
	{"chat streamed", "/chat/completions", request(`"stream":true`), "acompletion", 1},
	{"completions", "/v1/completions", `{"model":"text","prompt":"hi"}`, "atext_completion", 1},
	{"completions streamed", "/completions", `{"model":"text","prompt":"hi","stream":true}`, "atext_completion", 1},
	{"embeddings", "/v1/embeddings", `{"model":"embed","input":["a","b"]}`, "aembedding", 1},
	{"moderations", "/moderations", `{"model":"moderate","input":"hi"}`, "amoderation", 1},
	{"azure", "/openai/deployments/gpt-4/chat/completions?api-version=2024-02-01", `{"messages":[{"role":"user","content":"hi"}]}`, "acompletion", 1},
	{"engines", "/engines/gpt-4/chat/completions", `{"messages":[{"role":"user","content":"hi"}]}`, "acompletion", 1},
	{"batch", "/v1/chat/completions", strings.Replace(request(), "gpt-3.5-turbo", "gpt-3.5-turbo,gpt-4", 1), "acompletion", 2},
}

// TestKeyOnEverySurface: a key opens each way to ask a model, and each call has its row; a blocked key opens none, from the
// moment that it is blocked.
func TestKeyOnEverySurface(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for i, s := range surfaces {
		key := gateway.Secret(fmt.Sprint("surface-", i))
		hash := o.manage("/key/generate", `{"key":"`+key+`"}`)["token"]
		if r := o.Post(s.path, s.body, bearer(key)...); r.Status != 200 {
			t.Errorf("%s: answered %d %s", s.name, r.Status, r.Body)
			continue
		}
		before := len(o.up.Requests())
		o.manage("/key/block", `{"key":"`+key+`"}`)
		exactly(t, o.Post(s.path, s.body, bearer(key)...), 401, "auth_error", "None",
			"Authentication Error, Key is blocked. Update via `/key/unblock` if you're admin.")
		refused(t, o.Post(s.path, s.body, bearer(key+"x")...), 401, "auth_error", "Authentication Error, Invalid proxy server token passed. "+
			"Received API Key (hashed)=")
		if len(o.up.Requests()) != before {
			t.Errorf("%s: a refused request went on to the upstream", s.name)
		}
		o.rowsOf(s.name, key, s.call, hash, s.rows)
	}
}

// rowsOf waits for the rows of a key's calls.
func (o *office) rowsOf(name, key, call string, hash any, n int) {
	o.t.Helper()
	var rows []any
	eventually(o.t, "row of "+name, func() bool {
		rows, _ = o.look("/spend/logs?api_key=" + key).([]any)
		return len(rows) >= n
	})
	if len(rows) != n {
		o.t.Errorf("%s: %d rows", name, len(rows))
	}
	for i := range rows {
		if member(rows, i, "api_key") != hash || member(rows, i, "call_type") != call || member(rows, i, "status") != "success" {
			o.t.Errorf("%s: row %v", name, rows[i])
		}
	}
}

// TestKeyModels: who may not use a model is told so in the words of the contract; the name that an alias stands for counts.
func TestKeyModels(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	only := func(models string) string {
		return o.manage("/team/new", `{"models":[`+models+`]}`)["team_id"].(string)
	}
	team := only(`"gpt-4"`)
	user := o.manage("/user/new", `{"models":["gpt-4"],"auto_create_key":false}`)["user_id"].(string)
	homeless := o.manage("/user/new", `{"models":["no-default-models"],"auto_create_key":false}`)["user_id"].(string)
	for _, tc := range []struct{ name, key, kind, text string }{
		{"key", `{"models":["gpt-4"]}`, "key_model_access_denied",
			"key not allowed to access model. This key can only access models=['gpt-4']. Tried to access gpt-3.5-turbo"},
		{"wildcard", `{"models":["gpt-4*"]}`, "key_model_access_denied", "This key can only access models=['gpt-4*']. Tried to access gpt-3.5-turbo"},
		{"team", `{"team_id":"` + team + `"}`, "team_model_access_denied",
			"Team not allowed to access model. Team=" + team + ", Model=gpt-3.5-turbo. Allowed team models = ['gpt-4']"},
		{"key of a team", `{"models":["all-team-models"],"team_id":"` + team + `"}`, "key_model_access_denied", "key not allowed to access model."},
		{"user", `{"user_id":"` + user + `"}`, "user_model_access_denied",
			"user not allowed to access model. This user can only access models=['gpt-4']. Tried to access gpt-3.5-turbo"},
		{"user without models", `{"user_id":"` + homeless + `"}`, "key_model_access_denied",
			"User not allowed to access model. No default model access, only team models allowed. Tried to access gpt-3.5-turbo"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			key := o.key(tc.key)
			if e := refused(t, o.chat(key), 401, tc.kind, tc.text); e.Param != "model" {
				t.Errorf("param %q", e.Param)
			}
			if tc.name != "user without models" {
				admitted(t, o.Post(chat, strings.Replace(request(), "gpt-3.5-turbo", "gpt-4", 1), bearer(key)...))
			}
		})
	}
}

func TestKeyAliases(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	team := o.manage("/team/new", `{"model_aliases":{"theirs":"gpt-4"}}`)["team_id"].(string)
	key := o.key(`{"aliases":{"mine":"gpt-4"},"team_id":"` + team + `"}`)
	for _, name := range []string{"mine", "theirs"} {
		body := strings.Replace(request(), "gpt-3.5-turbo", name, 1)
		admitted(t, o.Post(chat, body, bearer(key)...))
		if sent := o.up.Last(t).Body; !strings.Contains(sent, "gpt-mock-4") {
			t.Errorf("%s went to the upstream as %s", name, sent)
		}
		if r := o.Post(chat, body, bearer(o.key(`{}`))...); r.Status != 400 {
			t.Errorf("another's alias answered %d %s", r.Status, r.Body)
		}
	}
}

func TestKeyExpires(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	made := o.manage("/key/generate", `{"duration":"1s"}`)
	var r gateway.Reply
	eventually(t, "end of the key", func() bool { r = o.chat(made["key"].(string)); return r.Status != 200 })
	e := refused(t, r, 400, "expired_key", "Authentication Error - Expired Key. Key Expiry time ")
	if e.Param != made["token"] || !strings.Contains(e.Message, " and current time ") {
		t.Errorf("answered %s", r.Body)
	}
}

// TestKeyIsAHash: the store has keys as hashes; a hash opens nothing.
func TestKeyIsAHash(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	made := o.manage("/key/generate", `{}`)
	secret := made["key"].(string)
	sum := sha256.Sum256([]byte(secret))
	if made["token"] != hex.EncodeToString(sum[:]) || made["token_id"] != made["token"] {
		t.Errorf("token %v of key %s", made["token"], secret)
	}
	for _, key := range []string{made["token"].(string), "sk-" + made["token"].(string)} {
		if r := o.chat(key); r.Status != 401 {
			t.Errorf("a hash answered %d %s", r.Status, r.Body)
		}
	}
}

// TestKeyChanges: what is done to a key holds for the very next request.
func TestKeyChanges(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	key := o.key(`{}`)
	admitted(t, o.chat(key))
	o.manage("/key/update", `{"key":"`+key+`","models":["gpt-4"]}`)
	refused(t, o.chat(key), 401, "key_model_access_denied", "key not allowed")
	o.manage("/key/update", `{"key":"`+key+`","models":[]}`)
	admitted(t, o.chat(key))
	o.manage("/key/block", `{"key":"`+key+`"}`)
	refused(t, o.chat(key), 401, "auth_error", "Key is blocked")
	o.manage("/key/unblock", `{"key":"`+key+`"}`)
	admitted(t, o.chat(key))
	again := o.manage("/key/"+key+"/regenerate", `{}`)["key"].(string)
	refused(t, o.chat(key), 401, "auth_error", "Invalid proxy server token passed.")
	admitted(t, o.chat(again))
	team := o.manage("/team/new", `{}`)["team_id"].(string)
	o.manage("/key/update", `{"key":"`+again+`","team_id":"`+team+`"}`)
	admitted(t, o.chat(again))
	o.manage("/team/block", `{"team_id":"`+team+`"}`)
	exactly(t, o.chat(again), 401, "auth_error", "None",
		"Authentication Error, Team="+team+" is blocked. Update via `/team/unblock` if your admin.")
	o.manage("/team/unblock", `{"team_id":"`+team+`"}`)
	admitted(t, o.chat(again))
	o.manage("/key/delete", `{"keys":["`+again+`"]}`)
	refused(t, o.chat(again), 401, "auth_error", "Invalid proxy server token passed.")
}
