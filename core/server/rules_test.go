package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// house is a gateway with a database.
type house struct {
	*testing.T
	*apptest.Gateway
}

const master = "Bearer sk-1234"

// open starts a gateway with general_settings of its own, one on a line.
func open(t *testing.T, settings string) house {
	t.Helper()
	text := config(upstream(t).URL) + "general_settings:\n  master_key: sk-1234\n"
	for line := range strings.Lines(settings) {
		text += "  " + line
	}
	return house{t, apptest.Start(t, apptest.Setup{Config: text + "\n", Options: app.Options{DataDir: t.TempDir()}})}
}

// made is a new key's header, or a new user's.
func (h house) made(path, body string) string {
	h.Helper()
	r := h.Post(path, body, "Authorization", master)
	var answer struct{ Key string }
	if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || r.Status != 200 || answer.Key == "" {
		h.Fatalf("%s %s: %d %s", path, body, r.Status, r.Body)
	}
	return "Bearer " + answer.Key
}

// is makes a request and wants an envelope with that text, or a success for "".
func (h house) is(status int, text, method, path, body string, headers ...string) {
	h.Helper()
	r := h.Do(method, path, body, headers...)
	want := fmt.Sprintf(`{"error":{"message":"%s","type":"auth_error","param":"None","code":"%d"}}`, text, status)
	if r.Status != status || text != "" && r.Body != want {
		h.Errorf("%s %s %s %q: %d %s", method, path, body, headers, r.Status, r.Body)
	}
}

const chat = `{"model":"chat","messages":[{"role":"user","content":"hi"}]}`
const embedding = `{"model":"chat","input":"a"}`

// spellings are the paths of an API that calls a model.
func spellings(path string) []string {
	return []string{path, "/v1" + path, "/engines/chat" + path, "/v1/engines/chat" + path, "/openai/deployments/chat" + path, "/openai/deployments/a%2Fb" + path}
}

func TestAllowedRoutes(t *testing.T) {
	h := open(t, `allowed_routes: ["/chat/completions", "/spend/calculate", "LiteLLMRoutes.info_routes"]`)
	for _, key := range []string{master, "Bearer sk-wrong", ""} {
		for _, path := range spellings("/embeddings") {
			plain := strings.ReplaceAll(path, "%2F", "/")
			h.is(403, "Route "+plain+" not allowed", "POST", path, embedding, "Authorization", key)
		}
		h.is(403, "Route /key/generate not allowed", "POST", "/key/generate", `{}`, "Authorization", key)
		h.is(403, "Route /models not allowed", "GET", "/models", "", "Authorization", key)
		h.is(403, "Route / not allowed", "GET", "/", "", "Authorization", key)
	}
	for _, path := range spellings("/chat/completions") {
		h.is(200, "", "POST", path, chat, "Authorization", master)
	}
	h.is(200, "", "GET", "/key/list", "", "Authorization", master)
	h.is(401, "Authentication Error, No api key passed in.", "GET", "/key/list", "")
	for _, path := range []string{"/health/liveliness", "/health/liveness", "/health/readiness"} {
		h.is(200, "", "GET", path, "")
	}
	for path, status := range map[string]int{"/nope": 404, "/v1/nope": 404, "/chat/completions": 405} {
		h.is(status, "", "GET", path, "")
	}
}

// TestNoSpellingGetsAroundARule: a path that the router takes for a route is ruled as that route; all others are not there.
func TestNoSpellingGetsAroundARule(t *testing.T) {
	h := open(t, `allowed_routes: ["/chat/completions"]
public_routes: ["/chat/completions/*", "/v1/models/*"]`)
	for _, path := range []string{"/embeddings/", "//embeddings", "/v1//embeddings", "/v1/../embeddings", "/./embeddings", "/chat/../embeddings", "/%65mbeddings",
		"/v1%2Fembeddings", "/Embeddings", "/EMBEDDINGS", "/embeddings;x", "/embeddings%20", "/embeddings%00", "/embeddings?/chat/completions",
		"/embeddings#/chat/completions", "/chat/completions/../../embeddings", "/chat/completions%2F..%2F..%2Fembeddings", "/engines/../embeddings",
		"/openai/deployments/chat/completions/embeddings", "/openai/deployments/chat/../chat/embeddings", "/v1/engines/chat%2Fcompletions/embeddings",
		"/v1/v1/embeddings", "/chat/completions/embeddings"} {
		for _, extra := range [][]string{nil, {"X-Original-URL", "/chat/completions"}, {"X-Rewrite-Url", "/chat/completions"}, {"X-Http-Method-Override", "GET"},
			{"X-Forwarded-Prefix", "/chat/completions"}} {
			if r := h.Do("POST", path, embedding, append([]string{"Authorization", master}, extra...)...); r.Status < 400 {
				t.Errorf("POST %s %q: %d %s", path, extra, r.Status, r.Body)
			}
		}
	}
}

func TestNoSpellingMakesAnAdministrator(t *testing.T) {
	h := open(t, `admin_only_routes: ["/v1/chat/completions"]
public_routes: ["/chat/completions/*", "/v1/models/*", "/engines/chat/chat/completions", "chat"]`)
	key := h.made("/key/generate", `{}`)
	for _, path := range append(spellings("/chat/completions"), "/chat/completions/", "//chat/completions", "/%63hat/completions", "/v1/../chat/completions",
		"/Chat/Completions", "/openai/deployments/chat/chat/completions", "/engines/x/../chat/completions", "/chat/completions?public=1") {
		for _, headers := range [][]string{{"Authorization", key}, {"AUTHORIZATION", key}, {"X-Api-Key", key}, {"Authorization", key, "Authorization", master},
			{"Authorization", key, "X-Api-Key", master}, {"Authorization", key, "X-Forwarded-User", "admin"}, {}} {
			if r := h.Do("POST", path, chat, headers...); r.Status < 400 {
				t.Errorf("POST %s %q: %d %s", path, headers, r.Status, r.Body)
			}
		}
	}
}

func TestAdminOnlyRoutes(t *testing.T) {
	h := open(t, `admin_only_routes: ["/key/generate", "/embeddings"]`)
	key := h.made("/key/generate", `{}`)
	user := h.made("/user/new", `{"user_id":"u","user_role":"internal_user"}`)
	admin := h.made("/user/new", `{"user_id":"a","user_role":"proxy_admin"}`)
	for _, who := range []string{key, user} {
		h.is(403, "user not allowed to access this route. Route=/key/generate is an admin only route", "POST", "/key/generate", `{"user_role":"internal_user"}`, "Authorization", who)
		for _, path := range spellings("/embeddings") {
			plain := strings.ReplaceAll(path, "%2F", "/")
			h.is(403, "user not allowed to access this route. Route="+plain+" is an admin only route", "POST", path, embedding, "Authorization", who)
		}
		h.is(200, "", "POST", "/chat/completions", chat, "Authorization", who)
	}
	for _, who := range []string{admin, master} {
		h.is(200, "", "POST", "/key/generate", `{}`, "Authorization", who)
		h.is(200, "", "POST", "/embeddings", embedding, "Authorization", who)
	}
	h.is(401, "Authentication Error, No api key passed in.", "POST", "/key/generate", `{}`)
}

func TestPublicRoutes(t *testing.T) {
	h := open(t, `public_routes: ["LiteLLMRoutes.public_routes", "/spend/calculate", "/models", "/v1/embeddings"]`)
	for _, key := range []string{"", "Bearer sk-wrong", master} {
		h.is(200, "", "GET", "/models", "", "Authorization", key)
		h.is(200, "", "GET", "/v1/models", "", "Authorization", key)
		h.is(200, "", "GET", "/", "", "Authorization", key)
		for _, path := range spellings("/embeddings") {
			h.is(200, "", "POST", path, embedding, "Authorization", key)
		}
		h.is(200, "", "POST", "/spend/calculate", `{"model":"gpt-4","messages":[{"role":"user","content":"Hey"}]}`, "Authorization", key)
	}
	const none = "Authentication Error, No api key passed in."
	h.is(401, none, "POST", "/chat/completions", chat)
	h.is(401, none, "GET", "/models/chat", "")
	h.is(401, none, "GET", "/spend/logs", "")
	h.is(401, none, "GET", "/plugins", "")
}

func TestAllowedAddresses(t *testing.T) {
	h := open(t, `allowed_ips: ["192.0.2.7", "10.0.0.0/8"]
use_x_forwarded_for: true`)
	for forwarded, refused := range map[string]string{"192.0.2.7": "", "1.2.3.4, 10.1.2.3": "", "10.1.2.3:4711": "", "192.0.2.8": "192.0.2.8",
		"10.0.0.1, 192.0.2.8": "192.0.2.8", "localhost": "localhost"} {
		for _, key := range []string{master, "Bearer sk-wrong", ""} {
			for _, path := range []string{"/models", "/key/list", "/plugins", "/"} {
				status, text := 403, "Access forbidden: IP address "+refused+" not allowed."
				if refused == "" {
					if status, text = 200, ""; key != master && path != "/" {
						status = 401
					}
				}
				h.is(status, text, "GET", path, "", "Authorization", key, "x-forwarded-FOR", forwarded)
			}
			if refused != "" {
				for _, path := range spellings("/chat/completions") {
					h.is(403, "Access forbidden: IP address "+refused+" not allowed.", "POST", path, chat, "Authorization", key, "X-Forwarded-For", forwarded)
				}
			}
		}
	}
	h.is(403, "Access forbidden: IP address 9.9.9.9 not allowed.", "GET", "/models", "", "Authorization", master,
		"X-Forwarded-For", "10.0.0.1", "X-Forwarded-For", "9.9.9.9")
	h.is(200, "", "GET", "/health/liveliness", "")
	h.is(404, "", "GET", "/nope", "")

	direct := open(t, `allowed_ips: ["10.0.0.0/8"]`)
	direct.is(403, "Access forbidden: IP address  not allowed.", "GET", "/models", "", "Authorization", master, "X-Forwarded-For", "10.0.0.1")
}

// TestOrderOfTheFirstChecks: what no key opens fails the same way with any key, and in this order.
func TestOrderOfTheFirstChecks(t *testing.T) {
	h := open(t, `allowed_ips: ["192.0.2.7"]
allowed_routes: ["/embeddings"]
max_request_size_mb: 0.001
use_x_forwarded_for: true`)
	const banned = `{"model":"chat","api_base":"http://x"}`
	for _, key := range []string{master, "Bearer sk-wrong", ""} {
		large := strings.Replace(banned, "{", "{"+strings.Repeat(" ", 2000), 1)
		if r := h.Post("/chat/completions", large, "Authorization", key); r.Status != 400 || !strings.Contains(r.Body, "Request size is too large") {
			t.Errorf("%d %s", r.Status, r.Body)
		}
		if r := h.Post("/chat/completions", banned, "Authorization", key); r.Status != 401 || !strings.Contains(r.Body, "Rejected Request: api_base") {
			t.Errorf("%d %s", r.Status, r.Body)
		}
		h.is(403, "Access forbidden: IP address 1.1.1.1 not allowed.", "POST", "/chat/completions", chat, "Authorization", key, "X-Forwarded-For", "1.1.1.1")
		h.is(403, "Route /chat/completions not allowed", "POST", "/chat/completions", chat, "Authorization", key, "X-Forwarded-For", "192.0.2.7")
	}
}

func TestRoutesOfAKey(t *testing.T) {
	h := open(t, "")
	key := h.made("/key/generate", `{"allowed_routes":["/v1/chat/completions","LiteLLMRoutes.info_routes"]}`)
	refused := func(path string) string {
		return "Virtual key is not allowed to call this route. Only allowed to call routes: ['/v1/chat/completions', 'LiteLLMRoutes.info_routes']. Tried to call route: " + path
	}
	for _, path := range spellings("/chat/completions") {
		h.is(200, "", "POST", path, chat, "Authorization", key)
	}
	for _, path := range spellings("/embeddings") {
		h.is(403, refused(strings.ReplaceAll(path, "%2F", "/")), "POST", path, embedding, "Authorization", key)
	}
	h.is(200, "", "GET", "/key/info", "", "Authorization", key)
	h.is(403, refused("/models"), "GET", "/models", "", "Authorization", key)
	h.is(403, refused("/key/generate"), "POST", "/key/generate", "{}", "Authorization", key)
}

func TestRoles(t *testing.T) {
	h := open(t, "")
	only := func(path, role, user string) string {
		return "Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. Route=" + path +
			". Your role=" + role + ". Your user_id=" + user
	}
	const viewing = "user not allowed to access this route, role= proxy_admin_viewer. Trying to access: "
	keys := map[string]string{"": h.made("/key/generate", `{}`)}
	for _, role := range []string{"proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"} {
		keys[role] = h.made("/user/new", fmt.Sprintf(`{"user_id":%q,"user_role":%q}`, role, role))
	}
	for role, key := range keys {
		h.is(200, "", "POST", "/chat/completions", chat, "Authorization", key)
		h.is(200, "", "GET", "/models", "", "Authorization", key)
		h.is(200, "", "GET", "/key/info", "", "Authorization", key)
		h.is(200, "", "GET", "/model/info", "", "Authorization", key)
		if role != "proxy_admin" && role != "proxy_admin_viewer" {
			h.is(403, "key not allowed to access this user's info. user_id=someone, key's user_id="+role, "GET", "/user/info?user_id=someone", "", "Authorization", key)
			h.is(403, "key not allowed to access this user's info. user_id=someone, key's user_id="+role, "GET", "/user/info?user_id="+role+"&user_id=someone", "", "Authorization", key)
		}
	}
	for _, c := range []struct{ method, path, body, may string }{
		{"POST", "/key/generate", `{}`, "proxy_admin internal_user"},
		{"POST", "/team/new", `{}`, "proxy_admin"},
		{"POST", "/user/new", `{}`, "proxy_admin"},
		{"GET", "/plugins", ``, "proxy_admin proxy_admin_viewer"},
		{"GET", "/user/list", ``, "proxy_admin proxy_admin_viewer"},
		{"GET", "/budget/list", ``, "proxy_admin proxy_admin_viewer"},
		{"POST", "/customer/block", `{"user_ids":["c"]}`, "proxy_admin"},
		{"POST", "/end_user/block", `{"user_ids":["c"]}`, "proxy_admin"},
		{"POST", "/user/block", `{"user_ids":["c"]}`, "proxy_admin"},
		{"GET", "/spend/logs", ``, "proxy_admin proxy_admin_viewer internal_user internal_user_viewer"},
	} {
		for role, key := range keys {
			switch {
			case role != "" && strings.Contains(" "+c.may+" ", " "+role+" "):
				h.is(200, "", c.method, c.path, c.body, "Authorization", key)
			case role == "proxy_admin_viewer":
				h.is(403, viewing+c.path, c.method, c.path, c.body, "Authorization", key)
			case role == "":
				h.is(401, only(c.path, "unknown", "unknown"), c.method, c.path, c.body, "Authorization", key)
			default:
				h.is(401, only(c.path, role, role), c.method, c.path, c.body, "Authorization", key)
			}
		}
	}
	viewer := keys["proxy_admin_viewer"]
	h.is(403, viewing+"/user/update and updating invalid param: user_role. only user_email and password can be updated", "POST", "/user/update",
		`{"user_id":"proxy_admin_viewer","user_role":"proxy_admin"}`, "Authorization", viewer)
	h.is(200, "", "POST", "/user/update", `{"user_id":"proxy_admin_viewer","user_email":"me@example.com"}`, "Authorization", viewer)
	h.is(401, "Authentication Error, Tried to access route=/global/spend/reset, which is only for MASTER KEY", "POST", "/global/spend/reset", `{}`,
		"Authorization", keys["proxy_admin"])
}

func TestEnforcedParams(t *testing.T) {
	h := open(t, `enforced_params: [user]
service_account_settings: {enforced_params: [metadata.service]}
user_header_name: X-End-User`)
	key := h.made("/key/generate", `{"enforced_params":["user","metadata.generation_name"]}`)
	robot := h.made("/key/generate", `{"metadata":{"service_account_id":"r"}}`)
	text := func(param string) string {
		return "Authentication Error, BadRequest please pass param=" + param + " in request body. This is a required param"
	}
	with := func(more string) string { return strings.TrimSuffix(chat, "}") + more + "}" }
	for _, path := range spellings("/chat/completions") {
		h.is(401, text("user"), "POST", path, chat, "Authorization", master)
		h.is(401, text("user"), "POST", path, chat, "Authorization", key)
		h.is(401, text("[metadata][generation_name]"), "POST", path, with(`,"user":"u"`), "Authorization", key)
		h.is(200, "", "POST", path, with(`,"user":"u","metadata":{"generation_name":"g"}`), "Authorization", key)
		h.is(401, text("[metadata][service]"), "POST", path, with(`,"user":"u"`), "Authorization", robot)
		h.is(200, "", "POST", path, chat, "Authorization", master, "x-end-user", "u")
	}
	h.is(401, text("user"), "POST", "/embeddings", embedding, "Authorization", master)
	h.is(401, text("user"), "POST", "/chat/completions", strings.Replace(chat, `"chat"`, `"chat,chat"`, 1), "Authorization", master)
	h.is(200, "", "GET", "/models", "", "Authorization", key)

	strict := open(t, `enforce_user_param: true`)
	strict.is(401, "Authentication Error, 'user' param not passed in. 'enforce_user_param'=True", "POST", "/chat/completions", chat, "Authorization", master)
	strict.is(200, "", "POST", "/chat/completions", with(`,"user":"u"`), "Authorization", master)
	strict.is(200, "", http.MethodGet, "/models", "", "Authorization", master)
}
