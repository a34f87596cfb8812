package app_test

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// What the configuration says of a deployment reaches its upstream.
func TestDeploymentParameters(t *testing.T) {
	up, last := upstream(t)
	for name, c := range map[string]struct {
		params, rest string
		env          map[string]string
		want, not    []string
		status       int
	}{
		"defaults":                     {params: "temperature: 0.5, seed: 9", want: []string{`"temperature":0.5`, `"seed":1`}},
		"extra_body":                   {params: "temperature: 0.5, extra_body: {temperature: 1, top_k: 3}", want: []string{`"temperature":0.5`, `"top_k":3`}},
		"extra_body alone":             {params: "extra_body: {top_k: 3}", want: []string{`"top_k":3`}},
		"extra_headers":                {params: "extra_headers: {X-Mine: yes-it-is}, headers: {X-More: too}", want: []string{"X-Mine:[yes-it-is]", "X-More:[too]"}},
		"additional_drop":              {params: "additional_drop_params: [seed]", not: []string{`"seed"`}},
		"organization":                 {params: "organization: org-1", want: []string{"Openai-Organization:[org-1]"}},
		"key":                          {want: []string{"Authorization:[Bearer sk-secret]"}},
		"key of the environment":       {params: "api_key: null", env: map[string]string{"OPENAI_API_KEY": "sk-env"}, want: []string{"Authorization:[Bearer sk-env]"}},
		"key of environment_variables": {params: "api_key: null", rest: "environment_variables: {OPENAI_API_KEY: sk-file}\n", want: []string{"Authorization:[Bearer sk-file]"}},
		"the process comes first": {params: "api_key: null", rest: "environment_variables: {OPENAI_API_KEY: sk-file}\n", env: map[string]string{"OPENAI_API_KEY": "sk-env"},
			want: []string{"Authorization:[Bearer sk-env]"}},
		"no key on purpose": {params: `api_key: ""`, env: map[string]string{"OPENAI_API_KEY": "sk-env"}, not: []string{"Authorization"}},
		"credential":        {params: "api_key: null, litellm_credential_name: c", rest: "credential_list:\n  - {credential_name: c, credential_values: {api_key: sk-cred}, credential_info: {}}\n", want: []string{"Authorization:[Bearer sk-cred]"}},
	} {
		params := "model: openai/x, api_base: " + up.URL
		if !strings.Contains(c.params, "api_key") {
			params += ", api_key: sk-secret"
		}
		if c.params != "" {
			params += ", " + c.params
		}
		g := apptest.Start(t, apptest.Setup{Env: c.env, Config: "model_list:\n  - {model_name: m, litellm_params: {" + params + "}}\n" + c.rest})
		if r := hello(g, "m"); r.Status != 200 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(last(), part) {
				t.Errorf("%s: no %s in %s", name, part, last())
			}
		}
		for _, part := range c.not {
			if strings.Contains(last(), part) {
				t.Errorf("%s: %s in %s", name, part, last())
			}
		}
		g.Stop()
	}
}

func TestDropParams(t *testing.T) {
	up, last := upstream(t)
	const model = "model: text-completion-openai/x, api_key: k, api_base: UP"
	for name, c := range map[string]struct {
		params, rest string
		status       int
	}{
		"refused":           {"", "", 400},
		"setting":           {"", "litellm_settings: {drop_params: true}\n", 200},
		"deployment":        {", drop_params: true", "", 200},
		"deployment before": {", drop_params: false", "litellm_settings: {drop_params: true}\n", 400},
		"allowed":           {", allowed_openai_params: [tools]", "", 200},
	} {
		text := "model_list:\n  - {model_name: m, litellm_params: {" + strings.Replace(model, "UP", up.URL, 1) + c.params + "}}\n" + c.rest
		g := apptest.Start(t, apptest.Setup{Config: text})
		r := g.Post("/v1/completions", `{"model":"m","prompt":"Hi","tools":[]}`)
		if c.status == 400 && (r.Status != 400 || !strings.Contains(r.Body, "does not support parameters: ['tools']")) {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		if sent := strings.Contains(last(), `"tools"`); c.status == 200 && sent != (name == "allowed") {
			t.Errorf("%s: sent %s", name, last())
		}
		g.Stop()
	}
}

func TestSettings(t *testing.T) {
	up, last := upstream(t)
	g := apptest.Start(t, apptest.Setup{Config: strings.ReplaceAll(`
model_list:
  - {model_name: m, litellm_params: {model: openai/m, api_key: k, api_base: UP}}
  - {model_name: other, litellm_params: {model: openai/other, api_key: k, api_base: UP}}
general_settings: {completion_model: other, litellm_key_header_name: X-My-Key, master_key: sk-1, max_response_size_mb: 0.0001}
router_settings: {model_group_alias: {nick: m}}
`, "UP", up.URL)})
	r := g.Post("/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"Hi"}]}`, "X-My-Key", "sk-1")
	if r.Status != 400 || !strings.Contains(r.Body, "Response size is too large.") || !strings.Contains(last(), `"model":"other"`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := g.Get("/models/nick", "X-My-Key", "sk-1"); r.Status != 200 {
		t.Errorf("alias: %d", r.Status)
	}
	if got := strings.Join(g.App.Models(), " "); got != "m other" {
		t.Errorf("models: %s", got)
	}
}

// One that can't be called is told at the start, and the others serve all the same.
func TestUnusableDeployments(t *testing.T) {
	up, _ := upstream(t)
	g := apptest.Start(t, apptest.Setup{Config: strings.ReplaceAll(`
model_list:
  - {model_name: m, litellm_params: {model: mystery}}
  - {model_name: m, litellm_params: {model: openai/no-key}}
  - {model_name: m, litellm_params: {model: openai/x, api_key: sk-CANARY, api_base: UP}}
  - {model_name: alone, litellm_params: {model: openai/x, api_key: sk-CANARY, api_base: "ftp://sk-CANARY"}}
  - {model_name: "w/*", litellm_params: {model: openai/*, api_key: sk-CANARY, api_base: UP}, model_info: {id: wild}}
router_settings: {num_retries: 0}
`, "UP", up.URL)})
	for range 20 {
		if r := hello(g, "m"); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	if r := hello(g, "alone"); r.Status != 500 || !strings.Contains(r.Body, "the deployment of openai/x is not usable: api_base of openai/x: invalid base URL") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for _, name := range []string{"wild", "openai/*"} {
		if r := hello(g, name); r.Status != 400 || !strings.Contains(r.Body, "the deployment of openai/* is a pattern: ask for a model that matches w/*") {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	log := g.Log.String()
	for _, want := range []string{
		"test.yaml:3:5: warning: model_list[0]: requests to this deployment will fail: litellm.BadRequestError: LLM Provider NOT provided",
		"test.yaml:4:5: warning: model_list[1]: requests to this deployment will fail: litellm.AuthenticationError",
		"test.yaml:6:5: warning: model_list[3]: requests to this deployment will fail: litellm.InternalServerError: the deployment of openai/x is not usable",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if strings.Contains(log, "CANARY") {
		t.Errorf("a secret in\n%s", log)
	}
}

func TestCheck(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(`
model_list:
  - {model_name: good, litellm_params: {model: openai/x, api_key: k}}
  - {model_name: "w/*", litellm_params: {model: openai/*}}
  - {model_name: keyless, litellm_params: {model: openai/x}}
  - {model_name: unknown, litellm_params: {model: mystery}}
`), config.Options{Getenv: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	found, err := app.Check(c, "", func(string) (string, bool) { return "", false })
	if err != nil || len(found) != 2 || found[0].Path != "model_list[2]" || found[1].Path != "model_list[3]" || found[1].Line != 6 {
		t.Errorf("%v %v", found, err)
	}
	if strings.Contains(found[1].Message, "\n") || found[1].Level != config.Warning {
		t.Errorf("got %q", found[1].Message)
	}
}
