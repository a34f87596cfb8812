package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

// The requests of the LiteLLM proxy's documentation, as users copy them.

const examplesConfig = `
model_list:
  - model_name: gpt-3.5-turbo
    litellm_params: {model: openai/gpt-3.5-turbo, api_base: $UP/v1, api_key: sk-secret-a}
  - model_name: llama3
    litellm_params: {model: groq/llama3-8b-8192, api_base: $UP/v1, api_key: sk-secret-b}
  - model_name: azure-gpt-3.5
    litellm_params: {model: azure/gpt-35, api_base: $UP, api_key: sk-secret-c, api_version: "2023-07-01-preview"}
  - model_name: azure-embedding-model
    litellm_params: {model: azure/embed, api_base: $UP, api_key: sk-secret-c, api_version: "2023-07-01-preview"}
  - model_name: text-embedding-ada-002
    litellm_params: {model: text-embedding-ada-002, api_base: $UP/v1, api_key: sk-secret-a}
  - model_name: broken
    litellm_params: {model: openai/fail-503, api_base: $UP/v1, api_key: sk-secret-a}
  - model_name: my-custom-model
    litellm_params: {model: openai/google/gemma, api_base: $UP/v1, api_key: "", supports_system_message: False}
router_settings: {num_retries: 0}
general_settings: {master_key: sk-secret-master}
`

func openExamples(t *testing.T) (*gateway.Gateway, *mock.Server) {
	t.Helper()
	up := mock.OpenAI(t)
	return gateway.Start(t, gateway.Options{
		Config: strings.ReplaceAll(examplesConfig, "$UP", up.URL),
		Env:    []string{"OPENAI_API_KEY=" + gateway.Secret("env"), "OPENAI_BASE_URL=" + up.URL + "/v1"},
	}), up
}

// TestExamples sends the documentation's curl bodies to the letter.
func TestExamples(t *testing.T) {
	t.Parallel()
	g, up := openExamples(t)
	for _, tc := range []struct{ name, path, body, want, upstream string }{
		{"metadata", "/chat/completions", `{
    "model": "gpt-3.5-turbo",
    "messages": [
        {
        "role": "user",
        "content": "what llm are you"
        }
    ],
    "metadata": {
        "generation_name": "ishaan-test-generation",
        "generation_id": "gen-id22",
        "trace_id": "trace-id22",
        "trace_user_id": "user-id2"
    }
}`, mock.Greeting, "/v1/chat/completions"},
		{"trailing comma", "/chat/completions", ` {
      "model": "gpt-3.5-turbo",
      "messages": [
        {
          "role": "user",
          "content": "what llm are you"
        }
      ],
    }
`, mock.Greeting, "/v1/chat/completions"},
		{"embeddings", "/embeddings", ` {
  "model": "text-embedding-ada-002",
  "input": ["write a litellm poem"]
  }`, `[0.5,-1,2]`, "/v1/embeddings"},
		{"moderations", "/moderations", `{"input": "Sample text goes here", "model": "text-moderation-stable"}`, `"flagged":true`, "/v1/moderations"},
		{"moderations without a model", "/moderations", `{"input": "Sample text goes here"}`, `"flagged":true`, "/v1/moderations"},
		{"azure chat", "/openai/deployments/azure-gpt-3.5/chat/completions?api-version=2023-07-01-preview",
			`{"messages":[{"role":"user","content":"What did the author do growing up?"}],"model":"gpt-35-turbo","temperature":0.0,"stream":false}`,
			mock.Greeting, "/openai/deployments/gpt-35/chat/completions"},
		{"azure embeddings", "/openai/deployments/azure-embedding-model/embeddings?api-version=2023-07-01-preview",
			`{"input":["a document"],"model":"text-embedding-ada-002","encoding_format":"base64"}`, `AAAAPwAAgL8AAABA`, "/openai/deployments/embed/embeddings"},
		{"engines", "/engines/llama3/chat/completions", `{"messages":[{"role":"user","content":"gm"}]}`, mock.Greeting, "/v1/chat/completions"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := g.Post(tc.path, tc.body, "api-key", masterKey)
			if r.Status != 200 || !strings.Contains(string(r.Body), tc.want) {
				t.Fatalf("answered %d %s", r.Status, r.Body)
			}
			got := up.Last(t)
			if got.Path != tc.upstream {
				t.Errorf("the upstream was called at %s", got.Path)
			}
			if !json.Valid([]byte(got.Body)) || strings.Contains(got.Body, "metadata") {
				t.Errorf("the upstream got %s", got.Body)
			}
		})
	}
}

// TestResponseFields: the documented members of a chat response, _response_ms among them, and the headers.
func TestResponseFields(t *testing.T) {
	t.Parallel()
	g, _ := openExamples(t)
	r := g.Post("/chat/completions", strings.Replace(askWhole, `"m"`, `"gpt-3.5-turbo"`, 1), "Authorization", "Bearer "+masterKey)
	if problems := wire.ReplyProblems(r.Body, true); problems != nil {
		t.Errorf("%s: %s", problems, r.Body)
	}
	var body struct {
		ResponseMS float64 `json:"_response_ms"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil || body.ResponseMS <= 0 {
		t.Errorf("_response_ms is %v, %v", body.ResponseMS, err)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "x-litellm-version": "", "x-litellm-call-id": "", "x-litellm-model-id": "",
		"x-litellm-model-group": "gpt-3.5-turbo", "x-litellm-model-api-base": "", "x-litellm-attempted-retries": "0",
		"x-litellm-response-duration-ms": "", "x-litellm-overhead-duration-ms": "", "llm_provider-x-request-id": "req-mock",
		"Access-Control-Allow-Origin": "*",
	} {
		if got := r.Header.Get(name); got == "" || (want != "" && got != want) {
			t.Errorf("header %s: %q", name, got)
		}
	}
	size := 0
	for name, values := range r.Header {
		size += len(name) + len(strings.Join(values, ",")) + 4
	}
	if size >= 4096 {
		t.Errorf("%d bytes of headers", size)
	}
}

// TestBatchExample: several models, separated by commas, answer with a list in their order.
func TestBatchExample(t *testing.T) {
	t.Parallel()
	g, _ := openExamples(t)
	for _, tc := range []struct {
		models string
		fails  int // place in the list, -1 = none
	}{{"llama3,gpt-3.5-turbo", -1}, {"gpt-3.5-turbo, llama3", -1}, {"llama3,broken", 1}, {"nope,llama3", 0}} {
		t.Run(tc.models, func(t *testing.T) {
			r := g.Post("/chat/completions", `{
    "model": "`+tc.models+`",
    "max_tokens": 10,
    "user": "litellm2",
    "messages": [
        {
        "role": "user",
        "content": "is litellm getting better"
        }
    ]
}`, "Authorization", "Bearer "+masterKey)
			var list []json.RawMessage
			if err := json.Unmarshal(r.Body, &list); err != nil || r.Status != 200 || len(list) != 2 {
				t.Fatalf("answered %d %s", r.Status, r.Body)
			}
			for i, member := range list {
				if i == tc.fails {
					if e, ok := (gateway.Reply{Body: member}).Error(); !ok || e.Code < "400" {
						t.Errorf("member %d: %s", i, member)
					}
				} else if problems := wire.ReplyProblems(member, true); problems != nil {
					t.Errorf("member %d: %s: %s", i, problems, member)
				}
			}
		})
	}
}

// TestOwnCredentials: a user's own key replaces the deployment's; a user's own address is refused.
func TestOwnCredentials(t *testing.T) {
	t.Parallel()
	g, up := openExamples(t)
	own := func(more string) gateway.Reply {
		return g.Post("/chat/completions", strings.Replace(askWhole, `{"model":"m"`, `{"model":"gpt-3.5-turbo"`+more, 1), "Authorization", "Bearer "+masterKey)
	}
	if r := own(`,"api_key":"sk-secret-own"`); r.Status != 200 {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	if got := up.Last(t); got.Header.Get("Authorization") != "Bearer sk-secret-own" || strings.Contains(got.Body, "sk-secret") {
		t.Errorf("the upstream got %q, %s", got.Header.Get("Authorization"), got.Body)
	}
	before := len(up.Requests())
	r := own(`,"api_key":"sk-secret-own","api_base":"http://127.0.0.1:1"`)
	if e, ok := r.Error(); !ok || r.Status != 401 || !strings.Contains(e.Message, "api_base is not allowed in request body") {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
	if len(up.Requests()) != before {
		t.Error("it reached the upstream")
	}
}

// TestNoSystemMessage: supports_system_message: False turns system messages into the user's.
func TestNoSystemMessage(t *testing.T) {
	t.Parallel()
	g, up := openExamples(t)
	r := g.Post("/chat/completions", `{"model":"my-custom-model","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}`,
		"Authorization", "Bearer "+masterKey)
	got := up.Last(t)
	if r.Status != 200 || strings.Contains(got.Body, `"system"`) || !strings.Contains(got.Body, "Be brief. Hello") {
		t.Errorf("answered %d, the upstream got %s", r.Status, got.Body)
	}
	if _, sent := got.Header[http.CanonicalHeaderKey("Authorization")]; sent {
		t.Errorf("a deployment with an empty api_key sent %q", got.Header.Get("Authorization"))
	}
}

// TestUnmappedParameters go on to the upstream, the gateway's own don't.
func TestUnmappedParameters(t *testing.T) {
	t.Parallel()
	g, up := openExamples(t)
	r := g.Post("/chat/completions", strings.Replace(askWhole, `{"model":"m"`, `{"model":"gpt-3.5-turbo","top_k":7,"num_retries":1,"caching":true,"tags":["a"],"custom":{"x":[1]}`, 1),
		"Authorization", "Bearer "+masterKey)
	body := up.Last(t).Body
	if r.Status != 200 || !strings.Contains(body, `"top_k":7`) || !strings.Contains(body, `"custom":{"x":[1]}`) {
		t.Errorf("answered %d, the upstream got %s", r.Status, body)
	}
	for _, key := range []string{"num_retries", "caching", "tags"} {
		if strings.Contains(body, key) {
			t.Errorf("the upstream got %s: %s", key, body)
		}
	}
}
