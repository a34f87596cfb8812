package pipeline

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

// named is a request whose only header names an end user.
type named string

func (n named) Peek(name string) []byte {
	if name == "x-end-user" {
		return []byte(n)
	}
	return nil
}

func refusedFor(param string) string {
	return `{"error":{"message":"Authentication Error, BadRequest please pass param=` + param +
		` in request body. This is a required param","type":"auth_error","param":"None","code":"401"}}`
}

const userMissing = `{"error":{"message":"Authentication Error, 'user' param not passed in. 'enforce_user_param'=True","type":"auth_error","param":"None","code":"401"}}`

func TestEnforcedParams(t *testing.T) {
	b := newBench(t, echo)
	service := map[string]any{"service_account_id": "robot"}
	own := map[string]any{"enforced_params": []any{"metadata.team", "seed"}}
	for _, c := range []struct {
		rules      Enforced
		metadata   map[string]any
		body, want string
	}{
		{Enforced{}, nil, `{}`, ""},
		{Enforced{Params: []string{"user"}}, nil, `{"user":"u"}`, ""},
		{Enforced{Params: []string{"user"}}, nil, `{}`, refusedFor("user")},
		{Enforced{Params: []string{"user"}}, nil, `{"user":null}`, refusedFor("user")},
		{Enforced{Params: []string{"user"}}, nil, `{"user":""}`, refusedFor("user")},
		{Enforced{Params: []string{"user"}}, nil, `{"us\u0065r":"u"}`, ""},
		{Enforced{Params: []string{"user"}}, nil, `{"metadata":{"user":"u"}}`, refusedFor("user")},
		{Enforced{Params: []string{"n"}}, nil, `{"n":0}`, ""},
		{Enforced{Params: []string{"user", "metadata.generation_name"}}, nil, `{"user":"u"}`, refusedFor("[metadata][generation_name]")},
		{Enforced{Params: []string{"user", "metadata.generation_name"}}, nil, `{"user":"u","metadata":{}}`, refusedFor("[metadata][generation_name]")},
		{Enforced{Params: []string{"user", "metadata.generation_name"}}, nil, `{"user":"u","metadata":"generation_name"}`, refusedFor("[metadata][generation_name]")},
		{Enforced{Params: []string{"user", "metadata.generation_name"}}, nil, `{"user":"u","metadata":{"generation_name":"g"}}`, ""},
		{Enforced{Params: []string{"a.b.c"}}, nil, `{"a":{"b":{"c":false}}}`, ""},
		{Enforced{Params: []string{"a.b.c"}}, nil, `{"a":{"b":{}}}`, refusedFor("[a][b][c]")},
		{Enforced{ServiceAccounts: []string{"user"}}, nil, `{}`, ""},
		{Enforced{ServiceAccounts: []string{"user"}}, service, `{}`, refusedFor("user")},
		{Enforced{ServiceAccounts: []string{"user"}}, service, `{"user":"u"}`, ""},
		{Enforced{}, own, `{"seed":1}`, refusedFor("[metadata][team]")},
		{Enforced{}, own, `{"metadata":{"team":"t"}}`, refusedFor("seed")},
		{Enforced{Params: []string{"user"}}, own, `{"metadata":{"team":"t"},"seed":1}`, refusedFor("user")},
		{Enforced{Params: []string{"user"}}, own, `{"metadata":{"team":"t"},"seed":1,"user":"u"}`, ""},
		{Enforced{User: true}, nil, `{}`, userMissing},
		{Enforced{User: true}, nil, `{"user":null}`, userMissing},
		{Enforced{User: true}, nil, `{"metadata":{"user_id":"u"}}`, userMissing},
		{Enforced{User: true}, nil, `{"user":"u"}`, ""},
	} {
		b.state.Enforced = c.rules
		f := b.begin(core.Chat, c.body)
		if c.metadata != nil {
			f.Principal.Account = &core.Account{Key: &core.Key{Metadata: c.metadata}}
		}
		got := ""
		if e := f.Enforce(); e != nil {
			got = string(e.AppendEnvelope(nil))
		}
		if got != c.want {
			t.Errorf("%+v %v %s: %s", c.rules, c.metadata, c.body, got)
		}
	}
}

func TestThePathMayGiveTheModel(t *testing.T) {
	b := newBench(t, echo)
	b.state.Enforced = Enforced{Params: []string{"model"}}
	f := b.begin(core.Chat, `{}`)
	if f.Enforce() == nil {
		t.Error("no model is needed")
	}
	if f.URLModel = "m"; f.Enforce() != nil {
		t.Error("the path's does not count")
	}
}

func TestAHeaderMayNameTheUser(t *testing.T) {
	b := newBench(t, echo)
	for _, c := range []struct {
		header, body, want string
		value              named
	}{
		{"", `{"user":"body"}`, "body", "header"}, {"x-end-user", `{"user":"body"}`, "header", "header"}, {"x-end-user", `{"user":"body"}`, "body", ""},
		{"x-end-user", `{}`, "header", "header"},
	} {
		b.state.Enforced = Enforced{User: true, Params: []string{"user"}, UserHeader: c.header}
		f := b.begin(core.Chat, c.body)
		f.NameUser(c.value)
		if e := f.Enforce(); e != nil || f.EndUser != c.want {
			t.Errorf("%+v: %q, %v", c, f.EndUser, e)
		}
	}
	f := b.begin(core.Chat, `{}`)
	if f.Enforce() == nil {
		t.Error("a flight of before names the user")
	}
}

func TestEnforcingAllocatesNothing(t *testing.T) {
	b := newBench(t, echo)
	b.state.Enforced = Enforced{Params: []string{"user", "metadata.generation_name"}, User: true}
	f := b.begin(core.Chat, `{"user":"u","metadata":{"generation_name":"g"}}`)
	f.Principal.Account = &core.Account{Key: &core.Key{Metadata: map[string]any{"enforced_params": []any{"user"}}}}
	if n := testing.AllocsPerRun(100, func() {
		if f.Enforce() != nil {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
