package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestWalkCustomer is the walk of "blocked user lists, using the API".
func TestWalkCustomer(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	key := o.key(`{}`)
	admitted(t, o.chat(key, `"user":"user_id_1"`))
	got := o.manage("/customer/block", `{"user_ids":["user_id_1","user_id_2"]}`)
	like(t, got, `{"blocked_users":[{"user_id":"user_id_1","blocked":true}]}`)
	for _, k := range []string{key, masterKey} {
		e := refused(t, o.chat(k, `"user":"user_id_1"`), 400, "None", "User blocked from making LLM API Calls. User=user_id_1")
		if e.Message != "{'error': 'User blocked from making LLM API Calls. User=user_id_1'}" {
			t.Errorf("said %q", e.Message)
		}
	}
	refused(t, o.chat(key, `"user":"user_id_2"`), 400, "None", "User=user_id_2")
	admitted(t, o.chat(key, `"user":"user_id_3"`))
	left := o.manage("/user/unblock", `{"user_ids":["user_id_1"]}`)["blocked_users"].([]any)
	if len(left) != 1 || left[0] != "user_id_2" {
		t.Errorf("still blocked: %v", left)
	}
	admitted(t, o.chat(key, `"user":"user_id_1"`))
}

const (
	noUser           = "Authentication Error, BadRequest please pass param=user in request body. This is a required param"
	noGenerationName = "Authentication Error, BadRequest please pass param=[metadata][generation_name] in request body. This is a required param"
)

// TestWalkEnforcedParams is the walk of "required params for LLM requests", set in the configuration and on a key.
func TestWalkEnforcedParams(t *testing.T) {
	t.Parallel()
	enforcing := func(t *testing.T, o *office, key string) {
		t.Helper()
		exactly(t, o.chat(key), 401, "auth_error", "None", noUser)
		exactly(t, o.chat(key, `"user":"gm"`, `"metadata":{}`), 401, "auth_error", "None", noGenerationName)
		r := o.chat(key, `"user":"gm"`, `"metadata":{"generation_name":"prod-app"}`)
		admitted(t, r)
		v, _ := r.JSON()
		like(t, v, `{"id":"chatcmpl-9XALnHqkCBMBKrOx7Abg0hURHqYtY","choices":[{"finish_reason":"stop","index":0,"message":{"content":"Hello!",
			"role":"assistant"}}],"created":1717691639,"model":"gpt-3.5-turbo-0125","object":"chat.completion",
			"usage":{"completion_tokens":9,"prompt_tokens":8,"total_tokens":17}}`)
	}
	t.Run("configuration", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, "enforced_params: [user, metadata.generation_name]")
		enforcing(t, o, o.key(`{}`))
	})
	t.Run("key", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t)
		made := o.manage("/key/generate", `{"enforced_params":["user","metadata.generation_name"]}`)
		like(t, made, `{"key":"sk-","enforced_params":["user","metadata.generation_name"]}`)
		enforcing(t, o, made["key"].(string))
		admitted(t, o.chat(o.key(`{}`)))
	})
}

// TestWalkRoutes is the walk of "control which routes are public and which are private".
func TestWalkRoutes(t *testing.T) {
	t.Parallel()
	up := mock.Numbered(t)
	o := openOfficeBefore(t, up, `public_routes: ["LiteLLMRoutes.public_routes", "/spend/calculate"]`, `admin_only_routes: ["/key/generate"]`)
	r := o.Post("/spend/calculate", `{"model":"gpt-4","messages":[{"role":"user","content":"Hey, how's it going?"}]}`)
	admitted(t, r)
	v, _ := r.JSON()
	if like(t, v, `{"cost":0.0000105}`); number(member(v, "cost")) <= 0 {
		t.Errorf("answered %s", r.Body)
	}
	user := o.manage("/user/new", `{"user_role":"internal_user"}`)["key"].(string)
	for _, key := range []string{o.key(`{}`), user} {
		exactly(t, o.Post("/key/generate", `{"user_role":"internal_user"}`, bearer(key)...), 403, "auth_error", "None",
			"user not allowed to access this route. Route=/key/generate is an admin only route")
	}
	from := len(o.Logged())
	o.WriteConfig(officeConfig(up, `  allowed_routes: ["/chat/completions", "/spend/calculate", "LiteLLMRoutes.public_routes"]`))
	o.Signal(syscall.SIGHUP)
	o.WaitLog(from, "configuration reloaded")
	admitted(t, o.Post("/chat/completions", request(), bearer(masterKey)...))
	exactly(t, o.Post("/embeddings", `{"model":"text-embedding-ada-002","input":["write a litellm poem"]}`, bearer(masterKey)...),
		403, "auth_error", "None", "Route /embeddings not allowed")
	if r := o.Get("/health/liveliness"); r.Status != 200 {
		t.Errorf("a public route answers %d", r.Status)
	}
}

func TestWalkRobots(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "block_robots: true")
	if r := o.Get("/robots.txt"); r.Status != 200 || strings.TrimSpace(string(r.Body)) != "User-agent: *\nDisallow: /" {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
}

// TestWalkPermissions is the walk of "secret detection per key": the permission is kept, and shown as the samples do.
func TestWalkPermissions(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	made := o.manage("/key/generate", `{"permissions":{"hide_secrets":false}}`)
	like(t, made, `{"permissions":{"hide_secrets":false},"key":"sk-jNm1Zar7XfNdZXp49Z1kSQ"}`)
	if secret := made["key"].(string); len(secret) != len("sk-jNm1Zar7XfNdZXp49Z1kSQ") || made["key_name"] != "sk-..."+secret[len(secret)-4:] {
		t.Errorf("key %q, name %v", secret, made["key_name"])
	}
	for _, on := range []bool{true, false} {
		got := o.manage("/key/update", fmt.Sprintf(`{"key":%q,"permissions":{"hide_secrets":%v}}`, made["key"], on))
		like(t, got, `{"permissions":{"hide_secrets":false},"key":"sk-jNm1Zar7XfNdZXp49Z1kSQ"}`)
		if member(got, "permissions", "hide_secrets") != on {
			t.Errorf("updated to %v, answered %v", on, got)
		}
	}
	r := o.Post("/key/generate", `{"permissions":{"hide_secret":false}}`, bearer(masterKey)...)
	if r.Status != 400 || !strings.Contains(string(r.Body), "hide_secrets") {
		t.Errorf("a misspelt permission: answered %d %s", r.Status, r.Body)
	}
	info := member(o.look("/key/info?key="+made["key"].(string)), "info")
	if member(info, "permissions", "hide_secrets") != false || member(info, "token") != nil {
		t.Errorf("info %v", info)
	}
}
