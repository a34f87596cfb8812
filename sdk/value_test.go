package sdk

import (
	"math"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// TestNoValue walks from values that don't exist: every method has to answer as if there was nothing.
func TestNoValue(t *testing.T) {
	a := Name("value_a")
	leaf := document(t, `[null,true,1,"s",[],{},[1,2]]`).Root()
	missing := map[string]Value{
		"zero":                  {},
		"of no document":        (&Document{}).Root(),
		"of a nil document":     (*Document)(nil).Root(),
		"absent":                leaf.Get(a),
		"chained":               Value{}.Get(a).First().Next().Named("x").Parse().Get(a),
		"after the last":        document(t, `[1,"x"]`).Root().First().Next().Next(),
		"after the root":        leaf.Next(),
		"in an empty array":     document(t, `[]`).Root().First(),
		"in an empty object":    document(t, `{}`).Root().First(),
		"in numbers":            document(t, `[1,2]`).Root().First(),
		"parsed from no string": document(t, `1`).Root().Parse(),
		"member of an array":    leaf.Named("x"),
	}
	for m := leaf.First(); m.Exists(); m = m.Next() {
		missing["in a leaf of kind "+string('0'+rune(m.Kind()))] = m.Get(a)
	}
	for name, v := range missing {
		if v.Exists() || v.Kind() != tape.None || !v.IsNull() || !v.Empty() || v.IsString() || v.IsObject() || v.IsArray() || v.True() {
			t.Errorf("%s: there is something of kind %d", name, v.Kind())
		}
		if v.Is(a) || v.Is(0) || v.Atom() != 0 || v.Key() != 0 || v.KeyText() != "" || v.Count() != 0 || v.Len() != 0 || v.Int() != 0 {
			t.Errorf("%s: it has a key, a value or members", name)
		}
		if v.Text() != "" || v.Source() != "" || v.Prefix("") || v.Equals("") || v.Head(3) != "" || v.HoldsObject() {
			t.Errorf("%s: it has a text", name)
		}
		if v.First().Exists() || v.Next().Exists() || v.Get(a).Exists() || v.Named("").Exists() || v.Parse().Exists() {
			t.Errorf("%s: it leads somewhere", name)
		}
		var o Out
		o.Raw(v).Member(v).Content(v).Unquote(v).Quote(v).Rest(v, 0)
		w := o.Object()
		w.Keep(v)
		w.Close()
		if got := splice(t, &o, &Document{}); got != `null""{}` {
			t.Errorf("%s: gives out %s", name, got)
		}
	}
}

func TestValues(t *testing.T) {
	role, user := Name("value_role"), Name("value_user")
	root := document(t, `{"value_role":"value_user","n":"","t":true,"f":false,"z":null,"value\u005fuser":[[],{}],"flat":[1,2],"m":{"x":1,"y":2}}`).Root()
	m := root.Get(role)
	if !m.Exists() || !m.Is(user) || m.Is(role) || m.Is(0) || m.Atom() != user || m.Key() != role || m.KeyText() != "value_role" {
		t.Errorf("first member: %+v", m)
	}
	if !root.Get(user).IsArray() || root.Get(user).KeyText() != `value\u005fuser` || root.Get(user).Count() != 2 {
		t.Error("a member with an escaped key")
	}
	if root.Get(0).Exists() || root.Key() != 0 || root.KeyText() != "" {
		t.Error("key 0")
	}
	for key, want := range map[string]struct{ empty, null, isTrue bool }{
		"n": {empty: true}, "t": {isTrue: true}, "f": {}, "z": {empty: true, null: true}, "flat": {}, "m": {}, "value_role": {},
		"absent": {empty: true, null: true}, "value_user": {empty: true, null: true},
	} {
		v := root.Named(key)
		if v.Empty() != want.empty || v.IsNull() != want.null || v.True() != want.isTrue {
			t.Errorf("%s: empty %t, null %t, true %t", key, v.Empty(), v.IsNull(), v.True())
		}
	}
	for m, want := root.Get(user).First(), true; m.Exists(); m = m.Next() {
		if m.Empty() != want || m.Key() != 0 || m.KeyText() != "" {
			t.Error("an element has a key, or is not empty")
		}
	}
	if root.Count() != 8 || root.Named("m").Count() != 2 || root.Named("flat").Count() != 0 || root.Named("flat").Source() != "[1,2]" {
		t.Error("counts")
	}
}

// TestNumbersAreNoNames guards against a number being taken for the name whose atom it equals.
func TestNumbersAreNoNames(t *testing.T) {
	for _, src := range []string{"0", "1", "2", "3", "65534"} {
		v := document(t, src).Root()
		if v.Atom() != 0 || v.Is(Atom(v.node().Val)) {
			t.Errorf("%s is the name %q", src, v.Atom().Name())
		}
	}
}

func TestText(t *testing.T) {
	long := strings.Repeat("é", 2000)
	for src, want := range map[string]string{
		`"plain"`: "plain", `"a\"\\\n"`: "a\"\\\n", `"\u00e9\ud83d\ude00\ud800"`: "é😀\uFFFD", `"` + long + `"`: long, `12`: "", `["x"]`: "",
	} {
		if got := document(t, src).Root().Text(); got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

func TestBigNumbers(t *testing.T) {
	for src, want := range map[string]int64{
		`9223372036854775807`: math.MaxInt64, `-9223372036854775808`: math.MinInt64, `9223372036854775808`: math.MaxInt64,
		`1e300`: math.MaxInt64, `-1e300`: math.MinInt64, `1e999`: math.MaxInt64, `-1e-999`: 0, `1e18`: 1e18, `9.9e18`: math.MaxInt64,
		`0.00000000000000000000001`: 0,
	} {
		if got := document(t, src).Root().Int(); got != want {
			t.Errorf("%s: %d, want %d", src, got, want)
		}
	}
}

func TestPrefix(t *testing.T) {
	v := document(t, `"data:image\/png"`).Root()
	for prefix, want := range map[string]bool{"": true, "data:": true, "data;": false, `data:image\/png`: true, `data:image\/png,`: false, strings.Repeat("x", 600): false} {
		if v.Prefix(prefix) != want {
			t.Errorf("prefix %q: %t", prefix, !want)
		}
	}
}

func TestParse(t *testing.T) {
	Attach(parser{})
	defer Attach(nil)
	a := Name("value_a")
	inner := document(t, `{"args":"{\"value_a\":\"{\\\"value_a\\\":[1,2]}\",\"b\":\"no json\"}"}`).Root().Named("args").Parse()
	if got := inner.Get(a).Text(); got != `{"value_a":[1,2]}` {
		t.Errorf("got %q", got)
	}
	if got := inner.Get(a).Parse().Get(a).Source(); got != "[1,2]" {
		t.Errorf("got %q", got)
	}
	if inner.Named("b").Parse().Exists() {
		t.Error("what is not JSON was parsed")
	}
}

func TestNamePanics(t *testing.T) {
	defer func() {
		if e := recover(); e != "sdk: the host refused the name " {
			t.Errorf("got %v", e)
		}
	}()
	Name("")
}
