package sdk

import "testing"

func TestShape(t *testing.T) {
	a, b := Name("shape_a"), Name("shape_b")
	shape := NewShape(b, a)
	for _, tc := range []struct{ in, wantB, wantA string }{
		{`{"shape_a":1,"x":{"shape_b":9},"shape_b":2}`, "2", "1"},
		{`{"shape_b":[1,2]}`, "[1,2]", ""},
		{`{}`, "", ""},
		{`[1]`, "", ""},
	} {
		var into [2]Value
		shape.Read(document(t, tc.in).Root(), into[:])
		if into[0].Source() != tc.wantB || into[1].Source() != tc.wantA {
			t.Errorf("%s: got %q and %q", tc.in, into[0].Source(), into[1].Source())
		}
	}
	var into [2]Value
	shape.Read(document(t, `{"shape_b":1,"next":2}`).Root(), into[:])
	if into[0].Next().Source() != "2" {
		t.Error("a value found by shape has no siblings")
	}
}
