package auth

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func TestMayUse(t *testing.T) {
	for _, c := range []struct {
		models, names string
		want          bool
	}{
		{"", "any", false}, {"", "", false}, {"a", "a", true}, {"a", "b", false}, {"a", "", false}, {"a", "aa", false}, {"a", "b a", true},
		{"x a", "a", true}, {"openai/*", "openai/gpt-4o", true}, {"openai/*", "gpt-4o openai/gpt-4o", true}, {"openai/*", "azure/gpt-4o", false},
		{"gpt-4*", "gpt-4o", true}, {"*", "b", true}, {"all-proxy-models", "b", true}, {"a", "*", false}, {"a", "all-proxy-models", false},
	} {
		p := core.Principal{Models: strings.Fields(c.models)}
		if got := MayUse(&p, append(strings.Fields(c.names), "")...); got != c.want {
			t.Errorf("%q may use %q: %v", c.models, c.names, got)
		}
	}
}

func TestEverybodyMayUseEverything(t *testing.T) {
	if !MayUse(&core.Principal{}, "any") || !MayUse(&core.Principal{Admin: true}, "") {
		t.Error("a principal without a list is refused")
	}
}

func TestDenied(t *testing.T) {
	e := Denied(&core.Principal{Models: []string{"a", "b/*"}}, "c")
	const want = `{"error":{"message":"key not allowed to access model. This key can only access models=['a', 'b/*']. Tried to access c",` +
		`"type":"key_model_access_denied","param":"model","code":"401"}}`
	if got := string(e.AppendEnvelope(nil)); got != want {
		t.Errorf("got %s", got)
	}
	if none := Denied(&core.Principal{Models: []string{}}, "c"); !strings.Contains(none.Message, "models=[]. Tried") {
		t.Errorf("got %s", none.Message)
	}
	if long := Denied(&core.Principal{}, strings.Repeat("x", 1000)); len(long.Message) > 512 {
		t.Errorf("%d bytes of message", len(long.Message))
	}
}
