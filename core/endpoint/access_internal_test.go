package endpoint

import (
	"encoding/json"
	"io"
	"log/slog"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// admitting is a gateway whose auth plugin gives that principal to every key.
func admitting(t *testing.T, principal string) *API {
	registry, err := provider.NewRegistry(nil)
	if err != nil {
		t.Fatal(err)
	}
	list := []*core.Deployment{{ID: "1", Group: "chat", Model: "x/a"}, {ID: "2", Group: "dear", Model: "x/b"}}
	s := &pipeline.State{
		Keys: auth.New("sk-1234", ""), Table: route.NewTable(list, nil), Builder: &provider.Builder{Registry: registry},
		Routes: map[*core.Deployment]*pipeline.Route{list[0]: {}, list[1]: {}},
	}
	s.Auth = auth.NewCustom(guesttest.Plugin(t, "auth", guesttest.Emit(principal), host.Grants{}), slog.New(slog.NewTextHandler(io.Discard, nil)))
	p := pipeline.New(nil)
	p.Swap(s)
	return &API{Pipeline: p, Plugins: func() []Plugin { return nil }}
}

// gated is a handler behind the gate of a route that every key may call.
func gated(a *API, h Handler) Handler { return a.Gate(auth.NewRoute("GET", "/models"), h) }

// ask calls a handler as the key's owner and counts the entries of what it lists; -1 after an error.
func ask(t *testing.T, h Handler, key, id string) int {
	t.Helper()
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	ctx.Request.Header.Set("Authorization", "Bearer "+key)
	ctx.SetUserValue("id", id)
	if e := h(&ctx); e != nil {
		return -1
	}
	var list struct {
		Data []json.RawMessage
	}
	if err := json.Unmarshal(ctx.Response.Body(), &list); err != nil {
		t.Fatal(err)
	}
	return len(list.Data)
}

func TestListsHaveTheModelsOfThePrincipal(t *testing.T) {
	a := admitting(t, `{"models":["chat"]}`)
	for name, h := range map[string]Handler{"models": gated(a, a.Models), "model info": gated(a, a.ModelInfo), "model groups": gated(a, a.ModelGroupInfo)} {
		if own, all := ask(t, h, "sk-own", ""), ask(t, h, "sk-1234", ""); own != 1 || all != 2 {
			t.Errorf("%s: %d and %d", name, own, all)
		}
	}
	one := gated(a, a.Model)
	if ask(t, one, "sk-own", "chat") < 0 || ask(t, one, "sk-own", "dear") >= 0 || ask(t, one, "sk-1234", "dear") < 0 {
		t.Error("single models are not told apart")
	}
	for model, want := range map[string]int{"": 1, "dear": 0} {
		if got := len(a.checks(a.Pipeline.State(), model, &core.Principal{Models: []string{"chat"}})); got != want {
			t.Errorf("health of %q checks %d", model, got)
		}
	}
}

func TestPluginsAreShownToAdministrators(t *testing.T) {
	plugins := func(a *API) Handler { return a.Gate(auth.NewRoute("GET", "/plugins"), a.ListPlugins) }
	if a := admitting(t, `{}`); ask(t, plugins(a), "sk-own", "") >= 0 || ask(t, plugins(a), "sk-1234", "") < 0 {
		t.Error("a key without rights sees them, or the master key does not")
	}
	if a := admitting(t, `{"admin":true}`); ask(t, plugins(a), "sk-own", "") < 0 {
		t.Error("an administrator does not see them")
	}
}

// Who comes past the gate is nobody.
func TestNobodyIsAdmittedWithoutTheGate(t *testing.T) {
	a := admitting(t, `{"models":["chat"]}`)
	if ask(t, a.Models, "sk-1234", "") != 0 || ask(t, a.ModelInfo, "sk-1234", "") != 0 {
		t.Error("a handler without a gate shows models")
	}
	if p, e := a.Authorize(&fasthttp.RequestCtx{}); e != nil || p.Admin || p.UserID != "" {
		t.Errorf("%+v, %v", p, e)
	}
}
