package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestHealth calls every deployment and tells which answer.
func TestHealth(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{Config: strings.ReplaceAll(`
model_list:
  - model_name: good
    litellm_params: {model: openai/good, api_base: $UP/v1, api_key: sk-secret-a}
  - model_name: vectors
    litellm_params: {model: openai/vectors, api_base: $UP/v1, api_key: sk-secret-a}
    model_info: {mode: embedding}
  - model_name: bad
    litellm_params: {model: openai/fail-401, api_base: $UP/v1, api_key: sk-secret-a}
general_settings: {master_key: sk-secret-master}
`, "$UP", up.URL)})
	r := g.Get("/health", "Authorization", "Bearer "+masterKey)
	var report struct {
		Healthy   []map[string]any `json:"healthy_endpoints"`
		Unhealthy []map[string]any `json:"unhealthy_endpoints"`
		Good      int              `json:"healthy_count"`
		Bad       int              `json:"unhealthy_count"`
	}
	if err := json.Unmarshal(r.Body, &report); err != nil || r.Status != 200 {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	if report.Good != 2 || report.Bad != 1 || len(report.Healthy) != 2 || report.Unhealthy[0]["model"] != "openai/fail-401" {
		t.Errorf("answered %s", r.Body)
	}
	if strings.Contains(string(r.Body), gateway.SecretMark) {
		t.Errorf("it shows a secret: %s", r.Body)
	}
	paths := map[string]bool{}
	for _, r := range up.Requests() {
		paths[r.Path] = true
	}
	if !paths["/v1/embeddings"] || !paths["/v1/chat/completions"] {
		t.Errorf("called %v", paths)
	}
}

// TestPages: what answers without a key and without a model.
func TestPages(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t, gateway.Options{Config: "general_settings: {master_key: sk-secret-master, block_robots: true}\n"})
	for path, want := range map[string]string{
		"/":                  "LiteLLM: RUNNING",
		"/health/liveliness": "I'm alive!",
		"/health/liveness":   "I'm alive!",
		"/health/readiness":  `"status":"healthy"`,
		"/robots.txt":        "User-agent: *\nDisallow: /",
	} {
		if r := g.Get(path); r.Status != 200 || !strings.Contains(string(r.Body), want) {
			t.Errorf("%s answered %d %s", path, r.Status, r.Body)
		}
	}
}

// TestModelInfo: deployments and groups, with what the catalogue knows of them.
func TestModelInfo(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t, gateway.Options{Config: `
model_list:
  - model_name: chat
    litellm_params: {model: openai/gpt-4o, api_key: sk-secret-a, rpm: 10, tpm: 100}
    model_info: {id: one, team: red}
  - model_name: chat
    litellm_params: {model: anthropic/claude-3-5-sonnet-20240620, api_key: sk-secret-b, rpm: 5}
`})
	r := g.Get("/v1/model/info")
	var info struct {
		Data []struct {
			Name   string         `json:"model_name"`
			Params map[string]any `json:"litellm_params"`
			Info   map[string]any `json:"model_info"`
		}
	}
	if err := json.Unmarshal(r.Body, &info); err != nil || len(info.Data) != 2 {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	d := info.Data[0]
	if d.Name != "chat" || d.Params["model"] != "openai/gpt-4o" || d.Info["id"] != "one" || d.Info["team"] != "red" ||
		d.Info["litellm_provider"] != "openai" || d.Info["input_cost_per_token"] == nil || d.Info["max_input_tokens"] == nil {
		t.Errorf("first: %+v", d)
	}
	r = g.Get("/model_group/info")
	var groups struct{ Data []map[string]any }
	if err := json.Unmarshal(r.Body, &groups); err != nil || len(groups.Data) != 1 {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	if group := groups.Data[0]; group["model_group"] != "chat" || group["rpm"] != 15.0 || len(group["providers"].([]any)) != 2 {
		t.Errorf("group: %v", group)
	}
	if strings.Contains(string(r.Body), gateway.SecretMark) {
		t.Errorf("it shows a secret: %s", r.Body)
	}
}

// TestTokenCounter counts as OpenAI does.
func TestTokenCounter(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/gpt-4o", mock.OpenAI(t).URL, "")
	for body, want := range map[string]string{
		`{"model":"m","prompt":"hello world"}`:                               `"total_tokens":2`,
		`{"model":"m","messages":[{"role":"user","content":"hello world"}]}`: `"total_tokens":9`,
	} {
		r := g.Post("/utils/token_counter", body)
		if r.Status != 200 || !strings.Contains(string(r.Body), want) || !strings.Contains(string(r.Body), `"model_used":"openai/gpt-4o"`) {
			t.Errorf("%s: answered %d %s", body, r.Status, r.Body)
		}
	}
	if r := g.Post("/utils/token_counter", `{"model":"m"}`); r.Status != 400 {
		t.Errorf("without a text: answered %d %s", r.Status, r.Body)
	}
}
