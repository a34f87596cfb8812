package tape

import (
	"slices"
	"strings"
	"testing"
)

var keyA, keyB, keyC, keyOdd Atom

func init() {
	keyA, keyB, keyC, keyOdd = MustIntern("a"), MustIntern("b"), MustIntern("c"), MustIntern("o\"d\n")
	MustIntern("d")
}

func TestPatch(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		patch     Patch
		want      string
	}{
		{"nothing to do", `{"a":1, "b":[true]}`, Patch{}, `{"a":1, "b":[true]}`},
		{"empty object", ` { } `, Patch{Drop: []Atom{keyA}}, `{}`},
		{"space around", " {\n \"a\" : 1 , \"b\":2\n}\n", Patch{}, `{"a" : 1 , "b":2}`},
		{"drop the first", `{"a":1,"b":2,"c":3}`, Patch{Drop: []Atom{keyA}}, `{"b":2,"c":3}`},
		{"drop the middle", `{"a":1,"b":{"x":[1]},"c":3}`, Patch{Drop: []Atom{keyB}}, `{"a":1,"c":3}`},
		{"drop the last", `{"a":1,"b":2,"c":3}`, Patch{Drop: []Atom{keyC}}, `{"a":1,"b":2}`},
		{"drop all", `{"a":1,"b":2}`, Patch{Drop: []Atom{keyA, keyB}}, `{}`},
		{"drop only at the top", `{"b":{"a":1},"a":2}`, Patch{Drop: []Atom{keyA}}, `{"b":{"a":1}}`},
		{"drop an escaped key", `{"\u0061":1,"b":2}`, Patch{Drop: []Atom{keyA}}, `{"b":2}`},
		{"drop 0 drops nothing", `{"patch_unknown":1,"":2}`, Patch{Drop: []Atom{0}}, `{"patch_unknown":1,"":2}`},
		{"rename", `{"a":{"a":"x"},"b":2}`, Patch{Rename: []Alias{{keyA, "longer"}}}, `{"longer":{"a":"x"},"b":2}`},
		{"rename to itself", `{"a":1}`, Patch{Rename: []Alias{{keyA, "a"}}}, `{"a":1}`},
		{"rename an escaped key", `{"\u0061":"\n"}`, Patch{Rename: []Alias{{keyA, "z"}}}, `{"z":"\n"}`},
		{"rename to a name that needs escapes", `{"a":1}`, Patch{Rename: []Alias{{keyA, "q\"\n"}}}, `{"q\"\n":1}`},
		{"the own name stays", `{"a":1,"b":2}`, Patch{Rename: []Alias{{keyA, "b"}}}, `{"b":2}`},
		{"the own name stays when it comes first", `{"b":2,"a":1}`, Patch{Rename: []Alias{{keyA, "b"}}}, `{"b":2}`},
		{"the own escaped name stays", `{"a":1,"\u0062":2}`, Patch{Rename: []Alias{{keyA, "b"}}}, `{"\u0062":2}`},
		{"a dropped name is free", `{"a":1,"b":2}`, Patch{Rename: []Alias{{keyA, "b"}}, Drop: []Atom{keyB}}, `{"b":1}`},
		{"a chain of names", `{"a":1,"b":2}`, Patch{Rename: []Alias{{keyA, "b"}, {keyB, "c"}}}, `{"b":1,"c":2}`},
		{"swapped names", `{"a":1,"b":2}`, Patch{Rename: []Alias{{keyA, "b"}, {keyB, "a"}}}, `{"b":1,"a":2}`},
		{"two to one name", `{"b":1,"a":2}`, Patch{Rename: []Alias{{keyA, "z"}, {keyB, "z"}}}, `{"z":1}`},
		{"set in place", `{"a":1,"b":[1,2],"c":3}`, Patch{Set: []Alias{{keyB, `"x"`}}}, `{"a":1,"b":"x","c":3}`},
		{"set when absent", `{"a":1}`, Patch{Set: []Alias{{keyB, ` {"x":[null, 1]} `}}}, `{"a":1,"b": {"x":[null, 1]} }`},
		{"set in nothing", `{}`, Patch{Set: []Alias{SetText(keyB, "q\"")}}, `{"b":"q\""}`},
		{"set an escaped key", `{"\u0061":1}`, Patch{Set: []Alias{{keyA, `2`}}}, `{"a":2}`},
		{"set a key that needs escapes", `{}`, Patch{Set: []Alias{{keyOdd, `2`}}}, `{"o\"d\n":2}`},
		{"set goes before rename", `{"a":1}`, Patch{Set: []Alias{{keyA, `2`}}, Rename: []Alias{{keyA, "b"}}}, `{"a":2}`},
		{"set stays before a renamed one", `{"a":1}`, Patch{Set: []Alias{{keyB, `2`}}, Rename: []Alias{{keyA, "b"}}}, `{"b":2}`},
		{"set goes before drop", `{"a":1}`, Patch{Set: []Alias{{keyA, `2`}}, Drop: []Atom{keyA}}, `{"a":2}`},
		{"set no key", `{"a":1}`, Patch{Set: []Alias{{0, `2`}}}, `{"a":1}`},
		{"set what is not JSON", `{"a":1}`, Patch{Set: []Alias{{keyA, `2,"b":3`}, {keyB, ``}, {keyC, `[[`}}}, `{"a":null,"b":null,"c":null}`},
		{"merge", `{"a":1}`, Patch{Merge: doc(`{"a":9,"b":{"c":[2]},"x":3}`)}, `{"a":1,"b":{"c":[2]},"x":3}`},
		{"merge into nothing", `{}`, Patch{Merge: doc(` {"a":9} `)}, `{"a":9}`},
		{"merge nothing", `{"a":1}`, Patch{Merge: doc(`{}`)}, `{"a":1}`},
		{"merge compares decoded names", `{"\u0061":1,"x\/":2}`, Patch{Merge: doc(`{"a":9,"x/":8}`)}, `{"\u0061":1,"x\/":2}`},
		{"merge skips what is set", `{}`, Patch{Set: []Alias{{keyA, `1`}}, Merge: doc(`{"a":9,"b":2}`)}, `{"a":1,"b":2}`},
		{"merge skips what is dropped", `{"a":1}`, Patch{Drop: []Atom{keyA, keyB}, Merge: doc(`{"b":2,"c":3,"a":4}`)}, `{"c":3}`},
		{"merged members are renamed", `{}`, Patch{Rename: []Alias{{keyA, "b"}}, Merge: doc(`{"a":1}`)}, `{"b":1}`},
		{"a renamed member stays before a merged one", `{"a":1}`, Patch{Rename: []Alias{{keyA, "b"}}, Merge: doc(`{"b":2}`)}, `{"b":1}`},
		{"a merged one is not renamed over another", `{"b":1}`, Patch{Rename: []Alias{{keyA, "b"}}, Merge: doc(`{"a":2}`)}, `{"b":1}`},
		{"merge no object", `{"a":1}`, Patch{Merge: doc(`[1]`)}, `{"a":1}`},
		{"all at once", `{"model":"m","a":1,"b":2,"c":[3],"tail":"é"}`,
			Patch{Drop: []Atom{keyA}, Rename: []Alias{{keyB, "bb"}}, Set: []Alias{SetText(keyC, "new")}, Merge: doc(`{"tail":0,"more":true}`)},
			`{"model":"m","bb":2,"c":"new","tail":"é","more":true}`},
		{"no object", `[{"a":1}]`, Patch{Drop: []Atom{keyA}}, `[{"a":1}]`},
	} {
		var dst Doc
		c.patch.Apply(&dst, scan(t, c.doc))
		if string(dst.Src) != c.want {
			t.Errorf("%s: %s, want %s", c.name, dst.Src, c.want)
			continue
		}
		if fresh := scan(t, c.want); !slices.Equal(dst.Nodes, fresh.Nodes) {
			t.Errorf("%s: tape\n%+v\nwant\n%+v", c.name, dst.Nodes, fresh.Nodes)
		}
	}
}

func doc(src string) *Doc {
	var d Doc
	if err := d.Scan([]byte(src)); err != nil {
		panic(err)
	}
	return &d
}

func TestPatchDropsNamesInternedLater(t *testing.T) {
	d := scan(t, `{"patch_late":1,"patch\u005flate2":2,"b":3}`)
	p := Patch{Drop: []Atom{MustIntern("patch_late"), MustIntern("patch_late2")}}
	var dst Doc
	if p.Apply(&dst, d); string(dst.Src) != `{"b":3}` {
		t.Errorf("got %s", dst.Src)
	}
}

func TestPatchCheck(t *testing.T) {
	for _, c := range []struct {
		patch Patch
		want  string
	}{
		{Patch{Set: []Alias{{keyA, `{}`}}, Rename: []Alias{{keyA, "z"}}, Merge: doc(`{}`)}, ""},
		{Patch{Set: []Alias{{keyA, `{`}}}, "set a: invalid JSON at byte 1: unexpected end"},
		{Patch{Set: []Alias{{0, `1`}}}, "set: no key"},
		{Patch{Rename: []Alias{{keyA, strings.Repeat("z", 49)}}}, "rename a: tape: a name must have 1 to 48 bytes"},
		{Patch{Rename: []Alias{{keyA, ""}}}, "rename a: tape: a name must have 1 to 48 bytes"},
		{Patch{Merge: doc(`3`)}, "merge: not an object"},
	} {
		got := ""
		if err := c.patch.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// member is a member of a result as the model of FuzzPatch sees it.
type member struct{ key, raw string }

// apply says in the plainest way what Patch.Apply has to do.
func (p *Patch) model(d *Doc) []member {
	var result []member
	has := func(name string) bool {
		return slices.ContainsFunc(result, func(m member) bool { return m.key == name })
	}
	isSet := func(name string) bool {
		return slices.ContainsFunc(p.Set, func(a Alias) bool { return a.Key.Name() == name })
	}
	from := func(d *Doc, merged bool) {
		own := membersOf(d)
		for _, m := range own {
			key, to := Lookup([]byte(m.key)), ""
			if a := find(p.Rename, key); a != nil {
				to = a.To
			}
			stays := func(o member) bool {
				k := Lookup([]byte(o.key))
				return o.key == to && !p.drops(k) && find(p.Rename, k) == nil
			}
			switch {
			case isSet(m.key):
				if !merged {
					result = append(result, member{m.key, find(p.Set, key).To})
				}
			case p.drops(key):
			case to != "":
				if !has(to) && !isSet(to) && !slices.ContainsFunc(own, stays) {
					result = append(result, member{to, m.raw})
				}
			case !merged || !has(m.key):
				result = append(result, m)
			}
		}
	}
	from(d, false)
	for _, a := range p.Set {
		if !has(a.Key.Name()) {
			result = append(result, member{a.Key.Name(), a.To})
		}
	}
	if p.Merge != nil {
		from(p.Merge, true)
	}
	return result
}

func membersOf(d *Doc) []member {
	var list []member
	for m := 1; m < int(d.Nodes[0].Next); m = int(d.Nodes[m].Next) {
		list = append(list, member{d.Key(m), string(d.Raw(m))})
	}
	return list
}

// patchOf makes a patch of fuzzed bytes over a few names, one of which needs escapes.
func patchOf(t *testing.T, merge, data []byte) Patch {
	names := []string{"a", "b", "c", "d", "model", "o\"d\n"}
	values := []string{`1`, `"x\ny"`, `{"a":[1,2],"b":[[],{"c":null}]}`, `[1,"2"]`, `true`, `"model"`}
	var p Patch
	for ; len(data) >= 2; data = data[2:] {
		key := MustIntern(names[int(data[0])%len(names)])
		switch other := int(data[1]) / 3; data[1] % 3 {
		case 0:
			p.Drop = append(p.Drop, key)
		case 1:
			p.Rename = append(p.Rename, Alias{key, names[other%len(names)]})
		case 2:
			p.Set = append(p.Set, Alias{key, values[other%len(values)]})
		}
	}
	p.Merge = new(Doc)
	if p.Merge.Scan(merge) != nil || p.Merge.Nodes[0].Kind != Object {
		p.Merge = nil
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

func FuzzPatch(f *testing.F) {
	internChat(f)
	f.Add([]byte(`{"a":1,"b":"x","c":[1,2],"d":{"a":null},"model":"m"}`), []byte(`{"b":0,"e":{"f":[]}}`), []byte{0, 0, 1, 7, 2, 5, 3, 1, 4, 8})
	f.Add([]byte(` { "\u0061" : 1 , "o\"d\n":2 } `), []byte(`{"a":3}`), []byte{5, 0, 0, 4})
	f.Add(chatRequest(1<<10), []byte(`{}`), []byte{4, 8})
	var dst Doc
	f.Fuzz(func(t *testing.T, src, merge, data []byte) {
		var d Doc
		if d.Scan(src) != nil || d.Nodes[0].Kind != Object {
			return
		}
		p := patchOf(t, merge, data)
		p.Apply(&dst, &d)
		fresh := scan(t, string(dst.Src))
		if !slices.Equal(dst.Nodes, fresh.Nodes) {
			t.Fatalf("%q became %q with tape\n%+v\nwant\n%+v", src, dst.Src, dst.Nodes, fresh.Nodes)
		}
		if got, want := membersOf(&dst), p.model(&d); !slices.Equal(got, want) {
			t.Fatalf("%q became %q, want %q", src, got, want)
		}
		checkGaps(t, &dst)
	})
}

// checkGaps checks that nothing but punctuation stands between members: what was dropped is gone.
func checkGaps(t *testing.T, d *Doc) {
	t.Helper()
	at := uint32(1)
	for m := 1; m < int(d.Nodes[0].Next); m = int(d.Nodes[m].Next) {
		n := &d.Nodes[m]
		off, end := n.Span()
		gap := string(d.Src[at:n.KeyOff-1]) + string(d.Src[n.KeyOff+uint32(n.KeyLen)+1:off])
		if strings.Trim(gap, " \t\r\n,:") != "" {
			t.Fatalf("%q stands between members of %q", gap, d.Src)
		}
		at = end
	}
	if rest := strings.Trim(string(d.Src[at:]), " \t\r\n"); rest != "}" {
		t.Fatalf("%q ends with %q", d.Src, rest)
	}
}
