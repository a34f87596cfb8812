package e2e

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestOrganizations: the documentation's example, with its unquoted star: one deployment for each organization.
func TestOrganizations(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{
		Config: `
model_list:
  - model_name: *
    litellm_params:
      model: openai/*
      api_key: os.environ/OPENAI_API_KEY
      organization:
        - org-1
        - org-2
        - org-3
`,
		Env: []string{"OPENAI_API_KEY=sk-secret-env", "OPENAI_BASE_URL=" + up.URL + "/v1"},
	})
	for range 60 {
		if r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"gpt-4o"`, 1)); r.Status != 200 {
			t.Fatalf("answered %d %s", r.Status, r.Body)
		}
	}
	seen := map[string]int{}
	for _, r := range up.Requests() {
		seen[r.Header.Get("OpenAI-Organization")]++
	}
	if len(seen) != 3 || seen["org-1"] == 0 || seen["org-2"] == 0 || seen["org-3"] == 0 {
		t.Errorf("organizations were called %v", seen)
	}
	info := string(g.Get("/v1/model/info").Body)
	if strings.Count(info, `"model_name":"*"`) != 3 {
		t.Errorf("/v1/model/info answered %s", info)
	}
}

// TestDeploymentSettings: defaults, extra headers, dropped parameters and API versions of litellm_params.
func TestDeploymentSettings(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{Config: strings.ReplaceAll(`
model_list:
  - model_name: openai-gpt-3.5
    litellm_params:
      model: openai/gpt-3.5-turbo
      api_base: $UP/v1
      extra_headers: {"AI-Resource-Group": "ishaan-resource"}
      api_key: sk-secret-123
      organization: org-ikDc4ex8NB
      temperature: 0.2
      max_tokens: 20
      seed: 12
  - model_name: token
    litellm_params: {model: azure/chatgpt-v-2, api_base: $UP, api_version: "2023-05-15", azure_ad_token: sk-secret-ad}
  - model_name: strict
    litellm_params: {model: groq/llama, api_base: $UP/v1, api_key: sk-secret-a}
  - model_name: lenient
    litellm_params: {model: groq/llama, api_base: $UP/v1, api_key: sk-secret-a, drop_params: true}
`, "$UP", up.URL)})
	send := func(model, more string) (gateway.Reply, mock.Request) {
		r := g.Post(chat, strings.Replace(askWhole, `{"model":"m"`, `{"model":"`+model+`"`+more, 1))
		return r, up.Last(t)
	}
	r, got := send("openai-gpt-3.5", `,"temperature":0.9`)
	if r.Status != 200 || got.Header.Get("AI-Resource-Group") != "ishaan-resource" || got.Header.Get("OpenAI-Organization") != "org-ikDc4ex8NB" {
		t.Errorf("answered %d, sent %v", r.Status, got.Header)
	}
	for _, want := range []string{`"temperature":0.9`, `"max_tokens":20`, `"seed":12`} {
		if strings.Count(got.Body, strings.SplitAfter(want, ":")[0]) != 1 || !strings.Contains(got.Body, want) {
			t.Errorf("the upstream got %s, want %s once", got.Body, want)
		}
	}
	if r, got = send("token", ""); r.Status != 200 || got.Header.Get("Authorization") != "Bearer sk-secret-ad" || got.Header.Get("Api-Key") != "" || got.Query != "api-version=2023-05-15" {
		t.Errorf("answered %d, sent %v to ?%s", r.Status, got.Header, got.Query)
	}
	if r, got = send("lenient", `,"logit_bias":{"1":2}`); r.Status != 200 || strings.Contains(got.Body, "logit_bias") {
		t.Errorf("answered %d, the upstream got %s", r.Status, got.Body)
	}
	before := len(up.Requests())
	r, _ = send("strict", `,"logit_bias":{"1":2}`)
	if e, ok := r.Error(); !ok || r.Status != 400 || !strings.HasPrefix(e.Message, "litellm.UnsupportedParamsError: ") || len(up.Requests()) != before {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
	if r, got = send("strict", `,"logit_bias":{"1":2},"drop_params":true`); r.Status != 200 || strings.Contains(got.Body, "logit_bias") {
		t.Errorf("answered %d, the upstream got %s", r.Status, got.Body)
	}
}
