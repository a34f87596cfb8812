package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// upstream answers every endpoint at once.
func upstream(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"x","object":"x","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","text":"a",`+
			`"message":{"role":"assistant","content":"a"}}],"data":[],"results":[],"usage":{"prompt_tokens":1}}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func config(address string) string {
	return fmt.Sprintf(`
model_list:
  - {model_name: chat, litellm_params: {model: openai/x, api_key: k, api_base: %s/v1}}
  - {model_name: a/b, litellm_params: {model: openai/y, api_key: k, api_base: %s/v1}}
`, address, address)
}

func TestRoutes(t *testing.T) {
	g := apptest.Start(t, apptest.Setup{Config: config(upstream(t).URL)})
	bodies := map[string]string{
		"/chat/completions": `{"model":"chat","messages":[{"role":"user","content":"a"}]}`,
		"/completions":      `{"model":"chat","prompt":"a"}`,
		"/embeddings":       `{"model":"chat","input":"a"}`,
		"/moderations":      `{"model":"chat","input":"a"}`,
	}
	for path, body := range bodies {
		for _, prefix := range []string{"", "/v1", "/engines/chat", "/v1/engines/chat", "/openai/deployments/chat", "/openai/deployments/a/b", "/engines/a/b"} {
			for _, query := range []string{"", "?api-version=2024-02-01"} {
				if r := g.Post(prefix+path+query, body); r.Status != 200 || r.Header.Get("Content-Type") != "application/json" {
					t.Errorf("POST %s%s%s: %d %s", prefix, path, query, r.Status, r.Body)
				}
			}
			check(t, g, http.MethodGet, prefix+path, 405)
		}
	}
	for _, path := range []string{
		"/models", "/v1/models", "/models/chat", "/v1/models/a/b", "/model/info", "/v1/model/info", "/model_group/info", "/health?model=none",
		"/health/liveliness", "/health/liveness", "/health/readiness", "/",
	} {
		if r := g.Get(path); r.Status != 200 || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("GET %s: %d %s", path, r.Status, r.Body)
		}
		check(t, g, http.MethodPost, path, 405)
		check(t, g, http.MethodHead, path, 405)
	}
	if r := g.Post("/utils/token_counter", `{"model":"m","prompt":""}`); r.Status != 200 {
		t.Errorf("token_counter: %d %s", r.Status, r.Body)
	}
	check(t, g, http.MethodGet, "/utils/token_counter", 405)
	for _, path := range []string{
		"/nope", "/v1", "/v1/", "/v2/chat/completions", "/chat/completions/", "/Chat/Completions", "/v1/v1/models", "/engines/chat",
		"/engines/chat/completion", "/openai/chat/completions", "//",
		"/robots.txt", "/debug/runtime", "/models/chat/../../health", "/health/", "/health/x", "/v1/engines//embeddings",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if r := g.Do(method, path, ""); r.Status != 404 && r.Status != 405 {
				t.Errorf("%s %s: %d %s", method, path, r.Status, r.Body)
			}
		}
	}
	check(t, g, http.MethodGet, "/nope", 404)
	check(t, g, http.MethodPost, "/nope", 404)
	check(t, g, http.MethodPost, "/engines/chat/nope", 404)
	check(t, g, http.MethodDelete, "/models", 405)
}

// check wants an answer in the second shape of errors.
func check(t *testing.T, g *apptest.Gateway, method, path string, status int) {
	t.Helper()
	r := g.Do(method, path, "")
	want := map[int]string{404: `{"detail":"Not Found"}`, 405: `{"detail":"Method Not Allowed"}`}[status]
	if method == http.MethodHead {
		want = ""
	}
	if r.Status != status || r.Body != want || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s %s: %d %s", method, path, r.Status, r.Body)
	}
	if status == 405 && r.Header.Get("Allow") == "" {
		t.Errorf("%s %s: no Allow", method, path)
	}
}

func TestBrowsers(t *testing.T) {
	g := apptest.Start(t, apptest.Setup{Config: config("http://127.0.0.1:1") + "general_settings: {master_key: sk-1234}\n"})
	for _, path := range []string{"/v1/chat/completions", "/models", "/openai/deployments/a/chat/completions"} {
		r := g.Do(http.MethodOptions, path, "", "Origin", "https://app.test", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,x-my")
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization,x-my",
			"Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
		} {
			if got := r.Header.Get(name); r.Status != 200 || got != want {
				t.Errorf("%s: %d %s: %q", path, r.Status, name, got)
			}
		}
	}
	if r := g.Do(http.MethodOptions, "/models", ""); r.Header.Get("Access-Control-Allow-Headers") != "*" {
		t.Errorf("got %v", r.Header)
	}
	for _, path := range []string{"/models", "/nope", "/health/liveliness"} {
		if r := g.Get(path, "Origin", "https://app.test"); r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, r.Status, r.Header)
		}
	}
}

func TestErrorsHaveTheirShapes(t *testing.T) {
	g := apptest.Start(t, apptest.Setup{Config: config("http://127.0.0.1:1") + "general_settings: {master_key: sk-1234}\n"})
	want := `{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}`
	for _, path := range []string{"/v1/chat/completions", "/engines/chat/embeddings"} {
		if r := g.Post(path, `{}`); r.Status != 401 || r.Body != want || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
}
