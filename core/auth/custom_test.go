package auth

import (
	"encoding/json"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

func custom(t *testing.T, act guesttest.Act) *Custom {
	return NewCustom(guesttest.Plugin(t, "auth", act, host.Grants{}), silent)
}

func presented(h Header) Request {
	return Request{Header: h, Exchange: &core.Exchange{Endpoint: core.Chat, Model: "chat"}, Route: "/chat/completions", ClientIP: "192.0.2.7"}
}

func TestPluginAdmits(t *testing.T) {
	c := custom(t, guesttest.Emit(`{"user_id":"u","key_alias":"a","team_id":"t","organization_id":"o","models":["gpt-*","x"]}`))
	want := core.Principal{KeyHash: hash([]byte("sk-own")), UserID: "u", KeyAlias: "a", TeamID: "t", OrganizationID: "o", Models: []string{"gpt-*", "x"}}
	for _, k := range []*Keys{New(master, ""), New("", "")} {
		for range 2 {
			p, e := c.Check(k, presented(with("Authorization", "Bearer sk-own")))
			if e != nil || !reflect.DeepEqual(p, want) {
				t.Errorf("got %+v, %v", p, e)
			}
		}
	}
}

// The master key works even when the plugin refuses or is broken; without a credential nobody is asked.
func TestPluginIsNotAsked(t *testing.T) {
	for name, act := range map[string]guesttest.Act{"refuses": guesttest.Fail(hostabi.Authentication, 0, "no"), "crashes": guesttest.Trap()} {
		c := custom(t, act)
		if p, e := c.Check(New(master, ""), presented(with("x-api-key", master))); e != nil || !p.Admin || p.KeyHash != hash([]byte(master)) {
			t.Errorf("%s: the master key gives %+v, %v", name, p, e)
		}
	}
	c := custom(t, guesttest.Emit(`{"admin":true}`))
	for _, h := range []headers{with(), with("Authorization", "sk-own"), with("Authorization", "Bearer  "), with("Authorization", basic("u:"))} {
		for _, k := range []*Keys{New(master, ""), New("", "")} {
			if p, e := c.Check(k, presented(h)); e == nil || p.Admin || e.Code() != 401 {
				t.Errorf("%v: %+v, %v", h, p, e)
			}
		}
	}
}

func TestPluginDecides(t *testing.T) {
	const notChecked = "Authentication Error, the key could not be checked. Try again later."
	unknownKey := unknown([]byte("sk-own")).Message
	for name, c := range map[string]struct {
		act     guesttest.Act
		code    int
		message string
	}{
		"passes":               {guesttest.Pass(), 401, unknownKey},
		"refuses":              {guesttest.Fail(hostabi.Authentication, 0, "revoked"), 401, "Authentication Error, revoked"},
		"refuses, no class":    {guesttest.Fail(hostabi.ClassByStatus, 0, "revoked"), 401, "Authentication Error, revoked"},
		"refuses, no text":     {guesttest.Fail(hostabi.Authentication, 0, ""), 401, "Authentication Error, Invalid proxy server token passed."},
		"forbids":              {guesttest.Fail(hostabi.PermissionDenied, 0, "not here"), 403, "not here"},
		"forbids, by status":   {guesttest.Fail(hostabi.ClassByStatus, 403, "not here"), 403, "not here"},
		"limits":               {guesttest.Fail(hostabi.RateLimit, 0, "slowly"), 429, "slowly"},
		"fails":                {guesttest.Fail(hostabi.InternalServer, 0, "lost my table"), 503, notChecked},
		"fails, by status":     {guesttest.Fail(hostabi.ClassByStatus, 502, ""), 503, notChecked},
		"times out":            {guesttest.Fail(hostabi.Timeout, 0, ""), 503, notChecked},
		"crashes":              {guesttest.Trap(), 503, notChecked},
		"never ends":           {guesttest.Spin(), 503, notChecked},
		"ends with an error":   {guesttest.Result(-3), 503, notChecked},
		"says nothing":         {guesttest.Result(hostabi.Done), 503, notChecked},
		"is not JSON":          {guesttest.Emit("yes"), 503, notChecked},
		"an unknown member":    {guesttest.Emit(`{"user_id":"u","max_budget":3}`), 503, notChecked},
		"admin as a text":      {guesttest.Emit(`{"admin":"false"}`), 503, notChecked},
		"a model as a number":  {guesttest.Emit(`{"models":[1]}`), 503, notChecked},
		"an admin and then no": {guesttest.Emit(`{"admin":true,"admin":false}`), 503, notChecked},
	} {
		t.Run(name, func(t *testing.T) {
			p, e := custom(t, c.act).Check(New(master, ""), presented(with("Authorization", "Bearer sk-own")))
			if e == nil || !reflect.DeepEqual(p, core.Principal{}) {
				t.Fatalf("admitted as %+v", p)
			}
			if e.Code() != c.code || e.Message != c.message || e.Kind != "auth_error" {
				t.Errorf("got %d %q %q", e.Code(), e.Kind, e.Message)
			}
		})
	}
}

func TestFailOpenLeavesItToTheKeys(t *testing.T) {
	for _, act := range []guesttest.Act{guesttest.Trap(), guesttest.Emit("yes"), guesttest.Fail(hostabi.InternalServer, 0, "")} {
		c := custom(t, act)
		c.plugin.FailOpen = true
		for _, k := range []*Keys{New(master, ""), New("", "")} {
			p, e := c.Check(k, presented(with("Authorization", "Bearer sk-own")))
			if e == nil || p.Admin || e.Code() != 401 {
				t.Errorf("%+v, %v", p, e)
			}
		}
	}
}

func TestFacts(t *testing.T) {
	for _, c := range []struct {
		header Header
		scheme string
	}{
		{with("Authorization", "Bearer sk-own"), "bearer"}, {with("Authorization", basic("u:sk-own")), "basic"}, {with("x-api-key", "sk-own"), "key"},
	} {
		r := presented(c.header)
		r.Exchange.Model = "a\"b\\\n"
		key, scheme, _ := New(master, "").key(r.Header)
		var got map[string]string
		if err := json.Unmarshal(appendFacts(nil, hash(key), scheme, r), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"key_hash": hash([]byte("sk-own")), "scheme": c.scheme, "route": "/chat/completions", "endpoint": "chat",
			"client_ip": "192.0.2.7", "model": r.Exchange.Model}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v", got)
		}
	}
	few := appendFacts(nil, "h", "key", Request{Exchange: &core.Exchange{}})
	if string(few) != `{"key_hash":"h","scheme":"key"}` {
		t.Errorf("got %s", few)
	}
}

func FuzzPrincipal(f *testing.F) {
	for _, s := range []string{`{}`, `{"admin":true}`, `{"models":["a","b*"],"user_id":"u"}`, `{"models":null,"team_id":null}`, `{"\u0061dmin":true}`, `[]`, `{"x":1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d tape.Doc
		if d.Scan([]byte(text)) != nil {
			return
		}
		p, err := readPrincipal(&d)
		if err != nil {
			if !reflect.DeepEqual(p, core.Principal{}) {
				t.Fatalf("%+v besides %v", p, err)
			}
			return
		}
		var want struct {
			Admin          bool
			KeyAlias       string `json:"key_alias"`
			UserID         string `json:"user_id"`
			TeamID         string `json:"team_id"`
			OrganizationID string `json:"organization_id"`
			Models         []string
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("%s is accepted: %v", text, err)
		}
		if p.Admin != want.Admin || p.UserID != want.UserID && !strings.Contains(p.UserID, "\ufffd") && json.Valid([]byte(text)) && validText(text) {
			t.Fatalf("%s gives %+v", text, p)
		}
		if len(p.Models) != len(want.Models) {
			t.Fatalf("%s gives the models %q", text, p.Models)
		}
	})
}

func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }
