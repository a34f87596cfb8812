package endpoint_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const mixed = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, api_key: k}, model_info: {id: one}}
  - {model_name: chat, litellm_params: {model: openai/gpt-4o-mini, api_key: k}, model_info: {id: two}}
  - {model_name: team/other, litellm_params: {model: openai/x, api_key: k}}
  - {model_name: openai/*, litellm_params: {model: openai/*, api_key: k}, model_info: {id: wild}}
router_settings:
  model_group_alias:
    nick: chat
    ghost: {model: chat, hidden: true}
`

func names(t *testing.T, body string) []string {
	t.Helper()
	list := decode[struct {
		Object string
		Data   []struct {
			ID, Object, Owned_by string
			Created              int
		}
	}](t, body)
	if list.Object != "list" {
		t.Errorf("object %q", list.Object)
	}
	var got []string
	for _, m := range list.Data {
		if m.Object != "model" || m.Created != 1677610602 || m.Owned_by != "openai" {
			t.Errorf("got %+v", m)
		}
		got = append(got, m.ID)
	}
	return got
}

func TestModels(t *testing.T) {
	g := start(t, nil, mixed)
	for _, path := range []string{"/models", "/v1/models"} {
		got := names(t, g.Get(path).Body)
		if !slices.Equal(got[:2], []string{"chat", "team/other"}) || got[len(got)-1] != "nick" {
			t.Errorf("%s: %q", path, got)
		}
		if !slices.Contains(got, "openai/gpt-4o") || slices.Contains(got, "openai/*") || slices.Contains(got, "ghost") {
			t.Errorf("%s: %q", path, got)
		}
		if sorted := slices.Sorted(slices.Values(got)); len(slices.Compact(sorted)) != len(got) {
			t.Errorf("%s: a name twice", path)
		}
	}
	if got := names(t, g.Get("/models?return_wildcard_routes=true").Body); !slices.Contains(got, "openai/*") {
		t.Errorf("wildcards: %q", got)
	}
}

func TestNoModels(t *testing.T) {
	g := start(t, nil, "model_list: []\n")
	if body := g.Get("/models").Body; body != `{"data":[],"object":"list"}` {
		t.Errorf("got %s", body)
	}
	for _, path := range []string{"/model/info", "/model_group/info"} {
		if body := g.Get(path).Body; body != `{"data":[]}` {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestOneModel(t *testing.T) {
	g := start(t, nil, mixed)
	for path, want := range map[string]string{
		"/models/chat": "chat", "/v1/models/team/other": "team/other", "/v1/models/team%2Fother": "team/other", "/models/openai/gpt-x": "openai/gpt-x",
		"/models/nick": "nick", "/models/ghost": "ghost", "/models/one": "one",
	} {
		r := g.Get(path)
		if want := fmt.Sprintf(`{"id":%q,"object":"model","created":1677610602,"owned_by":"openai"}`, want); r.Status != 200 || r.Body != want {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	r := g.Get("/v1/models/nope")
	want := `{"error":{"message":"The model 'nope' does not exist","type":"invalid_request_error","param":"model","code":"404"}}`
	if r.Status != 404 || r.Body != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

type info struct {
	Data []struct {
		ModelName string                     `json:"model_name"`
		Params    map[string]json.RawMessage `json:"litellm_params"`
		Info      map[string]json.RawMessage `json:"model_info"`
	}
}

func TestModelInfo(t *testing.T) {
	g := start(t, nil, `
model_list:
  - model_name: chat
    litellm_params: {model: openai/gpt-4o, api_key: sk-secret, temperature: 0.5, rpm: 6}
    model_info: {id: one, max_output_tokens: 99, supports_vision: true, version: 2, access_groups: [beta]}
  - {model_name: chat, litellm_params: {model: openai/unheard-of, api_key: k, input_cost_per_token: 0.25}, model_info: {id: two, mode: embedding}}
`)
	body := g.Get("/v1/model/info").Body
	if g.Get("/model/info").Body != body {
		t.Error("the two paths differ")
	}
	list := decode[info](t, body).Data
	if len(list) != 2 || list[0].ModelName != "chat" {
		t.Fatalf("got %s", body)
	}
	for key, want := range map[string]string{"model": `"openai/gpt-4o"`, "temperature": "0.5", "rpm": "6", "api_key": ""} {
		if got := string(list[0].Params[key]); got != want {
			t.Errorf("litellm_params.%s: %s", key, got)
		}
	}
	for key, want := range map[string]string{
		"id": `"one"`, "db_model": "false", "key": `"gpt-4o"`, "litellm_provider": `"openai"`, "max_output_tokens": "99", "max_tokens": "99",
		"supports_vision": "true", "version": "2", "access_groups": `["beta"]`, "mode": "null",
	} {
		if got := string(list[0].Info[key]); got != want {
			t.Errorf("model_info.%s: %s", key, got)
		}
	}
	if in := string(list[0].Info["input_cost_per_token"]); in == "null" || in == "" {
		t.Errorf("no price: %s", body)
	}
	for key, want := range map[string]string{"mode": `"embedding"`, "input_cost_per_token": "0.25", "output_cost_per_token": "null", "max_tokens": "null"} {
		if got := string(list[1].Info[key]); got != want {
			t.Errorf("the other's model_info.%s: %s", key, got)
		}
	}
	one := g.Get("/model/info?litellm_model_id=one").Body
	if !strings.Contains(body, strings.TrimSuffix(strings.TrimPrefix(one, `{"data":[`), "]}")) || len(decode[info](t, one).Data) != 1 {
		t.Errorf("the answer for one id differs: %s", one)
	}
	r := g.Get("/model/info?litellm_model_id=nope")
	if r.Status != 400 || r.Body != `{"detail":{"error":"Model id = nope not found on litellm proxy"}}` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// Whatever looks like a secret is shown nowhere.
func TestSecretsAreNotShown(t *testing.T) {
	const canary = "CANARY"
	g := start(t, nil, `
model_list:
  - model_name: chat
    litellm_params:
      model: openai/gpt-4o
      api_key: sk-CANARY1
      azure_ad_token: CANARY2
      client_secret: CANARY3
      azure_password: CANARY4
      aws_access_key_id: CANARY5
      aws_secret_access_key: CANARY6
      aws_session_token: CANARY7
      aws_web_identity_token: CANARY8
      vertex_credentials: '{"private_key":"CANARY9"}'
      vertex_ai_credentials: {private_key: CANARY10}
      extra_headers: {Authorization: Bearer CANARY11, X-Api-Key: CANARY12}
      headers: {Cookie: CANARY13}
      hf_token: CANARY14
      some_password: CANARY15
      my_secret: CANARY16
      extra_body: {deep: [{api_key: CANARY17}]}
    model_info: {id: one, custom_tokenizer: {identifier: x, auth_token: CANARY18}, private_token: CANARY19}
general_settings: {master_key: sk-CANARY20}
credential_list:
  - {credential_name: c, credential_values: {api_key: CANARY21}, credential_info: {}}
router_settings: {num_retries: 0}
`)
	auth := []string{"Authorization", "Bearer sk-CANARY20"}
	for _, path := range []string{"/model/info", "/model/info?litellm_model_id=one", "/model_group/info", "/v1/models", "/health/readiness", "/", "/nope"} {
		if r := g.Get(path, auth...); strings.Contains(r.Body, canary) || (r.Status != 200 && path != "/nope") {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	if log := g.Log.String(); strings.Contains(log, canary) {
		t.Errorf("log:\n%s", log)
	}
}

func TestModelGroupInfo(t *testing.T) {
	g := start(t, nil, `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, api_key: k, rpm: 10}, model_info: {max_output_tokens: 77, supports_vision: false}}
  - {model_name: chat, litellm_params: {model: groq/llama, api_key: k, rpm: 5, tpm: 9}, model_info: {supports_vision: true, mode: chat}}
  - {model_name: plain, litellm_params: {model: openai/unheard-of, api_key: k}}
  - {model_name: openai/*, litellm_params: {model: openai/*, api_key: k}}
`)
	type group struct {
		Model_group, Mode string
		Providers         []string
		RPM, TPM          *float64
		Max_output_tokens *int
		Max_input_tokens  *int
		Supports_vision   bool
		Supported         []string `json:"supported_openai_params"`
		Configurable      any      `json:"configurable_clientside_auth_params"`
	}
	list := decode[struct{ Data []group }](t, g.Get("/model_group/info").Body).Data
	chat := list[0]
	if chat.Model_group != "chat" || chat.Mode != "chat" || !slices.Equal(chat.Providers, []string{"openai", "groq"}) || *chat.RPM != 15 || *chat.TPM != 9 ||
		*chat.Max_output_tokens != 77 || chat.Max_input_tokens == nil || !chat.Supports_vision || chat.Supported == nil || chat.Configurable != nil {
		t.Errorf("got %+v", chat)
	}
	if plain := list[1]; plain.Mode != "chat" || plain.RPM != nil || plain.Max_input_tokens != nil || plain.Supports_vision {
		t.Errorf("got %+v", plain)
	}
	wild := slices.IndexFunc(list, func(g group) bool { return g.Model_group == "openai/gpt-4o" })
	if wild < 0 || !slices.Equal(list[wild].Providers, []string{"openai"}) || list[wild].Max_input_tokens == nil {
		t.Errorf("the wildcard is not expanded: %+v", list)
	}
	for query, n := range map[string]int{"chat": 1, "openai/gpt-4o": 1, "nope": 0} {
		if got := decode[struct{ Data []group }](t, g.Get("/model_group/info?model_group="+query).Body).Data; len(got) != n {
			t.Errorf("%s: %+v", query, got)
		}
	}
}

func TestTheListsNeedAKey(t *testing.T) {
	g := start(t, nil, mixed+"general_settings: {master_key: sk-1234}\n")
	for _, path := range []string{"/models", "/v1/models", "/models/chat", "/model/info", "/v1/model/info", "/model_group/info", "/health"} {
		if r := g.Get(path); r.Status != 401 || decode[failure](t, r.Body).Error.Type != "auth_error" {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	if r := g.Post("/utils/token_counter", `{"model":"chat","prompt":"x"}`); r.Status != 401 {
		t.Errorf("token_counter: %d", r.Status)
	}
	if r := g.Get("/models", "x-api-key", "sk-1234"); r.Status != 200 {
		t.Errorf("with a key: %d", r.Status)
	}
}
