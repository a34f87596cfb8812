//go:build !wasip1

package sdk

import (
	"errors"
	"slices"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestRouter(t *testing.T) {
	f := registering(t, func() {
		Direct(Router{Route: func(r *Route) error {
			if n := r.Targets().Count(); n > 0 {
				r.Choose(`"why" for `+r.Model(), n-1, 0)
			}
			return nil
		}})
	})
	if result := f.send(1, hostabi.EventRoute, `{"model":"m","targets":[{},{},{}]}`); result != hostabi.Done {
		t.Errorf("result %d", result)
	}
	f.want(t, "chosen", `emit 1 {"order":[2,0],"why":"\"why\" for m"}`)
	f.calls = nil
	if result := f.send(1, hostabi.EventRoute, `{"model":"m"}`); result != hostabi.Pass || f.calls != nil {
		t.Errorf("result %d, %q", result, f.calls)
	}
}

func TestAuth(t *testing.T) {
	for _, c := range []struct {
		check func(c *Credential) error
		want  string
	}{
		{func(c *Credential) error { c.Accept(Principal{}); return nil }, `emit 1 {}`},
		{func(c *Credential) error {
			c.Accept(Principal{KeyAlias: "k", UserID: "u\"", TeamID: "t", OrganizationID: "o", Models: []string{"a", "b"}, Admin: true})
			return nil
		}, `emit 1 {"key_alias":"k","user_id":"u\"","team_id":"t","organization_id":"o","models":["a","b"],"admin":true}`},
		{func(c *Credential) error { c.Accept(Principal{Models: []string{}}); return nil }, `emit 1 {"models":[]}`},
		{func(c *Credential) error { return c.Refuse("who are you") }, `fail 5 0 who are you`},
		{func(c *Credential) error { return errors.New("away") }, `fail 11 0 away`},
	} {
		f := registering(t, func() { Authenticate(Auth{Check: c.check}) })
		if result := f.send(1, hostabi.EventAuth, `{"key_hash":"x"}`); result != hostabi.Done {
			t.Errorf("result %d", result)
		}
		f.want(t, "answer", c.want)
	}
}

func TestSettings(t *testing.T) {
	var got []string
	configure := func(settings Value) error {
		got = settings.Named("words").Strings()
		if got == nil {
			return errors.New("no words")
		}
		return nil
	}
	f := registering(t, func() { Protect(Guard{Configure: configure}) })
	if code := Configure([]byte(`{"settings":{"words":["a",1,"b\n"]}}`)); code != 0 || !slices.Equal(got, []string{"a", "b\n"}) {
		t.Errorf("code %d, %q", code, got)
	}
	for _, config := range []string{`{}`, `{"settings":{"words":"a"}}`} {
		f.calls = nil
		if code := Configure([]byte(config)); code == 0 {
			t.Errorf("%s: accepted", config)
		}
		f.want(t, config, "log 8 no words")
	}
}

func TestSets(t *testing.T) {
	f := registering(t, func() {})
	Words(WordSet{Words: []string{"a", `"b"`}})
	Words(WordSet{Words: []string{"a"}, Part: true, Case: true})
	Rules(Rule{Name: "r", Pattern: `a\d`, Keywords: []string{"a"}, Group: 1}, Rule{Name: "s", Pattern: "."})
	want := []string{
		`{"words":["a","\"b\""],"whole":true,"fold":true}`, `{"words":["a"],"whole":false,"fold":false}`,
		`{"rules":[{"name":"r","pattern":"a\\d","keywords":["a"],"group":1},{"name":"s","pattern":".","group":0}]}`,
	}
	if !slices.Equal(f.sets, want) {
		t.Errorf("got %q", f.sets)
	}
	f.word = "ab"
	set := Words(WordSet{Words: []string{"ab"}})
	if hits := set.Find("ab ab ab ab ab ab ab ab ab"); len(hits) != 9 || hits[8].From != 24 {
		t.Errorf("got %v", hits)
	}
	if hits := set.Find("a b"); hits != nil {
		t.Errorf("got %v", hits)
	}
	if hits := Words(WordSet{}).Find("ab"); hits != nil {
		t.Errorf("the empty set is found: %v", hits)
	}
}

func TestSetsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		make func()
		err  hostabi.Errno
		want string
	}{
		{"rules", func() { Rules(Rule{Name: "fine", Pattern: "a"}, Rule{Name: "wrong", Pattern: "bad("}) }, 0, "rule wrong is not a regular expression as it should be: bad("},
		{"words", func() { Words(WordSet{Words: []string{"a", "bad"}}) }, 0, "set of 2 words: not allowed"},
		{"without the need", func() { Rules(Rule{Pattern: "a"}) }, hostabi.ErrnoDenied, "set of 1 rules: not granted to the plugin"},
	} {
		f := registering(t, func() {
			Observe(Observer{Configure: func(Value) error { c.make(); return nil }})
		})
		f.refuse["match_set"] = c.err
		if code := Configure([]byte(`{}`)); code == 0 {
			t.Errorf("%s: accepted", c.name)
		}
		f.want(t, c.name, "log 8 "+c.want)
	}
}

func TestStore(t *testing.T) {
	f := registering(t, func() {
		Observe(Observer{Record: func(r *Record) error {
			s := r.KV(ScopeGlobal)
			if v, ok := s.Get("a"); v != "stored" || !ok || !s.Delete("a") || s.Delete("b") {
				return errors.New("get or delete")
			}
			if _, ok := s.Get("b"); ok {
				return errors.New("got what is not there")
			}
			if n, err := s.Add("n", 4, 60); n != 5 || err != nil {
				return errors.New("add")
			}
			if err := s.Set("a", "b", 0); err != ErrFull {
				return errors.New("not full")
			}
			return nil
		}})
	})
	f.stored = map[string]string{"a": "stored"}
	f.refuse["kv_set"] = hostabi.ErrnoLimit
	f.send(1, hostabi.EventRecord, `{}`)
	f.want(t, "store", "add 2 n 4 for 60", "set 2 a=b for 0")
}

func TestMetrics(t *testing.T) {
	f := registering(t, func() {})
	Counter("some_total").Add(2)
	Gauge("level").Set(-3)
	f.want(t, "metrics", "measure some_total 2", "measure level -3")
}
