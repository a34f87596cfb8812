package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLimitsBesideTheName(t *testing.T) {
	c := parse(t, `
model_list:
  - {model_name: a, rpm: "5", tpm: 7, litellm_params: {model: x, rpm: 6}}
`)
	if p := c.Models[0].Params; *p.RPM != 6 || *p.TPM != 7 {
		t.Errorf("got rpm %d, tpm %d", *p.RPM, *p.TPM)
	}
}

func TestOrganizations(t *testing.T) {
	c := parse(t, `
model_list:
  - model_name: one
    litellm_params: {model: openai/x, organization: org-1}
  - model_name: two
    litellm_params: {model: openai/x, organization: [org-1, org-2]}
  - model_name: fixed
    litellm_params: {model: openai/x, organization: [org-1, org-2]}
    model_info: {id: mine}
  - model_name: single
    litellm_params: {model: openai/x, organization: [org-1]}
    model_info: {id: yours}
`)
	var ids []string
	for _, m := range c.Models {
		ids = append(ids, m.ID)
		if all := m.Params.All; string(all[1].Value) != `"`+m.Params.Organization+`"` {
			t.Errorf("%s: All has %s", m.ModelName, all[1].Value)
		}
	}
	same := parse(t, "model_list: [{model_name: two, litellm_params: {model: openai/x, organization: org-2}}]").Models[0].ID
	if len(ids) != 6 || ids[2] != same || !slices.Equal(ids[3:], []string{"mine-org-1", "mine-org-2", "yours"}) {
		t.Errorf("got %v", ids)
	}
}

func TestSupportedEnvironments(t *testing.T) {
	const src = `
model_list:
  - {model_name: a, litellm_params: {model: x}, model_info: {supported_environments: [production, development]}}
  - {model_name: b, litellm_params: {model: y}}
`
	tests := []struct{ environment, models, message string }{
		{"production", "a b", ""},
		{"staging", "b", ""},
		{"", "b", "f:3:86: error: model_list[0].model_info.supported_environments: LITELLM_ENVIRONMENT must be set to use supported_environments"},
		{"prod", "b", `f:3:86: error: model_list[0].model_info.supported_environments: LITELLM_ENVIRONMENT is "prod", not one of production, staging, development (did you mean "production"?)`},
	}
	for _, test := range tests {
		c, _ := Parse("f", []byte(src), Options{Getenv: func(name string) (string, bool) {
			return map[string]string{"LITELLM_ENVIRONMENT": test.environment, "LITELLM_MASTER_KEY": "sk"}[name], true
		}})
		var names []string
		for _, m := range c.Models {
			names = append(names, m.ModelName)
		}
		if got := strings.Join(remarks(c), "\n"); strings.Join(names, " ") != test.models || got != test.message {
			t.Errorf("%q: got %v and %s", test.environment, names, got)
		}
	}
}

func TestLaterDeploymentReplacesEarlier(t *testing.T) {
	c := parse(t, `
model_list:
  - {model_name: a, litellm_params: {model: x}, model_info: {id: true}}
  - {model_name: b, litellm_params: {model: y}}
  - {model_name: c, litellm_params: {model: z}, model_info: {id: "True"}}
`)
	if len(c.Models) != 2 || c.Models[0].ModelName != "b" || c.Models[1].ModelName != "c" || c.Models[1].Index != 2 {
		t.Errorf("got %+v", c.Models)
	}
}

func TestCredentialFillsWhatIsNotExplicit(t *testing.T) {
	c := parse(t, `
credential_list:
  - credential_name: shared
    credential_values:
      api_key: shared-key
      base_url: https://shared
      api_version: v1
      timeout: 7
      extra_headers: {a: "1", b: "1"}
      temperature: 1
    credential_info: {}
model_list:
  - model_name: a
    litellm_params:
      model: azure/x
      litellm_credential_name: shared
      api_base: https://own
      api_key: os.environ/UNSET
      headers: {B: "2"}
      temperature: 0.5
`)
	p := c.Models[0].Params
	if p.APIKey != "shared-key" || p.APIBase != "https://own" || p.APIVersion != "v1" || *p.Timeout != 7*time.Second {
		t.Errorf("got %+v", p)
	}
	if !slices.Equal(p.ExtraHeaders, []Pair{{"a", "1"}, {"B", "2"}}) || string(p.Defaults) != `{"temperature":0.5}` {
		t.Errorf("got %v, %s", p.ExtraHeaders, p.Defaults)
	}
	if len(p.All) != 6 || p.All[3].Key != "api_key" || string(p.All[3].Value) != "null" {
		t.Errorf("got %+v", p.All)
	}
}

func TestDefaultsKeepFileOrderAndTypes(t *testing.T) {
	c := parse(t, `
model_list:
  - model_name: a
    litellm_params:
      top_p: "0.5"
      model: openai/x
      n: "2"
      stream: "True"
      user: 007
      max_tokens: 10.0
      rpm: 5
      custom: {z: 1.50, a: ["<&>", ~]}
      stop: "\n"
      gone: null
      logit_bias: {"50256": -100}
      aws_region_name: us-east-1
`)
	const want = `{"top_p":0.5,"n":2,"stream":true,"user":"007","max_tokens":10,"custom":{"z":1.5,"a":["<&>",null]},"stop":"\n","logit_bias":{"50256":-100}}`
	if got := string(c.Models[0].Params.Defaults); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestClientSideParams(t *testing.T) {
	c := parse(t, `
model_list:
  - model_name: a
    litellm_params: {model: x, configurable_clientside_auth_params: [api_key, {api_base: "^https://[a-z]+$"}]}
`)
	want := []ClientSideParam{{"api_key", ""}, {"api_base", "^https://[a-z]+$"}}
	if got := c.Models[0].Params.ClientSideAuth; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for _, bad := range []string{`[{api_base: ""}]`, `[{a: b, c: d}]`, `[{api_base: "("}]`, `{api_base: x}`, `[[a]]`} {
		src := "model_list: [{model_name: a, litellm_params: {model: x, configurable_clientside_auth_params: " + bad + "}}]"
		if _, err := Parse("f", []byte(src), testOptions()); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
