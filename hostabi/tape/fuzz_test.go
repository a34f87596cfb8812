package tape

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are documents that each reach another corner of the scanner.
var seeds = []string{
	`{"model":"gpt-4o","messages":[{"role":"user","content":"a\n\"b\" é \u00e9 \ud83d\ude00"}],"stream":true}`,
	`{"mod\u0065l":1,"model":2}`, `{"a":1,"b":[1,2.5,-3e7],"c":[[],{},"",null,false]}`, `[[[[]]]]`, `"\ud800"`, "\"\xff\"",
	`[1,2,"x"]`, `[1,2`, `[1,`, `[-`, `{"a":{"a":1,"a":2}}`, ` { "k" : [ 1 , 2 ] } `, `01`, `1.`, `1e`, `-`, `""`, `nul`, `{"a":1,}`,
	`{"":0,"":1}`, `["` + strings.Repeat("x", 70) + `\\"]`, strings.Repeat("[", 130) + strings.Repeat("]", 130),
}

func FuzzScan(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add(chatRequest(2 << 10))
	internChat(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		var d Doc
		err := d.Scan(src)
		valid := json.Valid(src)
		if err != nil {
			e, ok := err.(*SyntaxError)
			if !ok || e.Offset < 0 || e.Offset > len(src) || len(d.Nodes) != 0 {
				t.Fatalf("error %v with %d nodes", err, len(d.Nodes))
			}
			if valid && !stricter(e, src) {
				t.Fatalf("refused valid JSON %q: %v", src, err)
			}
			return
		}
		if !valid {
			t.Fatalf("accepted %q", src)
		}
		if end := checkTape(t, &d, 0, 0, len(src)); end != len(d.Nodes) {
			t.Fatalf("%d of %d nodes belong to the value", end, len(d.Nodes))
		}
		if utf8.Valid(src) {
			if twice(src) {
				t.Fatalf("accepted a key that comes twice: %q", src)
			}
			for i := range d.Nodes {
				if n := &d.Nodes[i]; n.Kind == String && StringEnd(src, int(n.Off)) != int(n.Off+n.Len) {
					t.Fatalf("the string at %d ends at %d", n.Off, StringEnd(src, int(n.Off)))
				}
			}
			if got, want := tree(t, &d, 0), decode(t, src); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q reads as\n%v\nwant\n%v", src, got, want)
			}
		}
	})
}

// stricter reports whether Scan may refuse src though it is valid JSON.
func stricter(e *SyntaxError, src []byte) bool {
	switch {
	case strings.HasSuffix(e.Reason, "appears twice"):
		return twice(src)
	case e.Reason == "nested too deep":
		return bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) > MaxDepth
	case e.Reason == "key too long":
		return len(src) > MaxKeyLen
	}
	return e.Reason == "too many values" && len(src) > MaxNodes
}

// twice reports whether the object at the top level names a key twice, by encoding/json's reading.
func twice(src []byte) bool {
	d := json.NewDecoder(bytes.NewReader(src))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false
		}
		if seen[key.(string)] {
			return true
		}
		seen[key.(string)] = true
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			return false
		}
	}
	return false
}

// checkTape checks that node i lies within the range, that its subtree's spans follow one another inside it, and
// returns the index after the subtree.
func checkTape(t *testing.T, d *Doc, i, from, to int) int {
	t.Helper()
	n := &d.Nodes[i]
	off, end := n.Span()
	if int(off) < from || int(end) > to || off > end || int(n.Next) <= i || int(n.Next) > len(d.Nodes) {
		t.Fatalf("node %d is out of place: %+v, within %d to %d", i, n, from, to)
	}
	if text := d.Raw(i); !json.Valid(text) || d.Nodes[i].Kind != kindOf(text[0]) {
		t.Fatalf("node %d of kind %d covers %q", i, n.Kind, text)
	}
	if n.Kind != Array && n.Kind != Object {
		return i + 1
	}
	at, child := int(off), i+1
	for child < int(n.Next) {
		c := &d.Nodes[child]
		if n.Kind == Object {
			if int(c.KeyOff) <= at || d.Src[c.KeyOff-1] != '"' || d.Src[c.KeyOff+uint32(c.KeyLen)] != '"' || c.Key != Lookup([]byte(d.Key(child))) {
				t.Fatalf("key of node %d is out of place: %+v", child, c)
			}
			at = int(c.KeyOff) + int(c.KeyLen)
		} else if c.KeyOff != 0 || c.KeyLen != 0 || c.Key != 0 {
			t.Fatalf("element %d has a key: %+v", child, c)
		}
		_, last := c.Span()
		child = checkTape(t, d, child, at, int(end))
		at = int(last)
	}
	return child
}

func kindOf(c byte) Kind {
	switch c {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't':
		return True
	case 'f':
		return False
	case 'n':
		return Null
	}
	return Number
}

func decode(t *testing.T, src []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatal(err)
	}
	return v
}

// tree reads a value off the tape as encoding/json would decode it.
func tree(t *testing.T, d *Doc, i int) any {
	n := &d.Nodes[i]
	switch {
	case n.Flags&Flat != 0:
		return decode(t, d.Raw(i))
	case n.Kind == Null:
		return nil
	case n.Kind == True || n.Kind == False:
		return d.IsTrue(i)
	case n.Kind == Number:
		if n.Val != 0 && strconv.Itoa(int(n.Val)-1) != string(d.Raw(i)) {
			t.Fatalf("number %s has the value %d", d.Raw(i), n.Val)
		}
		return json.Number(d.Raw(i))
	case n.Kind == String:
		if text := d.Text(i); n.Val != 0 && n.Val.Name() != string(text) {
			t.Fatalf("value atom of %q is %q", text, n.Val.Name())
		}
		return string(d.Text(i))
	case n.Kind == Array:
		list := []any{}
		for c := i + 1; c < int(n.Next); c = int(d.Nodes[c].Next) {
			list = append(list, tree(t, d, c))
		}
		return list
	}
	m := map[string]any{}
	for c := i + 1; c < int(n.Next); c = int(d.Nodes[c].Next) {
		m[d.Key(c)] = tree(t, d, c)
	}
	return m
}
