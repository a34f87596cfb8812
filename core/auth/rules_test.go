package auth

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func TestGroups(t *testing.T) {
	for path, want := range map[string]group{
		"/chat/completions":       openaiRoutes | llmRoutes,
		"/v1/models":              openaiRoutes | llmRoutes,
		"/v1/messages":            anthropicRoutes | llmRoutes,
		"/v2/key/info":            infoRoutes | managementRoutes | internalUserRoutes | orgAdminRoutes | readingRoutes,
		"/key/{key}/regenerate":   managementRoutes | internalUserRoutes | orgAdminRoutes,
		"/spend/logs":             spendRoutes | internalUserRoutes | internalViewerRoutes | adminRoutes,
		"/health/liveliness":      publicRoutes | unruledRoutes,
		"/":                       publicRoutes,
		"/customer/block":         adminRoutes,
		"/global/spend/reset":     masterKeyRoutes | adminRoutes,
		"/team/member_add":        selfManagedRoutes,
		"/nobody/knows":           0,
		"/health/liveliness/more": 0,
	} {
		if got := NewRoute("POST", path).groups; got != want {
			t.Errorf("%s: %b, want %b", path, got, want)
		}
	}
}

func TestGroupNames(t *testing.T) {
	for rule, want := range map[string][2]bool{
		"LiteLLMRoutes.public_routes": {true, true}, "LiteLLMRoutes.public_routes.value": {true, true}, "llm_api_routes": {true, true},
		"LiteLLMRoutes.publik": {true, false}, "LiteLLMRoutes.": {true, false}, "/chat/completions": {false, false}, "": {false, false},
	} {
		if meant, known := IsGroup(rule); meant != want[0] || known != want[1] {
			t.Errorf("%q: %v %v", rule, meant, known)
		}
	}
	if names := GroupNames(); len(names) != 15 || !slices.Contains(names, "LiteLLMRoutes.openai_routes") {
		t.Errorf("%q", names)
	}
	for rule, want := range map[string]bool{"/key/generate": true, "key/generate/": true, "/v1/chat/completions": true, "/key/*": true, "*": true,
		"/openai/deployments/{model}/embeddings": true, "/engines/*": true, "/v2/key/info": true, "/customer/block": true,
		"/key/generat": false, "": false, "/v1": false, "/Key/generate": false} {
		if got := IsRoute(rule); got != want {
			t.Errorf("%q: %v", rule, got)
		}
	}
}

var served = []*Route{LLM[0], LLM[2], NewRoute("GET", "/models", "/v1/models"), NewRoute("GET", "/models/{id:*}", "/v1/models/{id:*}"), NewRoute("POST", "/key/generate"),
	NewRoute("POST", "/key/regenerate"), NewRoute("POST", "/key/{key}/regenerate"), NewRoute("GET", "/key/info"), NewRoute("POST", "/v2/key/info"),
	NewRoute("POST", "/end_user/block"), NewRoute("POST", "/user/block"), NewRoute("GET", "/spend/logs"), NewRoute("GET", "/"), NewRoute("GET", "/metrics")}

// TestLists says which of those routes a list opens, and which it closes.
func TestLists(t *testing.T) {
	for _, c := range []struct {
		rule          string
		opens, closes []string
	}{
		{"/chat/completions", []string{"/chat/completions"}, nil},
		{"/v1/chat/completions", []string{"/chat/completions"}, nil},
		{"chat/completions/", []string{"/chat/completions"}, nil},
		{" /chat/completions", []string{"/chat/completions"}, nil},
		{"/openai/deployments/{model}/embeddings", []string{"/embeddings"}, nil},
		{"/engines/*", []string{"/chat/completions", "/embeddings"}, nil},
		{"/engines/gpt/embeddings", nil, []string{"/embeddings"}},
		{"/v1/*", []string{"/chat/completions", "/embeddings", "/models", "/models/{id:*}"}, nil},
		{"/models", []string{"/models"}, nil},
		{"/models/gpt-4", nil, []string{"/models/{id:*}"}},
		{"/key/info", []string{"/key/info"}, []string{"/key/info", "/v2/key/info"}},
		{"/v2/*", []string{"/v2/key/info"}, nil},
		{"/key/regenerate", []string{"/key/regenerate"}, []string{"/key/regenerate", "/key/{key}/regenerate"}},
		{"/key/{x}/regenerate", []string{"/key/{key}/regenerate"}, []string{"/key/regenerate", "/key/{key}/regenerate"}},
		{"/customer/block", nil, []string{"/end_user/block", "/user/block"}},
		{"/customer/*", nil, []string{"/end_user/block", "/user/block"}},
		{"LiteLLMRoutes.spend_tracking_routes", []string{"/spend/logs"}, nil},
		{"LiteLLMRoutes.openai_routes", []string{"/chat/completions", "/embeddings", "/models", "/models/{id:*}"}, nil},
		{"public_routes", []string{"/", "/metrics"}, nil},
		{"LiteLLMRoutes.nothing", nil, nil},
		{"/Chat/completions", nil, nil},
	} {
		l := newRouteList([]string{c.rule, ""})
		if c.closes == nil {
			c.closes = c.opens
		}
		var opened, closed []string
		for _, to := range served {
			if l.covers(to) {
				opened = append(opened, to.Path)
			}
			if l.touches(to) {
				closed = append(closed, to.Path)
			}
		}
		if !slices.Equal(opened, c.opens) || !slices.Equal(closed, c.closes) {
			t.Errorf("%q opens %q and closes %q", c.rule, opened, closed)
		}
	}
}

func envelope(e *core.Error) string {
	if e == nil {
		return ""
	}
	return string(e.AppendEnvelope(nil))
}

func TestAdmit(t *testing.T) {
	chat, embeddings, info := LLM[0], LLM[2], NewRoute("GET", "/key/info")
	route := func(path string) string {
		return `{"error":{"message":"Route ` + path + ` not allowed","type":"auth_error","param":"None","code":"403"}}`
	}
	address := func(ip string) string {
		return `{"error":{"message":"Access forbidden: IP address ` + ip + ` not allowed.","type":"auth_error","param":"None","code":"403"}}`
	}
	var none *Rules
	some := NewRules(RuleSettings{Allowed: []string{"/chat/completions", "LiteLLMRoutes.info_routes"}})
	near := NewRules(RuleSettings{Addresses: []string{"10.0.0.0/8", "::1", "192.0.2.7", "::ffff:198.51.100.0/120", "no address"}, Allowed: []string{"*"}})
	nothing := NewRules(RuleSettings{Allowed: []string{}})
	for _, c := range []struct {
		rules            *Rules
		to               *Route
		client, as, want string
	}{
		{none, embeddings, "", "/embeddings", ""},
		{some, chat, "1.2.3.4", "/v1/chat/completions", ""},
		{some, info, "1.2.3.4", "/key/info", ""},
		{some, embeddings, "1.2.3.4", "/embeddings", route("/embeddings")},
		{some, embeddings, "1.2.3.4", "/openai/deployments/m/embeddings", route("/openai/deployments/m/embeddings")},
		{nothing, chat, "1.2.3.4", "/chat/completions", route("/chat/completions")},
		{near, chat, "10.1.2.3", "/chat/completions", ""},
		{near, chat, "::1", "/chat/completions", ""},
		{near, chat, "192.0.2.7", "/chat/completions", ""},
		{near, chat, "198.51.100.9", "/chat/completions", ""},
		{near, chat, "192.0.2.8", "/chat/completions", address("192.0.2.8")},
		{near, chat, "::2", "/chat/completions", address("::2")},
		{near, info, "", "/key/info", address("")},
		{near, info, "10.0.0.1, 192.0.2.8", "/key/info", address("10.0.0.1, 192.0.2.8")},
	} {
		if got := envelope(c.rules.Admit(c.to, c.client, []byte(c.as))); got != c.want {
			t.Errorf("%s from %s: %s", c.as, c.client, got)
		}
	}
}

func TestPublic(t *testing.T) {
	var none *Rules
	some := NewRules(RuleSettings{Public: []string{"LiteLLMRoutes.public_routes", "/spend/calculate", "/v1/embeddings"}, Private: []string{"/metrics"}})
	for path, want := range map[string][2]bool{"/": {true, true}, "/health/readiness": {true, true}, "/metrics": {true, false}, "/spend/calculate": {false, true},
		"/spend/logs": {false, false}, "/key/generate": {false, false}} {
		to := NewRoute("GET", path)
		if none.Public(to) != want[0] || some.Public(to) != want[1] {
			t.Errorf("%s: %v %v", path, none.Public(to), some.Public(to))
		}
	}
	if some.Public(nil) || some.Public(LLM[0]) || !some.Public(LLM[2]) {
		t.Error("APIs that call models")
	}
}

func TestClientIP(t *testing.T) {
	var direct *Rules
	behind := NewRules(RuleSettings{Forwarded: true})
	peer := netip.MustParseAddr("::ffff:192.0.2.1")
	for _, c := range []struct {
		forwarded []string
		want      string
	}{
		{nil, "192.0.2.1"},
		{[]string{"10.0.0.1"}, "10.0.0.1"},
		{[]string{"10.0.0.1, 10.0.0.2"}, "10.0.0.2"},
		{[]string{"10.0.0.1", "10.0.0.3 , 10.0.0.2 "}, "10.0.0.2"},
		{[]string{"10.0.0.2:8080"}, "10.0.0.2"},
		{[]string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{[]string{"[2001:db8::1]"}, "2001:db8::1"},
		{[]string{"fe80::1%eth0"}, "fe80::1"},
		{[]string{"::ffff:10.0.0.1"}, "10.0.0.1"},
		{[]string{"10.0.0.1, unknown"}, "unknown"},
		{[]string{"10.0.0.1,"}, ""},
		{[]string{""}, ""},
	} {
		var values [][]byte
		for _, v := range c.forwarded {
			values = append(values, []byte(v))
		}
		if got := behind.ClientIP(values, peer); got != c.want {
			t.Errorf("%q: %q", c.forwarded, got)
		}
		if got := direct.ClientIP(values, peer); got != "192.0.2.1" {
			t.Errorf("%q counts though nobody said so: %q", c.forwarded, got)
		}
	}
	if got := direct.ClientIP(nil, netip.Addr{}); got != "" || direct.Forwarded() || !behind.Forwarded() {
		t.Errorf("%q", got)
	}
}
