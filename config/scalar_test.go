package config

import "testing"

func TestPlainScalars(t *testing.T) {
	tests := []struct {
		plain  string
		kind   kind
		number string
	}{
		{"", null, ""}, {"~", null, ""}, {"Null", null, ""}, {"nil", text, ""},
		{"yes", boolean, ""}, {"OFF", boolean, ""}, {"tRUE", text, ""}, {"y", text, ""},
		{"0", integer, "0"}, {"-12", integer, "-12"}, {"0x", text, ""}, {"0b_", text, ""}, {"1:60", text, ""},
		{"-1:00:00", integer, "-3600"}, {"08", text, ""}, {"1e6", text, ""}, {"1.0e6", text, ""}, {"1.0e+6", float, "1000000.0"},
		{".inf", text, ""}, {".nan", text, ""}, {"1.0e+999", text, ""}, {"-.5", text, ""},
	}
	for _, test := range tests {
		var n node
		n.setPlain(test.plain)
		if n.kind != test.kind || n.number != test.number || n.text != test.plain {
			t.Errorf("%q: got kind %d, number %q, text %q", test.plain, n.kind, n.number, n.text)
		}
	}
}

func TestNumbersAndFlagsAsText(t *testing.T) {
	n := func(s string) *node { return &node{kind: text, text: s} }
	for _, s := range []string{"1e999", "0x10", "inf", "NaN", "1_000", "", " ", "1 2"} {
		if f, ok := parseFloat(n(s)); ok {
			t.Errorf("%q is the number %v", s, f)
		}
	}
	if f, ok := parseFloat(n(" 1.5e3 ")); !ok || f != 1500 {
		t.Errorf("1.5e3: %v %v", f, ok)
	}
	for _, s := range []string{"1.5", "9007199254740993000", "x"} {
		if i, ok := parseInt(n(s)); ok {
			t.Errorf("%q is the integer %v", s, i)
		}
	}
	for s, want := range map[string]bool{"true": true, "True": true, "TRUE ": true, "1": true, "no": false, "False": false} {
		if got, ok := parseBool(n(s)); !ok || got != want {
			t.Errorf("%q: %v %v", s, got, ok)
		}
	}
	if d, ok := parseSeconds(n("1e10")); ok {
		t.Errorf("1e10 seconds are %v", d)
	}
}
