package tape

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

func scan(t testing.TB, src string) *Doc {
	t.Helper()
	var d Doc
	if err := d.Scan([]byte(src)); err != nil {
		t.Fatalf("Scan(%.80q): %v", src, err)
	}
	return &d
}

func TestLayoutIsABI(t *testing.T) {
	var n Node
	var o Op
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"Node", unsafe.Sizeof(n), NodeSize},
		{"Node.Flags", unsafe.Offsetof(n.Flags), 1},
		{"Node.Key", unsafe.Offsetof(n.Key), 2},
		{"Node.Val", unsafe.Offsetof(n.Val), 4},
		{"Node.KeyLen", unsafe.Offsetof(n.KeyLen), 6},
		{"Node.KeyOff", unsafe.Offsetof(n.KeyOff), 8},
		{"Node.Off", unsafe.Offsetof(n.Off), 12},
		{"Node.Len", unsafe.Offsetof(n.Len), 16},
		{"Node.Next", unsafe.Offsetof(n.Next), 20},
		{"Op", unsafe.Sizeof(o), OpSize},
		{"Op.Doc", unsafe.Offsetof(o.Doc), 2},
		{"Op.Off", unsafe.Offsetof(o.Off), 4},
		{"Op.Len", unsafe.Offsetof(o.Len), 8},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.name, c.got, c.want)
		}
	}
}

func TestScanAccepts(t *testing.T) {
	for _, c := range []struct {
		src      string
		kind     Kind
		flags    uint8
		off, len uint32
	}{
		{`null`, Null, 0, 0, 4},
		{` true `, True, 0, 1, 4},
		{"\t\r\n false", False, 0, 4, 5},
		{`0`, Number, 0, 0, 1},
		{`-0`, Number, 0, 0, 2},
		{`10`, Number, 0, 0, 2},
		{`-12.50`, Number, 0, 0, 6},
		{`0.0`, Number, 0, 0, 3},
		{`1e5`, Number, 0, 0, 3},
		{`1E+05`, Number, 0, 0, 5},
		{`0e-0`, Number, 0, 0, 4},
		{`123456789012345678901234567890.5e300`, Number, 0, 0, 36},
		{`""`, String, 0, 1, 0},
		{`"a"`, String, 0, 1, 1},
		{`"é☃😀"`, String, 0, 1, 9},
		{"\"\x7f\xff\"", String, 0, 1, 2},
		{`"\""`, String, Escaped, 1, 2},
		{`"\\"`, String, Escaped, 1, 2},
		{`"\/\b\f\n\r\t"`, String, Escaped, 1, 12},
		{`"\u00e9\uD83D\ude00"`, String, Escaped, 1, 18},
		{`"\ud800"`, String, Escaped, 1, 6},
		{`[]`, Array, 0, 0, 2},
		{`[ ]`, Array, 0, 0, 3},
		{`[null]`, Array, 0, 0, 6},
		{`[1]`, Array, Flat, 0, 3},
		{`[ -1 , 2.5e3 ]`, Array, Flat, 0, 14},
		{`[1,"a"]`, Array, 0, 0, 7},
		{`{}`, Object, 0, 0, 2},
		{` { } `, Object, 0, 1, 3},
		{`{"":0}`, Object, 0, 0, 6},
		{`{"a" : {"a" : 1 , "a" : 2} }`, Object, 0, 0, 28},
	} {
		n := scan(t, c.src).Nodes[0]
		if n.Kind != c.kind || n.Flags != c.flags || n.Off != c.off || n.Len != c.len {
			t.Errorf("%s: kind %d flags %d off %d len %d, want %d %d %d %d",
				c.src, n.Kind, n.Flags, n.Off, n.Len, c.kind, c.flags, c.off, c.len)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	for _, c := range []struct {
		src    string
		offset int
		reason string
	}{
		{``, 0, "unexpected end"},
		{`  `, 2, "unexpected end"},
		{`nul`, 0, "expected a value"},
		{`nulL`, 0, "expected a value"},
		{`tru`, 0, "expected a value"},
		{`False`, 0, "expected a value"},
		{`+1`, 0, "expected a value"},
		{`.5`, 0, "expected a value"},
		{`NaN`, 0, "expected a value"},
		{`'a'`, 0, "expected a value"},
		{"\v1", 0, "expected a value"},
		{"\xef\xbb\xbf{}", 0, "expected a value"},
		{`-`, 1, "unexpected end"},
		{`-a`, 1, "malformed number"},
		{`01`, 0, "malformed number"},
		{`-00 `, 1, "malformed number"},
		{`1.`, 2, "unexpected end"},
		{`1.e1`, 2, "malformed number"},
		{`1e`, 2, "unexpected end"},
		{`1e+ `, 3, "malformed number"},
		{`1 2`, 2, "text after the value"},
		{`{} x`, 3, "text after the value"},
		{`nullx`, 4, "text after the value"},
		{`"a`, 2, "unexpected end"},
		{`"\`, 2, "unexpected end"},
		{`"\x"`, 1, "malformed escape in a string"},
		{`"\u12`, 5, "unexpected end"},
		{`"\u123g"`, 1, "malformed escape in a string"},
		{`"\U0041"`, 1, "malformed escape in a string"},
		{"\"a\nb\"", 2, "control character in a string"},
		{"\"\x00\"", 1, "control character in a string"},
		{"\"" + strings.Repeat("x", 40) + "\x1f\"", 41, "control character in a string"},
		{`[`, 1, "unexpected end"},
		{`[1`, 2, "unexpected end"},
		{`[1,`, 3, "unexpected end"},
		{`[1,]`, 3, "expected a value"},
		{`[,1]`, 1, "expected a value"},
		{`[1 2]`, 3, "expected , or ]"},
		{`[1}`, 2, "expected , or ]"},
		{`{`, 1, "unexpected end"},
		{`{a:1}`, 1, "expected a key"},
		{`{"a"}`, 4, "expected :"},
		{`{"a" 1}`, 5, "expected :"},
		{`{"a":}`, 5, "expected a value"},
		{`{"a":1,}`, 7, "expected a key"},
		{`{"a":1 "b":2}`, 7, "expected , or }"},
		{`{"a":1]`, 6, "expected , or }"},
		{`{"\q":1}`, 2, "malformed escape in a string"},
		{`{"a":1,"a":2}`, 8, `key "a" appears twice`},
		{`{"` + strings.Repeat("k", MaxKeyLen+1) + `":1}`, 2, "key too long"},
	} {
		var d Doc
		err := d.Scan([]byte(c.src))
		e, ok := err.(*SyntaxError)
		if !ok || e.Offset != c.offset || e.Reason != c.reason {
			t.Errorf("%.60q: %v, want byte %d: %s", c.src, err, c.offset, c.reason)
		}
		if len(d.Nodes) != 0 {
			t.Errorf("%.60q: %d nodes are left", c.src, len(d.Nodes))
		}
	}
}

func TestScanTape(t *testing.T) {
	a, b := MustIntern("tape_a"), MustIntern("tape_b")
	d := scan(t, `{"tape_a": "tape_b", "x":[{"tape_\u0062":1},"s\n"], "f":[1,2]}`)
	want := []Node{
		{Kind: Object, Off: 0, Len: 62, Next: 7},
		{Kind: String, Key: a, Val: b, KeyLen: 6, KeyOff: 2, Off: 12, Len: 6, Next: 2},
		{Kind: Array, KeyLen: 1, KeyOff: 22, Off: 25, Len: 25, Next: 6},
		{Kind: Object, Off: 26, Len: 17, Next: 5},
		{Kind: Number, Flags: KeyEscaped, Key: b, Val: 2, KeyLen: 11, KeyOff: 28, Off: 41, Len: 1, Next: 5},
		{Kind: String, Flags: Escaped, Off: 45, Len: 3, Next: 6},
		{Kind: Array, Flags: Flat, KeyLen: 1, KeyOff: 53, Off: 56, Len: 5, Next: 7},
	}
	if !slices.Equal(d.Nodes, want) {
		t.Errorf("got\n%+v\nwant\n%+v", d.Nodes, want)
	}
}

func TestScanKnowsValues(t *testing.T) {
	name := strings.Repeat("n", MaxAtomLen)
	a := MustIntern(name)
	d := scan(t, `["`+name+`","`+name+`n","`+name[1:]+`","\u006e`+name[1:]+`"]`)
	for i, want := range []Atom{0, a, 0, 0, 0} {
		if d.Nodes[i].Val != want {
			t.Errorf("node %d has value atom %d, want %d", i, d.Nodes[i].Val, want)
		}
	}
}

func TestScanRefusesKeysThatComeTwice(t *testing.T) {
	MustIntern("model")
	for _, src := range []string{
		`{"model":1,"model":2}`,
		`{"model":1,"mod\u0065l":2}`,
		`{"\u006dodel":1,"model":2}`,
		`{"\u006dodel":1,"mod\u0065l":2}`,
		`{"unknown_twice":1,"b":2,"unknown_twice":3}`,
		`{"unknown_twice":1,"unknown\u005ftwice":3}`,
		`{"":1,"":2}`,
		`{"\ud800":1,"\udfff":2}`,
		`{"a\/b":1,"a/b":2}`,
		`{"model":{"x":[1,{"y":2}]},"model":null}`,
		`{` + manyMembers(fewKeys+20) + `,"k3":1}`,
		`{` + manyMembers(fewKeys+20) + `,"k\u0037\u0030":1}`,
		`{"\u006b3":0,` + manyMembers(fewKeys+20) + `}`,
	} {
		var d Doc
		if err := d.Scan([]byte(src)); err == nil || !strings.HasSuffix(err.Error(), "appears twice") {
			t.Errorf("%.60s: %v, want a refusal of the key", src, err)
		}
	}
}

func TestScanAcceptsKeysThatDiffer(t *testing.T) {
	for _, src := range []string{
		`{"Model":1,"model":2}`,
		`{"a":1,"b":{"a":1,"a":2},"c":{"a":1}}`,
		`[{"a":1,"a":2}]`,
		`{` + manyMembers(3*fewKeys) + `}`,
	} {
		scan(t, src)
	}
}

// manyMembers returns n members "k0" to "kN", each with a subtree.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":{"a":[true]}`, i)
	}
	return b.String()[1:]
}

func TestScanLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	scan(t, deep(MaxDepth))
	scan(t, strings.Repeat(`{"a":`, MaxDepth)+"1"+strings.Repeat("}", MaxDepth))
	scan(t, `[`+strings.Repeat(deep(MaxDepth-1)+",", 3)+`1]`)
	scan(t, `[`+strings.Repeat("null,", MaxNodes-2)+`null]`)
	scan(t, `{"`+strings.Repeat("k", MaxKeyLen)+`":1}`)
	scan(t, `[`+strings.Repeat("1,", MaxNodes)+`1]`)
	for _, c := range []struct{ reason, src string }{
		{"nested too deep", deep(MaxDepth + 1)},
		{"nested too deep", strings.Repeat(`{"a":`, 100_000)},
		{"too many values", `[` + strings.Repeat("null,", MaxNodes-1) + `null]`},
		{"too many values", `[{` + manyMembers(MaxNodes/3+1) + `}]`},
	} {
		var d Doc
		if err := d.Scan([]byte(c.src)); err == nil || !strings.HasSuffix(err.Error(), c.reason) {
			t.Errorf("%.20s…: %v, want %s", c.src, err, c.reason)
		}
	}
}

func TestScanReusesADoc(t *testing.T) {
	d := scan(t, `{"a":[1,"x"],"b":{"c":null}}`)
	before := &d.Nodes[0]
	if err := d.Scan([]byte(`["y"]`)); err != nil {
		t.Fatal(err)
	}
	if &d.Nodes[0] != before || len(d.Nodes) != 2 || string(d.Text(1)) != "y" || d.Nodes[1].KeyOff != 0 {
		t.Errorf("nodes after reuse: %+v", d.Nodes)
	}
	d.Reset()
	if d.Src != nil || len(d.Nodes) != 0 {
		t.Error("Reset left something")
	}
}

func TestSyntaxErrorText(t *testing.T) {
	var d Doc
	err := d.Scan([]byte(`{"a":}`))
	if want := "invalid JSON at byte 5: expected a value"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// TestScanStringBoundaries puts each special byte at each distance from the string's ends: the fast path looks at
// blocks of 8, 16 and 32 bytes.
func TestScanStringBoundaries(t *testing.T) {
	for n := range 90 {
		for at := 0; at <= n; at++ {
			text := strings.Repeat("\xc3", n)
			src := `["` + text[:at] + `\"` + text[at:] + `"` + strings.Repeat(" ", n%40) + `]`
			d := scan(t, src)
			if got := string(d.Text(1)); got != text[:at]+`"`+text[at:] {
				t.Fatalf("%q: got %q", src, got)
			}
			src = `["` + text[:at] + "\x1f" + text[at:] + `"` + strings.Repeat(" ", n%40) + `]`
			err := new(Doc).Scan([]byte(src))
			if e, ok := err.(*SyntaxError); !ok || e.Offset != 2+at {
				t.Fatalf("%q: %v, want byte %d", src, err, 2+at)
			}
		}
	}
}

func TestScanKeepsSmallNumbers(t *testing.T) {
	for text, want := range map[string]Atom{
		"0": 1, "7": 8, "65534": 65535, "65535": 0, "99999": 0, "123456": 0, "-1": 0, "1.5": 0, "1e2": 0, "-0": 0,
	} {
		var d Doc
		if err := d.Scan([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := d.Nodes[0].Val; got != want {
			t.Errorf("%s has value %d, want %d", text, got, want)
		}
	}
}

func TestStringEnd(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want int
	}{
		{`"abc"`, 1, 4}, {`""`, 1, 1}, {`"a\"b" "`, 1, 5}, {`"\u00e9"`, 1, 7}, {`abc`, 0, -1}, {`"abc`, 1, -1}, {`"a\`, 1, -1},
		{"\"a\nb\"", 1, -1}, {`"\x"`, 1, -1}, {``, 0, -1}, {`"`, 1, -1}, {`""`, 3, -1}, {`""`, -1, -1}, {`"` + strings.Repeat("x", 99) + `"`, 1, 100},
	} {
		if got := StringEnd([]byte(c.text), c.at); got != c.want {
			t.Errorf("%s from %d: %d, want %d", c.text, c.at, got, c.want)
		}
	}
}
