package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

var start = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// full is an exchange that has something to say for each label.
func full() *core.Exchange {
	alias, email := "the team", "a@example.com"
	return &core.Exchange{
		Endpoint: core.Chat, CallID: "c1", Start: start, Model: "gpt", Group: "gpt-4o", EndUser: "customer 7",
		Principal: core.Principal{KeyHash: "88dc", KeyAlias: "ci", UserID: "u1", TeamID: "t1",
			Account: &core.Account{Key: &core.Key{}, Team: &core.Team{Alias: &alias}, User: &core.User{Email: &email}}},
		Usage: core.Usage{Prompt: 10, Completion: 20, Counted: true},
		Attempt: core.Attempt{Deployment: &core.Deployment{ID: "d1", Group: "gpt-4o"}, APIBase: "https://name:secret@api.example.com/v1?key=secret",
			Provider: "openai", Model: "gpt-4o-2024", Began: start.Add(time.Millisecond), Upstream: 90 * time.Millisecond},
	}
}

func well(d time.Duration) *End {
	return &End{Duration: d, Cost: core.Dollar / 1000, RemainingRequests: -1, RemainingTokens: -1}
}

// written is what m writes of what it counted.
func written(t *testing.T, m *Metrics) string {
	t.Helper()
	var b strings.Builder
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// samples are the lines of text whose metric begins so.
func samples(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func expect(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no\n%s\nin\n%s", line, samples(text, line[:strings.IndexByte(line+"{", '{')]))
		}
	}
}

func TestSuccessIsCounted(t *testing.T) {
	m := New(0)
	end := well(100 * time.Millisecond)
	end.RemainingRequests, end.RemainingTokens = 99, 0
	m.Record(full(), end)
	m.Record(full(), well(1100*time.Millisecond))
	const caller = `api_key_alias="ci",end_user="customer 7",hashed_api_key="88dc"`
	expect(t, written(t, m),
		`# TYPE litellm_proxy_total_requests_metric_total counter`,
		`litellm_proxy_total_requests_metric_total{`+caller+`,requested_model="gpt",status_code="200",team="t1",team_alias="the team",user="u1",user_email="a@example.com"} 2.0`,
		`litellm_requests_metric_total{`+caller+`,model="gpt-4o-2024",team="t1",team_alias="the team",user="u1",user_email="a@example.com"} 2.0`,
		`litellm_spend_metric_total{`+caller+`,model="gpt-4o-2024",team="t1",team_alias="the team",user="u1"} 0.002`,
		`litellm_total_tokens_total{`+caller+`,model="gpt-4o-2024",team="t1",team_alias="the team",user="u1"} 60.0`,
		`litellm_input_tokens_total{`+caller+`,model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 20.0`,
		`litellm_output_tokens_total{`+caller+`,model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 40.0`,
		`# TYPE litellm_request_total_latency_metric histogram`,
		`litellm_request_total_latency_metric_bucket{`+caller+`,le="0.05",model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 0.0`,
		`litellm_request_total_latency_metric_bucket{`+caller+`,le="0.1",model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 1.0`,
		`litellm_request_total_latency_metric_bucket{`+caller+`,le="300.0",model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 2.0`,
		`litellm_request_total_latency_metric_bucket{`+caller+`,le="+Inf",model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 2.0`,
		`litellm_request_total_latency_metric_count{`+caller+`,model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 2.0`,
		`litellm_request_total_latency_metric_sum{`+caller+`,model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 1.2`,
		`litellm_llm_api_latency_metric_sum{`+caller+`,model="gpt-4o-2024",requested_model="gpt-4o",team="t1",team_alias="the team",user="u1"} 1.198`,
		`litellm_overhead_latency_metric_bucket{api_base="https://api.example.com/v1",api_key_alias="ci",api_provider="openai",hashed_api_key="88dc",le="0.0125",litellm_model_name="gpt-4o-2024",model_group="gpt-4o"} 1.0`,
		`litellm_remaining_requests{api_base="https://api.example.com/v1",api_key_alias="ci",api_provider="openai",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_group="gpt-4o"} 99.0`,
		`litellm_remaining_tokens{api_base="https://api.example.com/v1",api_key_alias="ci",api_provider="openai",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_group="gpt-4o"} 0.0`,
		`litellm_deployment_total_requests_total{api_base="https://api.example.com/v1",api_key_alias="ci",api_provider="openai",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_id="d1",requested_model="gpt-4o",team="t1",team_alias="the team"} 2.0`,
		`litellm_deployment_success_responses_total{api_base="https://api.example.com/v1",api_key_alias="ci",api_provider="openai",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_id="d1",requested_model="gpt-4o",team="t1",team_alias="the team"} 2.0`,
		`litellm_deployment_latency_per_output_token_sum{api_base="https://api.example.com/v1",api_key_alias="ci",api_provider="openai",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_id="d1",team="t1",team_alias="the team"} 0.06`,
		`litellm_deployment_state{api_base="https://api.example.com/v1",api_provider="openai",litellm_model_name="gpt-4o-2024",model_id="d1"} 0.0`,
	)
}

func TestFailuresAreCounted(t *testing.T) {
	m := New(0)
	m.Apply(Settings{NoEndUsers: true})
	refused := &core.Error{Class: core.Authentication}
	m.Record(&core.Exchange{Start: start}, &End{Error: refused})
	limited := &core.Error{Class: core.RateLimit, Upstream: true}
	x := full()
	x.Principal = core.Principal{KeyHash: "88dc", UserID: "default_user_id"}
	x.Usage, x.Tags = core.Usage{}, []string{"a", "b"}
	x.Failed = []core.Failure{{Attempt: x.Attempt, Error: limited}, {Attempt: x.Attempt, Error: limited}}
	x.Attempt.Retries = 1
	m.Record(x, &End{Error: limited})
	const at = `{api_base="https://api.example.com/v1",`
	expect(t, written(t, m),
		`litellm_proxy_total_requests_metric_total{api_key_alias="None",end_user="None",hashed_api_key="None",requested_model="None",status_code="401",team="None",team_alias="None",user="None",user_email="None"} 1.0`,
		`litellm_proxy_failed_requests_metric_total{api_key_alias="None",end_user="None",exception_class="AuthenticationError",exception_status="401",hashed_api_key="None",requested_model="None",team="None",team_alias="None",user="None"} 1.0`,
		`litellm_proxy_total_requests_metric_total{api_key_alias="None",end_user="None",hashed_api_key="88dc",requested_model="gpt",status_code="429",team="None",team_alias="None",user="default_user_id",user_email="None"} 1.0`,
		`litellm_proxy_failed_requests_metric_total{api_key_alias="None",end_user="None",exception_class="RateLimitError",exception_status="429",hashed_api_key="88dc",requested_model="gpt",team="None",team_alias="None",user="default_user_id"} 1.0`,
		`litellm_llm_api_failed_requests_metric_total{api_key_alias="None",end_user="None",hashed_api_key="88dc",model="gpt-4o-2024",team="None",team_alias="None",user="default_user_id"} 2.0`,
		`litellm_deployment_total_requests_total`+at+`api_key_alias="None",api_provider="openai",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_id="d1",requested_model="gpt-4o",team="None",team_alias="None"} 2.0`,
		`litellm_deployment_failure_responses_total`+at+`api_key_alias="None",api_provider="openai",exception_class="RateLimitError",exception_status="429",hashed_api_key="88dc",litellm_model_name="gpt-4o-2024",model_id="d1",requested_model="gpt-4o",team="None",team_alias="None"} 2.0`,
		`litellm_deployment_failure_by_tag_responses_total`+at+`api_provider="openai",exception_class="RateLimitError",exception_status="429",litellm_model_name="gpt-4o-2024",model_id="d1",requested_model="gpt-4o",tag="b"} 2.0`,
		`litellm_deployment_state`+at+`api_provider="openai",litellm_model_name="gpt-4o-2024",model_id="d1"} 1.0`,
	)
}

// TestStreams: what the client left is paid for, and what broke midway counts as the deployment's failure.
func TestStreams(t *testing.T) {
	m := New(0)
	x := full()
	x.Stream, x.FirstToken = true, x.Attempt.Began.Add(40*time.Millisecond)
	m.Record(x, well(time.Second))
	left := well(time.Second)
	left.Error = &core.Error{Class: core.Cancelled, Upstream: true}
	m.Record(x, left)
	broke := &End{Error: &core.Error{Class: core.APIConnection, Upstream: true}}
	m.Record(x, broke)
	text := written(t, m)
	for prefix, want := range map[string]string{
		"litellm_spend_metric_total":                           "} 0.002\n",
		"litellm_llm_api_time_to_first_token_metric_sum":       "} 0.04\n",
		"litellm_overhead_latency_metric_sum":                  "} 0.001\n",
		"litellm_deployment_failure_responses_total":           "} 1.0\n",
		"litellm_request_total_latency_metric_count":           "} 1.0\n",
		"litellm_proxy_failed_requests_metric_total{api_key_a": "} 1.0\n",
	} {
		if got := samples(text, prefix); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", prefix, got)
		}
	}
}

func TestNothingIsCounted(t *testing.T) {
	var m *Metrics
	m.Record(full(), well(0))
	if text := written(t, m); text != "" || m.Settings() != (Settings{}) {
		t.Error(text)
	}
}

// TestSecretsStayOut: an address may hold a password.
func TestSecretsStayOut(t *testing.T) {
	m := New(0)
	m.Record(full(), well(0))
	if text := written(t, m); strings.Contains(text, "secret") || strings.Contains(text, "name:") {
		t.Error(text)
	}
	for in, want := range map[string]string{
		"https://a.b/c?d=e": "https://a.b/c", "https://u:p@a.b": "https://a.b", "https://u:p@a.b/c@d": "https://a.b/c@d", "a.b/c": "a.b/c", "": "",
	} {
		if got := public(in); got != want {
			t.Errorf("public(%q) = %q, want %q", in, got, want)
		}
	}
}
