package cases

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const written = `# A comment.
- name: one
  settings: {words: [a, "b\n"], deep: {n: 1.50, big: 12345678901234567890, hex: 0x1f, none: ~, yes: true, date: 2024-01-02}}
  headers: {x-a: b}
  text: a
  want: b
  flags: [x]
- name: two
  stage: output
  segments: [{text: a, role: tool, part: result, tool: t, choice: 2}]
  calls: [{upstream: u, method: GET, path: /p, body: {a: [1]}, reply: {status: 201, json: [1, "x"]}}, {upstream: v, error: timeout}]
  block: ""
`

func TestParseYAML(t *testing.T) {
	list, err := ParseYAML("cases/a.yaml", []byte(written))
	if err != nil || len(list) != 2 {
		t.Fatalf("%d cases, %v", len(list), err)
	}
	one, two := list[0], list[1]
	if want := `{"words":["a","b\n"],"deep":{"n":1.50,"big":12345678901234567890,"hex":31,"none":null,"yes":true,"date":"2024-01-02"}}`; string(one.Settings) != want {
		t.Errorf("settings %s", one.Settings)
	}
	if one.Place != "cases/a.yaml:2" || two.Place != "cases/a.yaml:8" || *one.Text != "a" || string(one.Want) != `"b"` || one.Headers["x-a"] != "b" {
		t.Errorf("got %+v", one)
	}
	if *two.Block != "" || two.Segments[0] != (Segment{"tool", "result", "t", 2, "a"}) || two.Calls[0].Reply.Status != 201 || string(two.Calls[0].Body) != `{"a":[1]}` {
		t.Errorf("got %+v", two)
	}
	packed, err := Pack(list)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse(packed); err != nil || !reflect.DeepEqual(again, list) {
		t.Errorf("after packing %+v, %v", again, err)
	}
	if packed, err := Pack(nil); packed != nil || err != nil {
		t.Errorf("packed nothing: %s, %v", packed, err)
	}
}

func TestParseYAMLRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"- name: a\n  txt: b\n", "f:2: unknown key txt"},
		{"- name: a\n  segments:\n    - text: b\n      rôle: user\n", "f:4: unknown key rôle"},
		{"- name: a\n  calls: [{upstream: u, reply: {code: 3}}]\n", "f:2: unknown key code"},
		{"name: a\n", "f:1: cannot unmarshal !!map into []Case"},
		{"- name: [a]\n", "f:1: cannot unmarshal !!seq into string"},
		{"- name: a\n  doc: {a: &x {b: 1},\n    c: *x}\n", "f:3: aliases are not for cases"},
		{"- name: a\n  doc: {[a]: 1}\n", "f:2: a key must be a text"},
		{"- name: a\n  doc: .inf\n", "f:2: JSON has no number .inf"},
		{"- name: 'a\n", "f:"},
		{"- name: a\n---\n- name: b\n", "f: more than one document"},
	} {
		if list, err := ParseYAML("f", []byte(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %+v, %v, want %q", c.text, list, err, c.want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "[]"} {
		if list, err := ParseYAML("f", []byte(text)); len(list) > 0 || err != nil {
			t.Errorf("%q: %v, %v", text, list, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, "cannot unmarshal"}, {`[{"name":"a","txt":1}]`, `unknown field "txt"`}, {`[]x`, "text after them"}, {``, "EOF"},
		{`[{"name":""}]`, "a case needs a name"}, {`[{"name":"a","place":"p"},{"name":"a","place":"q"}]`, `q: the case "a" is at p already`},
		{`[` + strings.Repeat(`{"name":"a"},`, MaxCases) + `{"name":"b"}]`, "1001 are more than 1000"},
		{strings.Repeat(" ", MaxBytes+1), "bytes are more than"},
	} {
		if _, err := Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := Pack(make([]Case, MaxCases+1)); err == nil {
		t.Error("packed too many")
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if list, err := Read(dir); list != nil || err != nil {
		t.Errorf("no folder: %v, %v", list, err)
	}
	for name, text := range map[string]string{"b.yaml": "- name: b\n  text: x\n", "a.yaml": "\n- name: a\n  text: y\n", "readme.md": "- name: c\n"} {
		if err := os.MkdirAll(filepath.Join(dir, Folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, Folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Read(dir)
	if err != nil || len(list) != 2 || list[0].Place != "cases/a.yaml:2" || list[1].Place != "cases/b.yaml:1" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := os.WriteFile(filepath.Join(dir, Folder, "c.yaml"), []byte("- name: a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || err.Error() != `cases/c.yaml:1: the case "a" is at cases/a.yaml:2 already` {
		t.Errorf("two of one name: %v", err)
	}
}

func FuzzParseYAML(f *testing.F) {
	f.Add([]byte(written))
	f.Add([]byte("- {name: a, doc: {a: [1, .5, 0o7, !!str 3, !!binary aGk=]}, want: {<<: {b: 1}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := ParseYAML("f", text)
		if err != nil || distinct(list) != nil {
			return
		}
		packed, err := Pack(list)
		if err != nil && !strings.Contains(err.Error(), "more than") {
			t.Errorf("%q can't be packed: %v", text, err)
		}
		if packed == nil {
			return
		}
		if _, err := Parse(packed); err != nil {
			t.Errorf("%q was packed as %s: %v", text, packed, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"name":"a","settings":{"a":1},"text":"b","want":["c"],"calls":[{"upstream":"u","reply":{"json":1}}]}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := Parse(text)
		if err != nil || len(list) == 0 {
			return
		}
		packed, err := Pack(list)
		if err != nil {
			t.Skip(err)
		}
		if _, err := Parse(packed); err != nil {
			t.Errorf("%s was packed as %s: %v", text, packed, err)
		}
	})
}
