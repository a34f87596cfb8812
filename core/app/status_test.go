package app

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/trust"
)

// What is shown of upstreams leads to no secret.
func TestStatusShowsNoSecrets(t *testing.T) {
	p := testPlan(t, `
plugins:
  asker: {upstreams: {oracle: {url: "https://oracle.example:8443/CANARY-path", api_key: sk-CANARY, headers: {x-secret: CANARY}}}}
  caller: {kv: 0}
`, map[string]string{"JUDGE_KEY": "CANARY"}, trust.Policy{})
	if p.err() != nil {
		t.Fatal(p.err())
	}
	c := &cast{plan: p}
	for name, want := range map[string][]string{
		"asker":  {`"upstreams":[{"name":"oracle","host":"oracle.example:8443"}]`, `"granted":{"text":[],"headers":[],"upstreams":["oracle"]`},
		"caller": {`"problem":"upstream judge is not granted`, `"asked":{"text":[],"headers":[],"upstreams":["judge"]`, `"granted":{"text":[],"headers":[],"upstreams":[],`},
		"vendor": {`"vendors":["vendor"]`, `"used_by":[]`, `"hooks":[]`},
	} {
		text, err := json.Marshal(c.status(p.modules[name]))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s: no %s in %s", name, part, text)
			}
		}
		if strings.Contains(string(text), "CANARY") {
			t.Errorf("%s: a secret in %s", name, text)
		}
	}
}

func TestUsesAreShown(t *testing.T) {
	p := testPlan(t, `
guardrails: [{guardrail_name: mine, litellm_params: {guardrail: plain_guard, mode: [pre_call, logging_only]}}]
litellm_settings: {callbacks: [plain_guard], failure_callback: [recorder]}
router_settings: {routing_strategy: nearest}
general_settings: {custom_auth: my_auth}
`, nil, trust.Policy{})
	for name, want := range map[string]string{
		"plain_guard": "guardrail mine (pre_call, logging_only); guardrail plain_guard (pre_call, post_call), always", "recorder": "observer of failures",
		"nearest": "router", "my_auth": "custom_auth", "vendor": "",
	} {
		if got := strings.Join(p.uses(p.modules[name]), "; "); got != want {
			t.Errorf("%s: used by %q, want %q", name, got, want)
		}
	}
}
