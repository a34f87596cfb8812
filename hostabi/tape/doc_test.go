package tape

import "testing"

func TestLookups(t *testing.T) {
	a, b, absent := MustIntern("look_a"), MustIntern("look_b"), MustIntern("look_absent")
	d := scan(t, `{"look_a":{"look_b":"te\"xt","n":-12},"esc\u0061ped":true,"plain":"p","":0,"f":1.5,"big":1234567890123456789}`)
	obj := d.Get(0, a)
	if got := string(d.Text(d.Get(obj, b))); got != `te"xt` {
		t.Errorf("text %q", got)
	}
	if got := string(d.Raw(d.Get(obj, b))); got != `"te\"xt"` {
		t.Errorf("raw %q", got)
	}
	if n, ok := d.Int(d.Named(obj, "n")); n != -12 || !ok {
		t.Errorf("int %d %t", n, ok)
	}
	if !d.IsTrue(d.Named(0, "escaped")) || d.Key(d.Named(0, "escaped")) != "escaped" {
		t.Error("an escaped key is not found by its name")
	}
	for _, i := range []int{
		d.Get(0, absent), d.Get(0, 0), d.Named(0, "absent"), d.Named(0, "look"), d.Get(d.Named(0, "plain"), a),
		d.Named(d.Named(0, "plain"), "x"),
	} {
		if i != -1 {
			t.Errorf("found %d", i)
		}
	}
	if i := d.Named(0, ""); i < 0 || d.Key(i) != "" {
		t.Error("the empty key is not found")
	}
	for _, i := range []int{-1, 0, len(d.Nodes), d.Named(0, "f"), d.Named(0, "big"), d.Named(0, "plain")} {
		if n, ok := d.Int(i); ok || n != 0 {
			t.Errorf("Int(%d) = %d %t", i, n, ok)
		}
		if i != d.Named(0, "plain") && d.Text(i) != nil {
			t.Errorf("Text(%d) is not nil", i)
		}
		if d.IsTrue(i) {
			t.Errorf("IsTrue(%d)", i)
		}
	}
}

func TestLookupsInNothing(t *testing.T) {
	var d Doc
	if d.Get(0, MustIntern("look_a")) != -1 || d.Named(0, "x") != -1 || d.Get(-1, 1) != -1 || d.Text(0) != nil {
		t.Error("an empty document has something")
	}
}

func TestInt(t *testing.T) {
	for _, c := range []struct {
		src  string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"7", 7, true}, {"-42", -42, true},
		{"999999999999999999", 999999999999999999, true}, {"-999999999999999999", -999999999999999999, true},
		{"1000000000000000000", 0, false}, {"1.0", 0, false}, {"1e2", 0, false},
	} {
		if got, ok := scan(t, c.src).Int(0); got != c.want || ok != c.ok {
			t.Errorf("%s: %d %t", c.src, got, ok)
		}
	}
}
