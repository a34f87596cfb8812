package sdk

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func TestOut(t *testing.T) {
	d := document(t, `{ "s" : "a\"\n" , "json":"{\"a\":\"\\\"\"}","o":{"k":["v",1]},"e":"" }`)
	root := d.Root()
	s, inside, o := root.Named("s"), root.Named("json"), root.Named("o")
	for _, c := range []struct {
		name string
		do   func(o *Out)
		want string
	}{
		{"nothing", func(*Out) {}, ``},
		{"literals", func(x *Out) { x.Lit("a").Lit("").Lit("b") }, `ab`},
		{"a string", func(x *Out) { x.String("a\"\\\n\x01é") }, `"a\"\\\n\u0001é"`},
		{"an empty string", func(x *Out) { x.String("") }, `""`},
		{"parts of a string", func(x *Out) { x.Lit(`"`).Escape("a\n").Content(s).Escape("").Lit(`"`) }, `"a\na\"\n"`},
		{"numbers", func(x *Out) { x.Int(0).Lit(",").Int(math.MinInt64).Lit(",").Int(42) }, `0,-9223372036854775808,42`},
		{"values", func(x *Out) { x.Raw(s).Raw(o).Raw(root.Named("e")) }, `"a\"\n"{"k":["v",1]}""`},
		{"a member", func(x *Out) { x.Lit("{").Member(s).Lit("}") }, `{"s" : "a\"\n"}`},
		{"no member", func(x *Out) { x.Member(root).Member(o.Named("k").First()) }, ``},
		{"content of no string", func(x *Out) { x.Content(o).Unquote(o) }, ``},
		{"JSON out of a string", func(x *Out) { x.Unquote(inside) }, `{"a":"\""}`},
		{"JSON into a string", func(x *Out) { x.Quote(o) }, `"{\"k\":[\"v\",1]}"`},
		{"a string into a string", func(x *Out) { x.Quote(s) }, `"\"a\\\"\\n\""`},
	} {
		var x Out
		c.do(&x)
		if got := splice(t, &x, d); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestOutJoinsLiterals(t *testing.T) {
	var o Out
	o.Lit(`{"a":`).Int(1).Lit(`,"b":`).Int(2).Lit("}")
	if len(o.ops) != 1 {
		t.Errorf("%d pieces, want 1", len(o.ops))
	}
	o.Reset()
	if got := splice(t, o.Lit("x"), &Document{}); got != "x" {
		t.Errorf("after Reset: %q", got)
	}
}

// FuzzNesting puts a value into strings again and again, as tool arguments in arguments are, and takes it out.
func FuzzNesting(f *testing.F) {
	f.Add(`{"a":"\"\\\n\u00e9"}`, uint8(3))
	f.Add(`"\ud83d\ude00\ud800"`, uint8(2))
	f.Fuzz(func(t *testing.T, src string, depth uint8) {
		var d Document
		if len(src) > 200 || d.doc.Scan([]byte(src)) != nil {
			return
		}
		levels := int(depth%5) + 1
		want := d.Root().Source()
		text := want
		for range levels {
			text = splice(t, new(Out).Quote(document(t, text).Root()), document(t, text))
			if !json.Valid([]byte(text)) {
				t.Fatalf("quoting made %s", text)
			}
		}
		for range levels {
			text = splice(t, new(Out).Unquote(document(t, text).Root()), document(t, text))
		}
		if text != want {
			t.Fatalf("%s comes back as %s", want, text)
		}
	})
}

func TestOutNamesItsDocument(t *testing.T) {
	a, b := document(t, `"a"`), document(t, `"b"`)
	a.id, b.id = 1, 7
	var o Out
	o.Raw(a.Root()).Raw(b.Root())
	got, err := tape.Splice(nil, o.ops, o.lit, func(id uint16) []byte { return []byte(strings.Repeat(string('0'+rune(id)), 3)) }, 100)
	if err != nil || string(got) != "111777" {
		t.Errorf("%q, %v", got, err)
	}
}
