package endpoint_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

type health struct {
	Healthy   []map[string]any `json:"healthy_endpoints"`
	Unhealthy []map[string]any `json:"unhealthy_endpoints"`
	Count     int              `json:"healthy_count"`
	Bad       int              `json:"unhealthy_count"`
}

func TestHealth(t *testing.T) {
	up := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "/bad/") {
			w.WriteHeader(401)
			io.WriteString(w, `{"error":{"message":"wrong key sk-CANARY"}}`)
			return
		}
		io.WriteString(w, completion)
	})
	const config = `
model_list:
  - {model_name: good, litellm_params: {model: openai/a, api_key: sk-CANARY, api_base: UP/v1, temperature: 0.5}}
  - {model_name: bad, litellm_params: {model: openai/b, api_key: sk-CANARY, api_base: UP/bad/v1}}
  - {model_name: any/*, litellm_params: {model: openai/*, api_key: sk-CANARY}}
  - {model_name: broken, litellm_params: {model: mystery}}
`
	g := start(t, up, config)
	r := g.Get("/health")
	h := decode[health](t, r.Body)
	if r.Status != 200 || h.Count != 1 || h.Bad != 3 || len(h.Healthy) != 1 || len(h.Unhealthy) != 3 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if good := h.Healthy[0]; good["model"] != "openai/a" || good["temperature"] != 0.5 || good["api_base"] != up.URL+"/v1" || good["error"] != nil {
		t.Errorf("got %v", good)
	}
	for i, want := range []string{"AuthenticationError: OpenAIException - wrong key ****", "wildcard", "LLM Provider NOT provided"} {
		if text, _ := h.Unhealthy[i]["error"].(string); !strings.Contains(text, want) {
			t.Errorf("got %v, want %s", h.Unhealthy[i], want)
		}
	}
	if strings.Contains(r.Body, "CANARY") {
		t.Errorf("a secret in %s", r.Body)
	}
	for model, want := range map[string][2]int{"good": {1, 0}, "bad": {0, 1}, "nope": {0, 0}} {
		if h := decode[health](t, g.Get("/health?model="+model).Body); h.Count != want[0] || h.Bad != want[1] {
			t.Errorf("%s: %+v", model, h)
		}
	}
	var text bytes.Buffer
	if err := g.App.WriteHealth(&text); err != nil || !json.Valid(text.Bytes()) {
		t.Errorf("%v %s", err, text.String())
	}
	g = start(t, up, config+"general_settings: {health_check_details: false}\n")
	h = decode[health](t, g.Get("/health").Body)
	if len(h.Healthy[0]) != 1 || h.Healthy[0]["model"] != "openai/a" || len(h.Unhealthy[0]) != 2 {
		t.Errorf("without details: %+v", h)
	}
}

// Each deployment is asked for what it can do.
func TestHealthProbes(t *testing.T) {
	var mu sync.Mutex
	paths := map[string]bool{}
	up := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths[r.URL.Path] = true
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"object":"x","data":[],"choices":[],"usage":{}}`)
	})
	start(t, up, `
model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_key: k, api_base: UP/a}}
  - {model_name: b, litellm_params: {model: openai/b, api_key: k, api_base: UP/b}, model_info: {mode: embedding}}
  - {model_name: c, litellm_params: {model: openai/text-embedding-3-small, api_key: k, api_base: UP/c}}
  - {model_name: d, litellm_params: {model: openai/d, api_key: k, api_base: UP/d}, model_info: {mode: moderation}}
  - {model_name: e, litellm_params: {model: openai/e, api_key: k, api_base: UP/e}, model_info: {mode: completion}}
  - {model_name: f, litellm_params: {model: openai/f, api_key: k, api_base: UP/f}, model_info: {mode: rerank}}
`).Get("/health")
	for _, path := range []string{"/a/chat/completions", "/b/embeddings", "/c/embeddings", "/d/moderations", "/e/completions", "/f/chat/completions"} {
		if !paths[path] {
			t.Errorf("%s was not asked, only %v", path, paths)
		}
	}
}

func TestPublicPages(t *testing.T) {
	g := start(t, nil, one+"general_settings: {master_key: sk-1234}\n")
	for path, want := range map[string]string{
		"/health/liveliness": `200 "I'm alive!"`, "/health/liveness": `200 "I'm alive!"`, "/": `200 "LiteLLM: RUNNING"`,
		"/robots.txt": `404 {"detail":"Not Found"}`, "/debug/runtime": `404 {"detail":"Not Found"}`,
	} {
		r := g.Get(path)
		if got := status(r) + " " + r.Body; got != want || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s %v", path, got, r.Header)
		}
	}
	ready := decode[map[string]any](t, g.Get("/health/readiness").Body)
	if ready["status"] != "healthy" || ready["litellm_version"] != "1.63.8" || ready["db"] != "Not connected" || ready["cache"] != nil {
		t.Errorf("got %v", ready)
	}
	r := start(t, nil, one+"general_settings: {block_robots: true}\n").Get("/robots.txt")
	if r.Status != 200 || r.Body != "User-agent: *\nDisallow: /" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%d %q %v", r.Status, r.Body, r.Header)
	}
}

func TestRuntime(t *testing.T) {
	t.Setenv("SLUICE_RUNTIME_STATS", "1")
	stats := decode[map[string]float64](t, start(t, nil, one).Get("/debug/runtime").Body)
	if stats["mallocs"] == 0 || stats["goroutines"] == 0 {
		t.Errorf("got %v", stats)
	}
}
