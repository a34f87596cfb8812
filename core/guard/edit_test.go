package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func TestEditsStayInTheirString(t *testing.T) {
	for _, c := range []struct{ name, before, with, after string }{
		{"quotes", `say \"secret\" twice`, `a "b" \c`, `say \"a \"b\" \\c\" twice`},
		{"line breaks", `one\nsecret\r\n\ttwo`, "x\ny\r\t\x01", `one\nx\ny\r\t\u0001\r\n\ttwo`},
		{"emoji", `😀 secret 😀`, "🙈", `😀 🙈 😀`},
		{"escaped emoji", `\ud83d\ude00 secret`, "\u00e9", `😀 é`},
		{"an escaped word", `\u0073ecret \/`, redacted, redacted + ` /`},
		{"nothing left", secret, "", ""},
		{"not UTF-8", `a secret`, "x\xffy", "a x\uFFFDy"},
		{"several", `secret,secret`, `"`, `\",\"`},
		{"no hit", `\u0073ec \/`, "x", `\u0073ec \/`},
	} {
		g := fake("g", PreCall, "input", nil)
		plain := g.fake
		g.fake = func(e hostabi.Event, h *hostabi.Header, t *host.Text) (answer, error) {
			a, err := plain(e, h, t)
			for i := range a.edits {
				a.edits[i].With = []byte(c.with)
			}
			return a, err
		}
		const around = `{ "model" : "m" , "odd":"\u0041\/", "prompt":"%", "n": 1.0e0 }`
		x := begin(t, core.Completions, false, strings.Replace(around, "%", c.before, 1), g)
		if e := x.Input(&x.doc); e != nil {
			t.Errorf("%s: %v", c.name, e)
		}
		if got, want := string(x.doc.Src), strings.Replace(around, "%", c.after, 1); got != want || !json.Valid(x.doc.Src) {
			t.Errorf("%s: got %s, want %s", c.name, got, want)
		}
	}
}

// Without a hit nothing is copied: the document's bytes are the client's.
func TestNoHitNoCopy(t *testing.T) {
	body := []byte(`{"prompt":["fine", "\u0066ine"],"suffix":"x"}`)
	x := begin(t, core.Completions, false, string(body), fake("g", PreCall, "input", nil), fake("h", PreCall, "input", nil))
	if err := x.doc.Scan(body); err != nil {
		t.Fatal(err)
	}
	if e := x.Input(&x.doc); e != nil || &x.doc.Src[0] != &body[0] || x.verdicts() != "g pre_call passed; h pre_call passed" {
		t.Errorf("%v; %s", e, x.verdicts())
	}
}

// Guards see what those before them made of the text.
func TestGuardsRunInOrder(t *testing.T) {
	swap := func(name, from, to string) *Guard {
		g := fake(name, PreCall|PostCall, "input output", nil)
		g.fake = func(_ hostabi.Event, _ *hostabi.Header, t *host.Text) (answer, error) {
			var a answer
			for i, s := range t.Segments {
				if at := bytes.Index(t.Src[s.Off:s.Off+s.Len], []byte(from)); at >= 0 {
					a.edits = append(a.edits, host.Edit{Segment: uint32(i), From: uint32(at), To: uint32(at + len(from)), With: []byte(to)})
				}
			}
			return a, nil
		}
		return g
	}
	guards := []*Guard{swap("a", "one", "two"), swap("b", "two", "three"), swap("c", "three", "four, and longer"), swap("d", "one", "never")}
	x := begin(t, core.Chat, false, `{"messages":[{"role":"user","content":"one"},{"role":"user","content":"two"}]}`, guards...)
	if e := x.Input(&x.doc); e != nil || string(x.doc.Src) != `{"messages":[{"role":"user","content":"four, and longer"},{"role":"user","content":"four, and longer"}]}` {
		t.Errorf("%v %s", e, x.doc.Src)
	}
	request := string(x.doc.Src)
	body, e := x.Output([]byte(`{"choices":[{"message":{"content":"one"}}]}`))
	if e != nil || string(body) != `{"choices":[{"message":{"content":"four, and longer"}}]}` {
		t.Errorf("%v %s", e, body)
	}
	if string(x.doc.Src) != request {
		t.Errorf("the response's edits reached the request: %s", x.doc.Src)
	}
	if x.Applied() != "a,b,c,d" {
		t.Error(x.Applied())
	}
	if got := x.verdicts(); got != "a pre_call edited 1; b pre_call edited 2; c pre_call edited 2; d pre_call passed; "+
		"a post_call edited 1; b post_call edited 1; c post_call edited 1; d post_call passed" {
		t.Error(got)
	}
}

func TestWrongEdits(t *testing.T) {
	for name, edits := range map[string][]host.Edit{
		"another segment":       {{Segment: 1}},
		"past the end":          {{From: 1, To: 8}},
		"backwards":             {{From: 3, To: 2}},
		"inside a character":    {{From: 1, To: 2}},
		"up to a character":     {{From: 0, To: 2}},
		"overlap":               {{From: 0, To: 4}, {From: 3, To: 5, With: []byte("x")}},
		"overlap, out of order": {{From: 3, To: 5}, {From: 0, To: 4}},
	} {
		g := fake("g", PreCall, "input", nil)
		g.fake = func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error) { return answer{edits: edits}, nil }
		x := begin(t, core.Completions, false, `{"prompt":"€abcd"}`, g)
		e := x.Input(&x.doc)
		if e == nil || e.Class != core.InternalServer || x.Verdicts[0].Outcome != core.NotRun || x.Verdicts[0].Err == nil {
			t.Errorf("%s: %v; %s", name, e, x.verdicts())
		}
	}
}

// Tokens tell the text once more: they go when it changes.
func TestLogprobsGoWithTheirText(t *testing.T) {
	const tokens = `{"content":[{"token":"sec","logprob":-1}]}`
	one := func(text, tokens string) string {
		return `{"index":0,"logprobs":` + tokens + `,"message":{"content":"` + text + `"}}`
	}
	two := func(text, tokens string) string {
		return `{"index":1,"message":{"content":"` + text + `"},"logprobs":` + tokens + `}`
	}
	for _, c := range []struct{ first, second, wantFirst, wantSecond string }{
		{secret, "x", one(redacted, "null"), two("x", tokens)},
		{"x", secret, one("x", tokens), two(redacted, "null")},
		{secret, secret, one(redacted, "null"), two(redacted, "null")},
		{"x", "y", one("x", tokens), two("y", tokens)},
	} {
		x := begin(t, core.Chat, false, `{}`, fake("g", PostCall, "output", nil))
		body, e := x.Output([]byte(`{"choices":[` + one(c.first, tokens) + "," + two(c.second, tokens) + `]}`))
		if want := `{"choices":[` + c.wantFirst + "," + c.wantSecond + `]}`; e != nil || string(body) != want {
			t.Errorf("%v\ngot  %s\nwant %s", e, body, want)
		}
		x = begin(t, core.Chat, true, `{}`, fake("g", PostCall, "window", nil))
		out, e := x.streamed(t, frame(`{"choices":[`+strings.ReplaceAll(one(c.first, tokens)+","+two(c.second, tokens), "message", "delta")+`]}`))
		if want := frame(`{"choices":[` + strings.ReplaceAll(c.wantFirst+","+c.wantSecond, "message", "delta") + `]}`); e != nil || out != want {
			t.Errorf("%v\ngot  %s\nwant %s", e, out, want)
		}
	}
}

// FuzzSplice edits every string that is text of any document: nothing else may change, and the result is JSON.
func FuzzSplice(f *testing.F) {
	for _, r := range rows {
		f.Add([]byte(fill(r.request, `a \"s\" \u00e9😀`)), "with \"\n😀", uint16(3), uint16(2))
		f.Add([]byte(fill(choices(r.response+`"choices":[]`, 2), "text")), "", uint16(0), uint16(9))
	}
	f.Add([]byte(`{"messages":[[],{"content":{"text":{"value":["x"]}}},"y",null,{"tool_calls":[1,{"function":"f"}]}],"choices":{"a":1}}`), "x", uint16(1), uint16(0))
	f.Fuzz(func(t *testing.T, body []byte, with string, from, size uint16) {
		var d, after tape.Doc
		if !utf8.Valid(body) || d.Scan(body) != nil {
			return
		}
		for _, e := range core.Endpoints {
			for _, output := range []bool{false, true} {
				var found texts
				found.read(&d, e, output, everyRole)
				edits, err := appendEdits(nil, wish(&found, with, int(from), int(size)), &found.Text)
				if errors.Is(err, errEditCharacter) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				out := found.splice(nil, edits)
				if err := after.Scan(out); err != nil || !utf8.Valid(out) {
					t.Fatalf("%v: %q of %q", err, out, body)
				}
				if len(edits) == 0 && !bytes.Equal(out, body) {
					t.Fatalf("changed without an edit: %q", out)
				}
				unchanged(t, &d, &after, &found)
			}
		}
	})
}

// wish edits each segment in the same place, as far as it has one.
func wish(t *texts, with string, from, size int) []host.Edit {
	var edits []host.Edit
	for i, s := range t.Segments {
		at := min(from, int(s.Len))
		edits = append(edits, host.Edit{Segment: uint32(i), From: uint32(at), To: uint32(min(at+size, int(s.Len))), With: []byte(with)})
	}
	return edits
}

// unchanged compares everything but the text and what goes with it.
func unchanged(t *testing.T, before, after *tape.Doc, found *texts) {
	t.Helper()
	text := map[int]bool{}
	for _, p := range found.places {
		for n := p.node; n < int(before.Nodes[p.node].Next); n++ {
			text[n] = true
		}
		if p.kind == placeLogprobs {
			return // nodes are gone: the positions differ
		}
	}
	if len(before.Nodes) != len(after.Nodes) {
		t.Fatalf("%d values became %d", len(before.Nodes), len(after.Nodes))
	}
	for i := range before.Nodes {
		if before.Nodes[i].Kind != after.Nodes[i].Kind || before.Key(i) != after.Key(i) {
			t.Fatalf("value %d became another", i)
		}
		leaf := before.Nodes[i].Kind != tape.Object && before.Nodes[i].Kind != tape.Array
		if leaf && !text[i] && !bytes.Equal(before.Raw(i), after.Raw(i)) {
			t.Fatalf("%q became %q", before.Raw(i), after.Raw(i))
		}
	}
}
