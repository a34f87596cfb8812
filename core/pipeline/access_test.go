package pipeline

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// bearer is a request whose only header is a key.
type bearer string

func (b bearer) Peek(name string) []byte {
	if name == "Authorization" {
		return []byte("Bearer " + b)
	}
	return nil
}

func TestModelsOfAPrincipal(t *testing.T) {
	b := newBench(t, echo)
	b.aliases = []route.Alias{{Name: "gpt-4", Group: "chat"}}
	b.add(core.Deployment{ID: "one", Group: "chat", Model: "probe/m"})
	b.add(core.Deployment{ID: "two", Group: "own/*", Model: "own/*"})
	for _, c := range []struct {
		models, ask string
		allowed     bool
	}{
		{"", "chat", false}, {"chat", "chat", true}, {"other", "chat", false}, {"chat", "gpt-4", true}, {"gpt-4", "gpt-4", true},
		{"gpt-4", "chat", false}, {"chat", "one", true}, {"own/*", "own/x", true}, {"own/a", "own/x", false}, {"other", "unknown", false},
		{"own/*", "probe-special-x", true}, {"*", "chat", true},
	} {
		f := b.begin(core.Chat, `{"model":"`+c.ask+`"}`)
		f.Principal.Models = strings.Fields(c.models)
		e := f.Run()
		if denied := e != nil && e.Kind == "key_model_access_denied"; denied == c.allowed {
			t.Errorf("%q asks for %s: %v", c.models, c.ask, e)
		}
		g := b.begin(core.Chat, `{"model":"x"}`)
		g.Principal.Models = strings.Fields(c.models)
		fork := g.Fork(c.ask, nil)
		if e := fork.Run(); (e != nil && e.Kind == "key_model_access_denied") == c.allowed {
			t.Errorf("%q asks for %s in a batch: %v", c.models, c.ask, e)
		}
		fork.End()
	}
}

// The models that count are those that are called, whatever stands in the body.
func TestModelsOfAPrincipalAndThePath(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "one", Group: "chat", Model: "probe/m"})
	b.add(core.Deployment{ID: "two", Group: "dear", Model: "probe/m"})
	f := b.begin(core.Chat, `{"model":"chat"}`)
	f.Principal.Models, f.URLModel = []string{"chat"}, "dear"
	if e := f.Run(); e == nil || !strings.HasSuffix(e.Message, "Tried to access dear") {
		t.Errorf("%v", e)
	}
}

func TestAuthorizeAsksThePlugin(t *testing.T) {
	b := newBench(t, echo)
	b.add(core.Deployment{ID: "one", Group: "chat", Model: "probe/m"})
	b.state.Keys = auth.New("sk-1234", "")
	b.state.Auth = auth.NewCustom(guesttest.Plugin(t, "auth", guesttest.Emit(`{"user_id":"u","models":["dear"]}`), host.Grants{}), silent)
	for key, admin := range map[bearer]bool{"sk-1234": true, "sk-own": false} {
		f := b.begin(core.Chat, `{"model":"chat"}`)
		f.To = auth.LLM[0]
		if e := f.Authorize(key, []byte("/chat/completions")); e != nil || f.Principal.Admin != admin {
			t.Fatalf("%s: %+v, %v", key, f.Principal, e)
		}
		if f.Model != "chat" {
			t.Errorf("the plugin was asked about %q", f.Model)
		}
		if e := f.Run(); (e == nil) != admin {
			t.Errorf("%s: %v", key, e)
		}
	}
}

func TestEndUser(t *testing.T) {
	b := newBench(t, echo)
	for body, want := range map[string]string{`{"user":"eve"}`: "eve", `{"user":null}`: "", `{"user":7}`: "", `{}`: ""} {
		if f := b.begin(core.Chat, body); f.EndUser != want {
			t.Errorf("%s: %q", body, f.EndUser)
		}
	}
}
