package endpoint_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// metered starts a gateway with a model that answers, streams and fails, by the prompt.
func metered(t *testing.T, more string) *apptest.Gateway {
	t.Helper()
	up := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("x-ratelimit-remaining-tokens", "149")
		switch {
		case strings.Contains(string(body), "too much"):
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"error":{"message":"slow down"}}`)
		case strings.Contains(string(body), `"stream":true`):
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, piece("Hi")+last+"data: [DONE]\n\n")
		default:
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, completion)
		}
	}
	return start(t, serve(t, http.HandlerFunc(up)), one+"general_settings: {master_key: sk-1234}\nrouter_settings: {num_retries: 0}\n"+more)
}

const public = "litellm_settings: {success_callback: [prometheus], disable_end_user_cost_tracking_prometheus_only: true}\n"

func ask(t *testing.T, g *apptest.Gateway, prompt, more string) {
	t.Helper()
	g.Post("/chat/completions", `{"model":"chat","user":"my-test-user-34","messages":[{"role":"user","content":"`+prompt+`"}]`+more+`}`,
		"Authorization", key)
}

// TestMetricsOfRequests has the LiteLLM proxy's own lines.
func TestMetricsOfRequests(t *testing.T) {
	g := metered(t, public)
	ask(t, g, "Hi", "")
	ask(t, g, "too much", "")
	r := g.Get("/metrics")
	if got := r.Header.Get("Content-Type"); r.Status != 200 || got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("%d %s", r.Status, got)
	}
	const hash = `88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b`
	for _, line := range []string{
		`litellm_proxy_failed_requests_metric_total{api_key_alias="None",end_user="None",exception_class="RateLimitError",exception_status="429",hashed_api_key="` + hash + `",requested_model="chat",team="None",team_alias="None",user="default_user_id"} 1.0`,
		`litellm_proxy_total_requests_metric_total{api_key_alias="None",end_user="None",hashed_api_key="` + hash + `",requested_model="chat",status_code="429",team="None",team_alias="None",user="default_user_id",user_email="None"} 1.0`,
		`litellm_proxy_total_requests_metric_total{api_key_alias="None",end_user="None",hashed_api_key="` + hash + `",requested_model="chat",status_code="200",team="None",team_alias="None",user="default_user_id",user_email="None"} 1.0`,
		`litellm_request_total_latency_metric_bucket{api_key_alias="None",end_user="None",hashed_api_key="` + hash + `",le="0.005",model="gpt-4o",requested_model="chat",team="None",team_alias="None",user="default_user_id"} `,
		`litellm_llm_api_latency_metric_bucket{api_key_alias="None",end_user="None",hashed_api_key="` + hash + `",le="300.0",model="gpt-4o",requested_model="chat",team="None",team_alias="None",user="default_user_id"} 1.0`,
		`litellm_total_tokens_total{api_key_alias="None",end_user="None",hashed_api_key="` + hash + `",model="gpt-4o",team="None",team_alias="None",user="default_user_id"} 11.0`,
		`,api_key_alias="None",api_provider="openai",exception_class="RateLimitError",exception_status="429",hashed_api_key="` + hash + `",litellm_model_name="gpt-4o",model_id="one",requested_model="chat",team="None",team_alias="None"} 1.0`,
		`litellm_overhead_latency_metric_count{`, `litellm_spend_metric_total{`, "\nlitellm_remaining_tokens{", `litellm_model_name="gpt-4o",model_group="chat"} 149.0`,
		`sluice_plugin_events_total{kind="provider",plugin="openai",version="`, "sluice_build_info{", "go_goroutines ",
	} {
		if !strings.Contains(r.Body, line) {
			t.Errorf("there is no %s", line)
		}
	}
	for _, secret := range []string{"my-test-user-34", "sk-1234", "sk-secret"} {
		if strings.Contains(r.Body, secret) {
			t.Errorf("the metrics have %q", secret)
		}
	}
}

func TestMetricsOfAStream(t *testing.T) {
	g := metered(t, public)
	ask(t, g, "Hi", `,"stream":true`)
	for deadline := time.Now().Add(20 * time.Second); ; { // the stream is counted after its last byte
		text := g.Get("/metrics/").Body
		if strings.Contains(text, "litellm_llm_api_time_to_first_token_metric_count{") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(text)
		}
	}
}

func TestMetricsHaveOneAddress(t *testing.T) {
	g := metered(t, public)
	for path, want := range map[string]int{"/metrics": 200, "/metrics/": 200, "/metricsx": 404, "/metrics/x": 404} {
		if got := g.Get(path).Status; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestWhoMayReadMetrics(t *testing.T) {
	for _, c := range []struct {
		name, config  string
		nobody, admin int
	}{
		{"not asked for", "", 401, 200},
		{"for everybody", "litellm_settings: {callbacks: [prometheus]}\n", 200, 200},
		{"with a key", "litellm_settings: {failure_callback: prometheus, require_auth_for_metrics_endpoint: true}\n", 401, 200},
	} {
		g := metered(t, c.config)
		for _, path := range []string{"/metrics", "/metrics/"} {
			if got := g.Get(path).Status; got != c.nobody {
				t.Errorf("%s: %s is %d without a key", c.name, path, got)
			}
			if got := g.Get(path, "Authorization", key).Status; got != c.admin {
				t.Errorf("%s: %s is %d for the administrator", c.name, path, got)
			}
		}
	}
}
