package endpoint_test

import (
	"strings"
	"testing"
)

func TestChat(t *testing.T) {
	up := newAnswers(t)
	g := start(t, up.Server, one)
	r := g.Post("/v1/chat/completions", hello)
	if r.Status != 200 || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	body := decode[struct {
		ID    string
		Usage struct{ Total_tokens int }
		MS    float64 `json:"_response_ms"`
	}](t, r.Body)
	if body.ID != "c1" || body.Usage.Total_tokens != 11 || body.MS <= 0 {
		t.Errorf("got %s", r.Body)
	}
	if up.path != "/v1/chat/completions" || !strings.Contains(up.request, `"model":"gpt-4o"`) {
		t.Errorf("sent %s %s", up.path, up.request)
	}
}

// Only chats have _response_ms.
func TestOtherEndpoints(t *testing.T) {
	up := newAnswers(t)
	g := start(t, up.Server, one)
	for path, body := range map[string]string{
		"/v1/completions": `{"model":"chat","prompt":"Hi"}`, "/v1/embeddings": `{"model":"chat","input":"Hi"}`,
		"/v1/moderations": `{"model":"chat","input":"Hi"}`,
	} {
		up.body = `{"id":"x","object":"x","created":1,"model":"m","choices":[{"index":0,"text":"a","finish_reason":"stop"}],"data":[],` +
			`"results":[],"usage":{"prompt_tokens":1}}`
		r := g.Post(path, body)
		if r.Status != 200 || strings.Contains(r.Body, "_response_ms") || up.path != path {
			t.Errorf("%s: %d %s, sent to %s", path, r.Status, r.Body, up.path)
		}
	}
}

func TestUsageIsEstimated(t *testing.T) {
	up := newAnswers(t)
	up.body = `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]}`
	g := start(t, up.Server, one)
	r := g.Post("/chat/completions", hello)
	usage := decode[struct {
		Usage struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
			Total      int `json:"total_tokens"`
		}
	}](t, r.Body).Usage
	if usage.Prompt == 0 || usage.Completion == 0 || usage.Total != usage.Prompt+usage.Completion {
		t.Errorf("got %s", r.Body)
	}
}

func TestInvalidRequests(t *testing.T) {
	up := newAnswers(t)
	g := start(t, up.Server, one)
	for _, c := range []struct{ path, body, message, param string }{
		{"/chat/completions", `{"model":"chat"}`, "messages is required", "messages"},
		{"/chat/completions", `{"model":"chat","messages":null}`, "messages must be a list", "messages"},
		{"/chat/completions", `{"model":"chat","messages":{}}`, "messages must be a list", "messages"},
		{"/chat/completions", `{"model":"chat","messages":"Hi"}`, "messages must be a list", "messages"},
		{"/chat/completions", `{"model":"chat","messages":[]}`, "messages must have at least one message", "messages"},
		{"/chat/completions", `{"model":"chat","messages":[1,2]}`, "messages must be a list of objects", "messages"},
		{"/chat/completions", `{"model":"chat","messages":["Hi"]}`, "messages must be a list of objects", "messages"},
		{"/chat/completions", `{"model":"chat","messages":[{"role":"user"},null]}`, "messages must be a list of objects", "messages"},
		{"/chat/completions", `{"model":"chat","messages":[{}]}`, "messages must each have a role", "messages"},
		{"/chat/completions", `{"model":"chat","messages":[{"role":1}]}`, "messages must each have a role", "messages"},
		{"/completions", `{"model":"chat"}`, "prompt is required", "prompt"},
		{"/completions", `{"model":"chat","prompt":null}`, "prompt is required", "prompt"},
		{"/completions", `{"model":"chat","prompt":[]}`, "prompt must not be empty", "prompt"},
		{"/completions", `{"model":"chat","prompt":{}}`, "prompt must be a string or a list", "prompt"},
		{"/completions", `{"model":"chat","prompt":7}`, "prompt must be a string or a list", "prompt"},
		{"/embeddings", `{"model":"chat"}`, "input is required", "input"},
		{"/embeddings", `{"model":"chat","input":true}`, "input must be a string or a list", "input"},
		{"/moderations", `{"model":"chat","input":[]}`, "input must not be empty", "input"},
		{"/chat/completions", `{"model":"chat","model":"x","messages":[{"role":"user"}]}`, "invalid JSON at byte", "None"},
		{"/chat/completions", `{`, "invalid JSON at byte", "None"},
		{"/chat/completions", ``, "invalid JSON at byte", "None"},
		{"/chat/completions", `[]`, "the request body must be a JSON object", "None"},
		{"/chat/completions", `{"model":"nope","messages":[{"role":"user","content":""}]}`, "{'error': '/chat/completions: Invalid model name passed in model=nope.", "None"},
	} {
		r := g.Post(c.path, c.body)
		e := decode[failure](t, r.Body).Error
		message := strings.TrimPrefix(e.Message, "litellm.BadRequestError: ")
		if r.Status != 400 || e.Code != "400" || !strings.HasPrefix(message, c.message) || e.Param != c.param {
			t.Errorf("%s %s: %d %s", c.path, c.body, r.Status, r.Body)
		}
		if r.Header.Get("X-Litellm-Call-Id") == "" || r.Header.Get("X-Litellm-Version") == "" {
			t.Errorf("%s: headers %v", c.body, r.Header)
		}
	}
	up.body = strings.Replace(completion, `"message":{"role":"assistant","content":"Hi"}`, `"text":"Hi"`, 1)
	for _, c := range [][2]string{
		{"/completions", `{"model":"chat","prompt":["a","b"]}`}, {"/completions", `{"model":"chat","prompt":[1,2]}`},
		{"/embeddings", `{"model":"chat","input":[[1,2],[3]]}`}, {"/embeddings", `{"model":"chat","input":""}`},
	} {
		if r := g.Post(c[0], c[1]); r.Status != 200 {
			t.Errorf("%s: %d %s", c[1], r.Status, r.Body)
		}
	}
}

// A wrong body fails the same way with or without a valid key, so does one that asks for another address.
func TestBodyComesBeforeTheKey(t *testing.T) {
	g := start(t, newAnswers(t).Server, one+"general_settings: {master_key: sk-1234, max_request_size_mb: 0.001}\n")
	for body, want := range map[string]string{
		`{`: "400 invalid_request_error", `{"api_base":"http://x"}`: "401 auth_error", strings.Repeat(" ", 2000): "400 bad_request_error",
		`{"model":7}`: "401 auth_error",
	} {
		for _, key := range []string{"sk-1234", "sk-wrong"} {
			if key == "sk-1234" && body == `{"model":7}` {
				continue
			}
			r := g.Post("/v1/chat/completions", body, "Authorization", "Bearer "+key)
			e := decode[failure](t, r.Body).Error
			if got := e.Code + " " + e.Type; got != want {
				t.Errorf("%.30s with %s: %s", body, key, r.Body)
			}
		}
	}
}

func TestModelOfThePath(t *testing.T) {
	up := newAnswers(t)
	g := start(t, up.Server, `
model_list:
  - {model_name: chat, litellm_params: {model: openai/a, api_key: k, api_base: UP/v1}}
  - {model_name: team/chat, litellm_params: {model: openai/b, api_key: k, api_base: UP/v1}}
  - {model_name: "odd %41", litellm_params: {model: openai/c, api_key: k, api_base: UP/v1}}
`)
	for path, want := range map[string]string{
		"/openai/deployments/chat/chat/completions?api-version=2024-02-01": "a",
		"/openai/deployments/team/chat/chat/completions":                   "b",
		"/openai/deployments/team%2Fchat/chat/completions":                 "b",
		"/engines/team/chat/chat/completions":                              "b",
		"/v1/engines/chat/chat/completions":                                "a",
		"/engines/odd%20%2541/chat/completions":                            "c",
	} {
		r := g.Post(path, strings.Replace(hello, `"chat"`, `"ignored"`, 1))
		if r.Status != 200 || !strings.Contains(up.request, `"model":"`+want+`"`) {
			t.Errorf("%s: %d %s, sent %s", path, r.Status, r.Body, up.request)
		}
	}
}

func TestUpstreamErrors(t *testing.T) {
	up := newAnswers(t)
	up.status, up.body = 429, `{"error":{"message":"slow down"}}`
	up.header.Set("Retry-After", "1.5")
	g := start(t, up.Server, one+"router_settings: {num_retries: 0}\n")
	r := g.Post("/v1/chat/completions", hello)
	want := `{"error":{"message":"litellm.RateLimitError: RateLimitError: OpenAIException - slow down. Received Model Group=chat` +
		`\nAvailable Model Group Fallbacks=None","type":"throttling_error","param":"None","code":"429"}}`
	if r.Status != 429 || r.Body != want || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for name, value := range map[string]string{"Retry-After": "2", "X-Litellm-Model-Id": "one", "X-Litellm-Model-Group": "chat", "X-Litellm-Attempted-Retries": "0"} {
		if got := r.Header.Get(name); got != value {
			t.Errorf("%s: %q", name, got)
		}
	}
	if log := g.Log.String(); !strings.Contains(log, "request failed") || strings.Contains(log, "sk-secret") {
		t.Errorf("log:\n%s", log)
	}
}

func TestTimeoutHeader(t *testing.T) {
	g := start(t, serve(t, blocked), one+"router_settings: {num_retries: 0}\n")
	for value, want := range map[string]string{"0.05": "0.05", "0.050": "0.05"} {
		r := g.Post("/v1/chat/completions", hello, "x-litellm-timeout", value)
		if r.Status != 408 || r.Header.Get("X-Litellm-Timeout") != want || !strings.Contains(r.Body, "litellm.Timeout: ") {
			t.Errorf("%s: %d %v %s", value, r.Status, r.Header, r.Body)
		}
	}
}
