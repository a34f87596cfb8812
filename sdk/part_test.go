//go:build !wasip1

package sdk

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func TestHead(t *testing.T) {
	for _, tc := range []struct {
		source string
		n      int
		want   string
	}{{`"abc"`, 2, "ab"}, {`"abc"`, 9, "abc"}, {`"a\nb"`, 3, `a\n`}, {`""`, 3, ""}, {`12345`, 3, ""}} {
		d := Document{}
		if err := d.doc.Scan([]byte(tc.source)); err != nil {
			t.Fatal(err)
		}
		if got := d.Root().Head(tc.n); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.source, got, tc.want)
		}
	}
}

func TestRest(t *testing.T) {
	for source, want := range map[string]string{`"data:,AB"`: "AB", `"data:,"`: "", `"data"`: "", `1234567`: ""} {
		d := Document{id: 1}
		if err := d.doc.Scan([]byte(source)); err != nil {
			t.Fatal(err)
		}
		var o Out
		o.Rest(d.Root(), len("data:,"))
		got, err := tape.Splice(nil, o.ops, o.lit, func(uint16) []byte { return d.doc.Src }, 100)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", source, got, err, want)
		}
	}
}

func TestHoldsObject(t *testing.T) {
	Attach(parser{})
	for source, want := range map[string]bool{
		`"{}"`: true, `"{\"a\":[1]}"`: true, `" {}"`: false, `"[]"`: false, `"{"`: false, `""`: false, `{}`: false, `1`: false,
	} {
		d := Document{}
		if err := d.doc.Scan([]byte(source)); err != nil {
			t.Fatal(err)
		}
		if got := d.Root().HoldsObject(); got != want {
			t.Errorf("%s: got %v, want %v", source, got, want)
		}
	}
	if (Value{}).HoldsObject() {
		t.Error("no value holds an object")
	}
}

// parser is a host that can only parse.
type parser struct{ Host }

func (parser) Parse(src []byte) (uint32, *tape.Doc) {
	d := &tape.Doc{}
	if d.Scan(src) != nil {
		return 0, nil
	}
	return 2, d
}
