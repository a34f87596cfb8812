package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// failing starts an upstream that answers with a status.
func failing(t *testing.T, status int, header ...string) *mock.Server {
	return mock.New(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		mock.WriteJSON(w, status, `{"error":{"message":"told to fail"}}`)
	})
}

// group starts a gateway with one model group, m, over several deployments.
func group(t *testing.T, settings string, deployments ...string) *gateway.Gateway {
	t.Helper()
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i, d := range deployments {
		fmt.Fprintf(&b, "  - model_name: m\n    litellm_params: {model: openai/d%d, api_key: sk-secret-%d, %s}\n", i, i, d)
	}
	return gateway.Start(t, gateway.Options{Config: b.String() + settings})
}

func at(s *mock.Server, more string) string { return fmt.Sprintf("api_base: %q%s", s.URL+"/v1", more) }

// TestWeights: deployments get their share by weight, and else by rpm or tpm.
func TestWeights(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"weight", "rpm", "tpm"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a, b, never := mock.OpenAI(t), mock.OpenAI(t), mock.OpenAI(t)
			g := group(t, "", at(a, ", "+kind+": 3"), at(b, ", "+kind+": 1"), at(never, ", "+kind+": 0"))
			const calls = 400
			for range calls {
				if r := g.Post("/v1/chat/completions", askWhole); r.Status != 200 {
					t.Fatalf("answered %d %s", r.Status, r.Body)
				}
			}
			// 300 are expected; 60 fewer or more are seven standard deviations away.
			if n := len(a.Requests()); n < 240 || n > 360 || n+len(b.Requests()) != calls || len(never.Requests()) != 0 {
				t.Errorf("%d, %d and %d calls", n, len(b.Requests()), len(never.Requests()))
			}
		})
	}
}

// TestRetryElsewhere: what fails on one deployment is tried at once on the other.
func TestRetryElsewhere(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 408, 429, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			bad, good := failing(t, status), mock.OpenAI(t)
			g := group(t, "", at(bad, ", weight: 1000000"), at(good, ", weight: 0.000001"))
			r := g.Post("/v1/chat/completions", askWhole)
			if r.Status != 200 || r.Header.Get("x-litellm-attempted-retries") != "1" || r.Header.Get("x-litellm-max-retries") != "2" {
				t.Errorf("answered %d, headers %v", r.Status, r.Header)
			}
			if len(bad.Requests()) != 1 || len(good.Requests()) != 1 {
				t.Errorf("%d and %d calls", len(bad.Requests()), len(good.Requests()))
			}
			if got := good.Last(t); got.Header.Get("Authorization") != "Bearer sk-secret-1" || !strings.Contains(got.Body, `"d1"`) {
				t.Errorf("the second deployment got %s with %q", got.Body, got.Header.Get("Authorization"))
			}
		})
	}
}

// TestNoRetry: what the request is to blame for is not tried again.
func TestNoRetry(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 413, 422} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			bad := failing(t, status)
			g := group(t, "", at(bad, ""), at(bad, ""))
			g.Post("/v1/chat/completions", askWhole)
			if n := len(bad.Requests()); n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestRetryCounts: where the number of retries comes from, from the strongest to the weakest.
func TestRetryCounts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, settings, deployment, body, header string
		calls                                    int
	}{
		{"settings", "litellm_settings: {num_retries: 1}", "", "", "", 2},
		{"router beats settings", "litellm_settings: {num_retries: 1}\nrouter_settings: {num_retries: 0}", "", "", "", 1},
		{"body", "", "", `,"num_retries":1`, "", 2},
		{"header beats body", "", "", `,"num_retries":3`, "0", 1},
		{"deployment", "litellm_settings: {num_retries: 0}", ", num_retries: 1", "", "", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			bad := failing(t, 500)
			g := group(t, tc.settings, at(bad, tc.deployment), at(bad, tc.deployment))
			r := g.Post("/v1/chat/completions", strings.Replace(askWhole, "}]}", "}]"+tc.body+"}", 1), "x-litellm-num-retries", tc.header)
			if n := len(bad.Requests()); n != tc.calls || r.Status != 500 {
				t.Errorf("%d calls, answered %d %s", n, r.Status, r.Body)
			}
			if e, _ := r.Error(); !strings.HasSuffix(e.Message, ". Received Model Group=m\nAvailable Model Group Fallbacks=None") {
				t.Errorf("message %q", e.Message)
			}
		})
	}
}

// TestRetryAfter: a single deployment is left alone for as long as it asked.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	var first, second atomic.Int64
	up := mock.New(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		if first.CompareAndSwap(0, time.Now().UnixMilli()) {
			w.Header().Set("Retry-After", "1")
			mock.WriteJSON(w, 429, `{"error":{"message":"slow down"}}`)
			return
		}
		second.Store(time.Now().UnixMilli())
		mock.WriteJSON(w, 200, `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[]}`)
	})
	g := single(t, "openai/m", up.URL, "")
	if r := g.Post("/v1/chat/completions", askWhole); r.Status != 200 {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	if waited := second.Load() - first.Load(); waited < 990 {
		t.Errorf("came back after %d ms", waited)
	}
}

// TestRetryAfterIsPassedOn: when no attempt is left the client learns when to come back.
func TestRetryAfterIsPassedOn(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/m", failing(t, 429, "Retry-After", "7").URL, noRetries)
	if r := g.Post("/v1/chat/completions", askWhole); r.Status != 429 || r.Header.Get("retry-after") != "7" {
		t.Errorf("answered %d, retry-after %q", r.Status, r.Header.Get("retry-after"))
	}
}

// TestTimeouts: where the time limit comes from, from the strongest to the weakest.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, settings, deployment, body, header, want string }{
		{"header", "router_settings: {num_retries: 0, timeout: 60}", ", timeout: 50", `,"timeout":40`, "0.2", "0.2"},
		{"body", "router_settings: {num_retries: 0, timeout: 60}", ", timeout: 50", `,"timeout":0.25`, "", "0.25"},
		{"deployment", "router_settings: {num_retries: 0, timeout: 60}", ", timeout: 0.3", "", "", "0.3"},
		{"router", "router_settings: {num_retries: 0, timeout: 0.35}\nlitellm_settings: {request_timeout: 60}", "", "", "", "0.35"},
		{"settings", "router_settings: {num_retries: 0}\nlitellm_settings: {request_timeout: 0.4}", "", "", "", "0.4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan struct{})
			up := mock.New(t, func(_ http.ResponseWriter, r *http.Request, _ string) {
				<-r.Context().Done()
				close(gone)
			})
			g := group(t, tc.settings, at(up, tc.deployment))
			r := g.Post("/v1/chat/completions", strings.Replace(askWhole, "}]}", "}]"+tc.body+"}", 1), "x-litellm-timeout", tc.header)
			if e, ok := r.Error(); !ok || r.Status != 408 || !strings.HasPrefix(e.Message, "litellm.Timeout: ") {
				t.Errorf("answered %d %s", r.Status, r.Body)
			}
			if got := r.Header.Get("x-litellm-timeout"); got != tc.want {
				t.Errorf("x-litellm-timeout %q, want %q", got, tc.want)
			}
			select {
			case <-gone:
			case <-time.After(wait):
				t.Error("the upstream call went on")
			}
		})
	}
}

// TestNames: ids, aliases, wildcards and upstream names lead to deployments; --model beats them all.
func TestNames(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{Config: strings.ReplaceAll(`
model_list:
  - model_name: plain
    litellm_params: {model: openai/target, api_base: $UP, api_key: sk-secret-a}
    model_info: {id: my-id}
  - model_name: llm/*
    litellm_params: {model: openai/*, api_base: $UP, api_key: sk-secret-a}
  - model_name: "*-fixed"
    litellm_params: {model: openai/always, api_base: $UP, api_key: sk-secret-a}
router_settings:
  model_group_alias: {other: plain, secret-name: {model: plain, hidden: true}}
`, "$UP", up.URL+"/v1")})
	for name, want := range map[string]string{
		"plain": "target", "my-id": "target", "other": "target", "secret-name": "target", "openai/target": "target",
		"llm/some/thing": "some/thing", "very-fixed": "always",
	} {
		r := g.Post("/v1/chat/completions", strings.Replace(askWhole, `"m"`, `"`+name+`"`, 1))
		if got := up.Last(t).Body; r.Status != 200 || !strings.Contains(got, `"model":"`+want+`"`) {
			t.Errorf("%s: answered %d, the upstream got %s", name, r.Status, got)
		}
	}
	listed := string(g.Get("/v1/models").Body)
	if !strings.Contains(listed, `"other"`) || strings.Contains(listed, "secret-name") {
		t.Errorf("listed %s", listed)
	}
	r := g.Post("/v1/chat/completions", strings.Replace(askWhole, `"m"`, `"unknown"`, 1))
	if e, ok := r.Error(); !ok || r.Status != 400 || !strings.Contains(e.Message, "You passed in model=unknown. There is no 'model_name' with this string") {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
}
