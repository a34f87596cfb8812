package endpoint_test

import (
	"encoding/json"
	"strings"
	"testing"
)

const several = `
model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_key: k, api_base: UP/v1}}
  - {model_name: b, litellm_params: {model: openai/b, api_key: k, api_base: UP/v1}}
  - {model_name: "x,y", litellm_params: {model: openai/xy, api_key: k, api_base: UP/v1}}
`

func TestBatch(t *testing.T) {
	g := start(t, serve(t, modelEcho), several)
	r := g.Post("/v1/chat/completions", strings.Replace(hello, "chat", "b, a ,b,nope", 1))
	var list []struct {
		Model string
		MS    float64 `json:"_response_ms"`
		Error struct{ Message, Code string }
	}
	if err := json.Unmarshal([]byte(r.Body), &list); err != nil || r.Status != 200 || len(list) != 4 {
		t.Fatalf("%d %v %s", r.Status, err, r.Body)
	}
	if list[0].Model != "b" || list[1].Model != "a" || list[2].Model != "b" || list[0].MS <= 0 {
		t.Errorf("order: %s", r.Body)
	}
	if e := list[3].Error; e.Code != "400" || !strings.Contains(e.Message, "Invalid model name passed in model=nope") {
		t.Errorf("the unknown one: %s", r.Body)
	}
	if r.Header.Get("x-litellm-call-id") == "" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", r.Header)
	}
}

func TestBatchIsRefused(t *testing.T) {
	g := start(t, serve(t, modelEcho), several)
	for body, message := range map[string]string{
		`{"model":"a,b","stream":true,"messages":[{"role":"user","content":"Hi"}]}`:                 "stream can't be used with several models",
		`{"model":"` + strings.Repeat("a,", 32) + `a","messages":[{"role":"user","content":"Hi"}]}`: "model names too many models",
	} {
		r := g.Post("/v1/chat/completions", body)
		if r.Status != 400 || !strings.Contains(r.Body, message) {
			t.Errorf("%.40s: %d %s", body, r.Status, r.Body)
		}
	}
}

// A comma is not always a list: a model may have one in its name, and other endpoints and paths take one model only.
func TestCommasThatAreNoBatch(t *testing.T) {
	g := start(t, serve(t, modelEcho), several)
	if r := g.Post("/v1/chat/completions", strings.Replace(hello, "chat", "x,y", 1)); !strings.HasPrefix(r.Body, "{") || r.Status != 200 {
		t.Errorf("a name with a comma: %s", r.Body)
	}
	if r := g.Post("/v1/completions", `{"model":"a,b","prompt":"Hi"}`); r.Status != 400 || !strings.Contains(r.Body, "model=a,b.") {
		t.Errorf("completions: %d %s", r.Status, r.Body)
	}
	if r := g.Post("/engines/a/chat/completions", strings.Replace(hello, "chat", "a,b", 1)); !strings.HasPrefix(r.Body, "{") || r.Status != 200 {
		t.Errorf("model of the path: %s", r.Body)
	}
}
