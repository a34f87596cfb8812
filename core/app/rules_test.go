package app

import (
	"testing"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/trust"
)

func TestRulesAboutNoRoute(t *testing.T) {
	for rule, want := range map[string]string{
		"/key/generate": "", "/v1/*": "", "LiteLLMRoutes.public_routes": "",
		"/key/generat":               `c.yaml:2:23: warning: general_settings.admin_only_routes[0]: there is no route "/key/generat" (did you mean "/key/generate"?)`,
		"LiteLLMRoutes.publc_routes": `c.yaml:2:23: error: general_settings.admin_only_routes[0]: there is no group of routes called "LiteLLMRoutes.publc_routes" (did you mean "LiteLLMRoutes.public_routes"?)`,
	} {
		p := testPlan(t, "general_settings:\n  admin_only_routes: [\""+rule+"\"]\n", nil, trust.Policy{})
		got := ""
		for _, f := range p.findings {
			got += f.String()
		}
		if got != want {
			t.Errorf("%s: %s", rule, got)
		}
	}
}

// Who may read the metrics is the rules' business: everybody where prometheus is among the callbacks, and nobody said
// otherwise.
func TestWhoMayReadMetrics(t *testing.T) {
	const every = "general_settings: {public_routes: [LiteLLMRoutes.public_routes]}\n"
	for text, public := range map[string]bool{
		"model_list: []": false, every: false, "litellm_settings: {callbacks: [prometheus]}": true,
		every + "litellm_settings: {callbacks: [prometheus], require_auth_for_metrics_endpoint: true}": false,
	} {
		c, err := config.Parse("c.yaml", []byte(text), config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := rules(c).Public(auth.NewRoute("GET", metricsRoute)); got != public {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestManagementIsInTheTable: a route that nobody thought of is closed to all but administrators, which is safe and rarely
// meant.
func TestManagementIsInTheTable(t *testing.T) {
	a := &App{api: &endpoint.API{}, books: &books{}}
	routes := a.management()
	for _, r := range routes {
		if !auth.NewRoute(r.Method, r.Path).Known() {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	if len(routes) < 40 {
		t.Errorf("only %d routes", len(routes))
	}
}
