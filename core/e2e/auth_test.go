package e2e

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestKeys checks every way of sending a key, and what is said to those who have none.
func TestKeys(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := single(t, "openai/m", up.URL+"/v1", "general_settings: {master_key: sk-secret-master}")
	key := masterKey
	wrong := gateway.Secret("wrong")
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("anyone:"+key))
	for _, tc := range []struct {
		name, header, value string
		status              int
		text                string
	}{
		{"bearer", "Authorization", "Bearer " + key, 200, ""},
		{"lower-case bearer", "Authorization", "bearer " + key, 200, ""},
		{"basic", "Authorization", basic, 200, ""},
		{"azure", "api-key", key, 200, ""},
		{"azure, other case", "API-Key", key, 200, ""},
		{"anthropic", "x-api-key", key, 200, ""},
		{"google", "x-goog-api-key", key, 200, ""},
		{"azure gateway", "Ocp-Apim-Subscription-Key", key, 200, ""},
		{"litellm", "x-litellm-api-key", "Bearer " + key, 200, ""},
		{"no bearer", "Authorization", key, 401, "Malformed API Key passed in. Ensure Key has `Bearer ` prefix."},
		{"unknown key", "Authorization", "Bearer " + wrong, 401, "Invalid proxy server token passed. Received API Key (hashed)="},
		{"unknown azure key", "api-key", wrong, 401, "Invalid proxy server token passed."},
		{"foreign key", "Authorization", "Bearer other-" + wrong, 401, "LiteLLM Virtual Key expected. Received="},
		{"other header", "X-My-Key", key, 401, "No api key passed in."},
		{"nothing", "X-Nothing", "x", 401, "No api key passed in."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := len(up.Requests())
			r := g.Post("/v1/chat/completions", askWhole, tc.header, tc.value)
			if r.Status != tc.status {
				t.Fatalf("answered %d %s", r.Status, r.Body)
			}
			if tc.status == 200 {
				return
			}
			e, ok := r.Error()
			if !ok || e.Type != "auth_error" || e.Param != "None" || e.Code != "401" || !strings.HasPrefix(e.Message, "Authentication Error, "+tc.text) {
				t.Errorf("answered %s", r.Body)
			}
			if strings.Contains(string(r.Body), gateway.SecretMark) {
				t.Errorf("the answer repeats a key: %s", r.Body)
			}
			if len(up.Requests()) != before {
				t.Error("the request went on to the upstream")
			}
		})
	}
}

// TestKeysProtectEverything: without a key only public routes answer.
func TestKeysProtectEverything(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/m", mock.OpenAI(t).URL, "general_settings: {master_key: sk-secret-master}")
	for path, status := range map[string]int{
		"/health/liveliness": 200, "/health/liveness": 200, "/health/readiness": 200, "/": 200,
		"/models": 401, "/v1/models": 401, "/v1/models/m": 401, "/model/info": 401, "/v1/model/info": 401,
		"/model_group/info": 401, "/health": 401, "/no/such/path": 404,
	} {
		if r := g.Get(path); r.Status != status {
			t.Errorf("GET %s answered %d %s, want %d", path, r.Status, r.Body, status)
		}
	}
	for _, path := range []string{"/v1/chat/completions", "/completions", "/embeddings", "/v1/moderations",
		"/openai/deployments/m/chat/completions", "/engines/m/completions", "/utils/token_counter"} {
		if r := g.Post(path, `{"model":"m"}`); r.Status != 401 {
			t.Errorf("POST %s answered %d %s", path, r.Status, r.Body)
		}
	}
}

func TestKeyHeaderName(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/m", mock.OpenAI(t).URL+"/v1",
		"general_settings: {master_key: sk-secret-master, litellm_key_header_name: X-My-Key}")
	for _, tc := range []struct {
		header, value string
		status        int
	}{
		{"X-My-Key", "Bearer " + masterKey, 200},
		{"x-my-key", masterKey, 200},
		{"X-My-Key", gateway.Secret("wrong"), 401},
		{"Authorization", "Bearer " + masterKey, 401},
		{"api-key", masterKey, 401},
	} {
		if r := g.Post("/v1/chat/completions", askWhole, tc.header, tc.value); r.Status != tc.status {
			t.Errorf("%s answered %d %s, want %d", tc.header, r.Status, r.Body, tc.status)
		}
	}
}

// TestMasterKeyFromEnvironment: LITELLM_MASTER_KEY fills in what the configuration lacks.
func TestMasterKeyFromEnvironment(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t, gateway.Options{Env: []string{"LITELLM_MASTER_KEY=" + masterKey}})
	if r := g.Get("/v1/models"); r.Status != 401 {
		t.Errorf("answered %d without a key", r.Status)
	}
	if r := g.Get("/v1/models", "Authorization", "Bearer "+masterKey); r.Status != 200 {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
}

// TestNoKeyConfigured: then everybody may call, with any key or none.
func TestNoKeyConfigured(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := single(t, "openai/m", up.URL+"/v1", "")
	for _, header := range []string{"", "Bearer anything"} {
		if r := g.Post("/v1/chat/completions", askWhole, "Authorization", header); r.Status != 200 {
			t.Errorf("answered %d %s", r.Status, r.Body)
		}
	}
	if got := up.Last(t).Header.Get("Authorization"); got != "Bearer sk-secret-upstream" {
		t.Errorf("the upstream got %q: a client's key must not reach it", got)
	}
}
