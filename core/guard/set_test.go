package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func TestSelect(t *testing.T) {
	on := func(g *Guard) *Guard { g.DefaultOn = true; return g }
	set := New([]*Guard{fake("pii", PreCall, "input", nil), on(fake("always", PreCall, "input", nil)), fake("toxic", PreCall, "input", nil),
		fake("always", PostCall, "output", nil)})
	for _, c := range []struct{ member, want, refusal string }{
		{``, "always", ""},
		{`"guardrails":null,`, "always", ""},
		{`"guardrails":[],`, "always", ""},
		{`"guardrails":["toxic","pii","toxic"],`, "pii always toxic", ""},
		{`"guardrails":["always"],`, "always", ""},
		{`"guardrails":[{"toxic":{"extra_body":{"level":3}}},"p\u0069i"],`, `pii always toxic{"extra_body":{"level":3}}`, ""},
		{`"guardrails":[{"toxic":true}],`, "always toxic", ""},
		{`"guardrails":["toxci"],`, "", `no guardrail is called "toxci"; did you mean "toxic"?`},
		{`"guardrails":["pii","` + strings.Repeat("x", 500) + `"],`, "", "xxx…"},
		{`"guardrails":"pii",`, "", "must be a list"},
		{`"guardrails":{"pii":{}},`, "", "must be a list"},
		{`"guardrails":[1],`, "", "must be a list"},
		{`"guardrails":[["pii"]],`, "", "must be a list"},
		{`"guardrails":[{"pii":{},"toxic":{}}],`, "", "must be a list"},
		{`"guardrails":[{}],`, "", "must be a list"},
	} {
		var in Inspection
		var d tape.Doc
		if err := d.Scan([]byte("{" + c.member + `"prompt":"x"}`)); err != nil {
			t.Fatal(err)
		}
		e := in.Begin(set, &d, &core.Exchange{Endpoint: core.Completions}, nil, nil)
		var got []string
		for _, choice := range in.choices {
			got = append(got, choice.Guard.Name+choice.Extra)
		}
		switch {
		case c.refusal == "" && (e != nil || strings.Join(got, " ") != c.want):
			t.Errorf("%s: %v %q", c.member, e, got)
		case c.refusal != "" && (e == nil || e.Code() != 400 || e.Param != "guardrails" || !strings.Contains(e.Message, c.refusal)):
			t.Errorf("%s: %v", c.member, e)
		}
		in.End()
	}
}

// Without guards nothing runs, but asking for one is refused all the same.
func TestNoSet(t *testing.T) {
	for _, set := range []*Set{nil, {}, New(nil)} {
		var in Inspection
		var d tape.Doc
		if d.Scan([]byte(`{"prompt":"x"}`)) != nil || in.Begin(set, &d, &core.Exchange{}, nil, nil) != nil || in.Active() || len(set.All()) > 0 {
			t.Errorf("%v: active", set)
		}
		in.End()
		if d.Scan([]byte(`{"guardrails":["x"]}`)) != nil {
			t.Fatal("scan")
		}
		if e := in.Begin(set, &d, &core.Exchange{}, nil, nil); e == nil || strings.Contains(e.Message, "did you mean") {
			t.Errorf("%v: %v", set, e)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		modes Mode
		hooks string
		want  string
	}{
		{PreCall, "input", ""}, {PreCall | DuringCall | PostCall | LoggingOnly, "input window", ""}, {PostCall, "window", ""}, {PostCall, "output", ""},
		{LoggingOnly, "output", ""}, {LoggingOnly, "input", ""},
		{PreCall | PostCall, "output", "mode pre_call: plugin plugin_g does not look at requests"},
		{PreCall | DuringCall, "window", "mode pre_call,during_call: plugin plugin_g does not look at requests"},
		{PostCall, "input", "mode post_call: plugin plugin_g does not look at responses"},
		{LoggingOnly, "", "mode logging_only: plugin plugin_g looks at neither requests nor responses"},
	} {
		err := fake("g", c.modes, c.hooks, nil).Check()
		if got := fmt.Sprint(err); got != c.want && (err != nil || c.want != "") {
			t.Errorf("%s with %s: %v", c.modes, c.hooks, err)
		}
	}
}

// What Check refuses does not pass for looked at if it runs all the same.
func TestMissingHook(t *testing.T) {
	x := begin(t, core.Chat, false, `{}`, fake("g", PreCall, "output", nil))
	if e := x.Input(&x.doc); e == nil || e.Code() != 500 {
		t.Errorf("input: %v", e)
	}
	for _, stream := range []bool{false, true} {
		x := begin(t, core.Chat, stream, `{}`, fake("g", PostCall, "input", nil))
		if _, e := x.Output([]byte(`{"choices":[{"message":{"content":"x"}}]}`)); e == nil || e.Code() != 500 {
			t.Errorf("output: %v", e)
		}
		if _, e := x.streamed(t, content("x")); e == nil || e.Code() != 500 {
			t.Errorf("stream: %v", e)
		}
	}
	x = begin(t, core.Moderations+1, false, `{}`, fake("g", PreCall, "input", nil))
	if e := x.Input(&x.doc); e == nil || e.Code() != 500 {
		t.Errorf("an endpoint that nobody knows: %v", e)
	}
}

func TestModes(t *testing.T) {
	for _, name := range []string{"pre_call", "during_call", "post_call", "logging_only"} {
		if m, ok := ParseMode(name); !ok || m.String() != name || !slices.Equal(m.Names(), []string{name}) {
			t.Errorf("%s is %s", name, m)
		}
	}
	if _, ok := ParseMode("pre"); ok {
		t.Error("pre is a mode")
	}
}

func TestRefusalsReadLikePython(t *testing.T) {
	for message, want := range map[string]string{
		"Keyword banned. Keyword=hello": `{'error': 'Keyword banned. Keyword=hello'}`,
		"it's banned":                   `{'error': "it's banned"}`,
		`it's "banned"`:                 `{'error': 'it\'s "banned"'}`,
		"two\nlines \\":                 `{'error': 'two\nlines \\'}`,
	} {
		if got := refused(&host.Block{Status: 403, Message: message}); got.Message != want || got.Code() != 403 {
			t.Errorf("%q: %d %s", message, got.Code(), got.Message)
		}
	}
}

// Roles that a guard was not granted are not in what it sees, though others see them.
func TestRoles(t *testing.T) {
	const body = `{"messages":[{"role":"system","content":"rules"},{"role":"user","content":"question"},{"role":"tool","name":"f","content":"result"}]}`
	var all, users, none []asked
	a, u, n := fake("a", PreCall, "input", &all), fake("u", PreCall, "input", &users), fake("n", PreCall, "input", &none)
	u.Plugin.Roles, n.Plugin.Roles = [5]bool{hostabi.RoleUser: true}, [5]bool{}
	x := begin(t, core.Chat, false, body, a, u, n)
	if e := x.Input(&x.doc); e != nil {
		t.Fatal(e)
	}
	if got := fmt.Sprint(all[0].texts, users[0].texts, none[0].texts, all[0].tools); got != "[rules question result] [question] [] [  f]" {
		t.Error(got)
	}
	seen := ""
	u.fake = func(_ hostabi.Event, _ *hostabi.Header, t *host.Text) (answer, error) {
		seen = string(t.Src)
		return answer{}, nil
	}
	x = begin(t, core.Chat, false, body, u)
	if e := x.Input(&x.doc); e != nil || seen != "question" {
		t.Errorf("%v: the document is %q", e, seen)
	}
}

// A guard is told of a request without text too: it may judge by who makes it.
func TestNoText(t *testing.T) {
	var log []asked
	x := begin(t, core.Embeddings, false, `{"input":[1,2,3]}`, fake("g", PreCall, "input", &log))
	if e := x.Input(&x.doc); e != nil || len(log) != 1 || len(log[0].segments) != 0 || x.verdicts() != "g pre_call passed" {
		t.Errorf("%v; %+v; %s", e, log, x.verdicts())
	}
}

func TestFlags(t *testing.T) {
	x := begin(t, core.Completions, true, `{"prompt":"label"}`, fake("g", PreCall|PostCall, "input window", nil))
	if e := x.Input(&x.doc); e != nil {
		t.Fatal(e)
	}
	text := frame(`{"choices":[{"index":0,"text":"label"}]}`)
	if _, e := x.streamed(t, text, text, text); e != nil {
		t.Fatal(e)
	}
	for _, v := range x.Verdicts {
		if !slices.Equal(v.Flags, []string{"labelled"}) {
			t.Errorf("%s: %q", v.Mode, v.Flags)
		}
	}
}

// What the request says to one guard is that one's attribute.
func TestExtra(t *testing.T) {
	s := slot{Choice: Choice{Guard: &Guard{Plugin: &guest.Plugin{}}, Extra: `{"a":1}`}, common: func(tape.Atom) (string, bool) { return "common", true }}
	if v, ok := s.attribute(attrExtra); !ok || v != `{"a":1}` {
		t.Error(v)
	}
	if v, ok := s.attribute(keyName); !ok || v != "common" {
		t.Error(v)
	}
}
