package sdk

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func document(t testing.TB, text string) *Document {
	t.Helper()
	d := &Document{id: 1}
	if err := d.doc.Scan([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

func splice(t testing.TB, o *Out, d *Document) string {
	t.Helper()
	b, err := tape.Splice(nil, o.ops, o.lit, func(uint16) []byte { return d.doc.Src }, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestObject(t *testing.T) {
	drop, replace := Name("object_drop"), Name("object_replace")
	for _, tc := range []struct{ name, in, want string }{
		{"empty", `{}`, `{"end":1}`},
		{"kept as written", `{ "a" : 1 , "b":[2] }`, `{"a" : 1 , "b":[2],"end":1}`},
		{"first left out", `{"object_drop":0,"a":1}`, `{"a":1,"end":1}`},
		{"last left out", `{"a":1,"object_drop":0}`, `{"a":1,"end":1}`},
		{"between", `{"a":1,"object_drop":0,"b":2,"c":3}`, `{"a":1,"b":2,"c":3,"end":1}`},
		{"replaced", `{"a":1,"object_replace":{"x":1},"b":2}`, `{"a":1,"object_replace":"new","b":2,"end":1}`},
		{"only replaced", `{"object_replace":1}`, `{"object_replace":"new","end":1}`},
	} {
		d := document(t, tc.in)
		var o Out
		w := o.Object()
		for m := d.Root().First(); m.Exists(); m = m.Next() {
			switch m.Key() {
			case drop:
			case replace:
				w.Key("object_replace").String("new")
			default:
				w.Keep(m)
			}
		}
		w.Key("end").Int(1)
		w.Close()
		if got := splice(t, &o, d); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestObjectKeepsNeighboursInOnePiece(t *testing.T) {
	d := document(t, `{"a":1,"b":2,"c":3,"d":4}`)
	var o Out
	w := o.Object()
	for m := d.Root().First(); m.Exists(); m = m.Next() {
		w.Keep(m)
	}
	w.Close()
	if len(o.ops) != 3 {
		t.Errorf("%d pieces, want 3", len(o.ops))
	}
}

func TestEquals(t *testing.T) {
	root := document(t, `{"s":"abc","n":42,"e":"a\"c","long":"`+strings.Repeat("x", 200)+`"}`).Root()
	for _, tc := range []struct {
		key, text string
		want      bool
	}{
		{"s", "abc", true}, {"s", "abd", false}, {"s", "ab", false}, {"n", "42", true}, {"n", "43", false},
		{"e", `a"c`, false}, {"none", "", false}, {"long", strings.Repeat("x", 200), true},
	} {
		if got := root.Named(tc.key).Equals(tc.text); got != tc.want {
			t.Errorf("%s equals %q: %v", tc.key, tc.text, got)
		}
	}
}

func TestBeforeAndAfter(t *testing.T) {
	root := document(t, `{"a":{"b":[1]},"c":"x"}`).Root()
	a, c := root.Named("a"), root.Named("c")
	if got := a.Before(); got != `{"a":` || !a.After(got) || a.After(`{"b":`) || a.After("") {
		t.Errorf("before a stands %q", got)
	}
	if got := c.Before(); got != `{"a":{"b":[1]},"c":` || !c.After(got) {
		t.Errorf("before c stands %q", got)
	}
	long := document(t, `["`+strings.Repeat("x", 1000)+`",true]`).Root().First().Next()
	if !long.After(long.Before()) || long.After(strings.Repeat("y", len(long.Before()))) {
		t.Error("a long text is compared wrongly")
	}
	if !a.Precedes(c) || c.Precedes(a) || a.Precedes(Value{}) || (Value{}).Precedes(a) || (Value{}).After("") {
		t.Error("order")
	}
}
