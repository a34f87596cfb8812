package host

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// learnt returns a context that has learnt how event is answered: holes are the texts that may differ, answer gives it.
func learnt(t *testing.T, event string, holes []string, answer func(c *Context, d *tape.Doc) hostabi.Result) *Context {
	t.Helper()
	d := &tape.Doc{}
	if err := d.Scan([]byte(event)); err != nil {
		t.Fatal(err)
	}
	c := &Context{docs: []*tape.Doc{d}, chunk: true}
	for _, name := range holes {
		n := &d.Nodes[d.Named(0, name)]
		if !c.declare(n.Off, n.Len) {
			t.Fatalf("hole %s was refused", name)
		}
	}
	c.template.conclude(answer(c, d), 7, d)
	c.Events = nil
	return c
}

func pass(*Context, *tape.Doc) hostabi.Result { return hostabi.Pass }

// retell answers with the text t twice, whole and as an inside, between texts of the guest's own.
func retell(c *Context, d *tape.Doc) hostabi.Result {
	n := &d.Nodes[d.Named(0, "t")]
	from, end := n.Span()
	c.emitEvent([]tape.Op{
		{Kind: tape.OpLit, Len: 6},
		{Kind: tape.OpRaw, Doc: 1, Off: from, Len: end - from},
		{Kind: tape.OpLitQuote, Off: 6, Len: 1},
		{Kind: tape.OpRaw, Doc: 1, Off: n.Off, Len: n.Len},
	}, []byte(`{"say":"`))
	return hostabi.Done
}

func TestRepeat(t *testing.T) {
	const event = `{"a":1,"t":"one","b":[2],"u":"pad","c":3}`
	for _, tt := range []struct {
		name, event string
		holes       []string
		answer      func(*Context, *tape.Doc) hostabi.Result
		next, want  string // want "" = not answered
	}{
		{"passed", event, []string{"t"}, pass, `{"a":1,"t":"two","b":[2],"u":"pad","c":3}`, `{"a":1,"t":"two","b":[2],"u":"pad","c":3}`},
		{"escapes", event, []string{"t"}, pass, `{"a":1,"t":"\"\\\n","b":[2],"u":"pad","c":3}`, `{"a":1,"t":"\"\\\n","b":[2],"u":"pad","c":3}`},
		{"empty text", event, []string{"t"}, pass, `{"a":1,"t":"","b":[2],"u":"pad","c":3}`, ""},
		{"two holes", event, []string{"t", "u"}, pass, `{"a":1,"t":"x","b":[2],"u":"yz","c":3}`, `{"a":1,"t":"x","b":[2],"u":"yz","c":3}`},
		{"rewritten", event, []string{"t"}, retell, `{"a":1,"t":"two","b":[2],"u":"pad","c":3}`, `{"say""two":two`},
		{"differs before", event, []string{"t"}, pass, `{"a":2,"t":"two","b":[2],"u":"pad","c":3}`, ""},
		{"differs after", event, []string{"t"}, pass, `{"a":1,"t":"two","b":[2],"u":"pad","c":4}`, ""},
		{"differs in an undeclared text", event, []string{"t"}, pass, `{"a":1,"t":"two","b":[2],"u":"dad","c":3}`, ""},
		{"members smuggled in", event, []string{"t"}, pass, `{"a":1,"t":"two","x":"","b":[2],"u":"pad","c":3}`, ""},
		{"text without end", event, []string{"t"}, pass, `{"a":1,"t":"two`, ""},
		{"malformed escape", event, []string{"t"}, pass, `{"a":1,"t":"\x","b":[2],"u":"pad","c":3}`, ""},
		{"nothing declared", event, nil, pass, event, ""},
		{"dropped", event, []string{"t"}, func(*Context, *tape.Doc) hostabi.Result { return hostabi.Done }, event, ""},
		{"answered twice", event, []string{"t"}, func(c *Context, d *tape.Doc) hostabi.Result {
			retell(c, d)
			return retell(c, d)
		}, event, ""},
		{"text decoded", event, []string{"t"}, func(c *Context, d *tape.Doc) hostabi.Result {
			n := &d.Nodes[d.Named(0, "t")]
			c.emitEvent([]tape.Op{{Kind: tape.OpUnquote, Doc: 1, Off: n.Off, Len: n.Len}}, nil)
			return hostabi.Done
		}, event, ""},
		{"part of the text", event, []string{"t"}, func(c *Context, d *tape.Doc) hostabi.Result {
			n := &d.Nodes[d.Named(0, "t")]
			c.emitEvent([]tape.Op{{Kind: tape.OpRaw, Doc: 1, Off: n.Off, Len: 1}}, nil)
			return hostabi.Done
		}, event, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := learnt(t, tt.event, tt.holes, tt.answer)
			did := c.Repeat(7, []byte(tt.next))
			if did != (tt.want != "") {
				t.Fatalf("answered %v", did)
			}
			if did && string(c.Events) != "data: "+tt.want+"\n\n" {
				t.Errorf("got %q", c.Events)
			}
			if c.Repeat(8, []byte(tt.next)) {
				t.Error("answered an event of another name")
			}
		})
	}
}

func TestDeclareRefuses(t *testing.T) {
	d := &tape.Doc{}
	if err := d.Scan([]byte(`{"a":"text","b":"more","c":""}`)); err != nil {
		t.Fatal(err)
	}
	a, b, empty := &d.Nodes[1], &d.Nodes[2], &d.Nodes[3]
	for name, try := range map[string]func(c *Context) bool{
		"a part of a string":    func(c *Context) bool { return c.declare(a.Off, a.Len-1) },
		"a range past the end":  func(c *Context) bool { return c.declare(a.Off, 1<<31) },
		"a number":              func(c *Context) bool { return c.declare(0, 1) },
		"an empty text":         func(c *Context) bool { return c.declare(empty.Off, 0) },
		"texts out of order":    func(c *Context) bool { return c.declare(b.Off, b.Len) && c.declare(a.Off, a.Len) },
		"the same text twice":   func(c *Context) bool { c.declare(a.Off, a.Len); return c.declare(a.Off, a.Len) },
		"outside a chunk event": func(c *Context) bool { c.chunk = false; return c.declare(a.Off, a.Len) },
	} {
		if try(&Context{docs: []*tape.Doc{d}, chunk: true}) {
			t.Errorf("%s was accepted", name)
		}
	}
}

// TestRepeatAfterOneThatWasNot checks that a template that came to nothing leaves nothing to the next.
func TestRepeatAfterOneThatWasNot(t *testing.T) {
	twice := func(c *Context, d *tape.Doc) hostabi.Result {
		retell(c, d)
		return retell(c, d)
	}
	c := learnt(t, `{"t":"one","u":"two"}`, []string{"t"}, twice)
	if c.Repeat(7, []byte(`{"t":"three","u":"two"}`)) {
		t.Fatalf("answered with %s", c.Events)
	}
	n := &c.docs[0].Nodes[c.docs[0].Named(0, "u")]
	if !c.declare(n.Off, n.Len) {
		t.Fatal("a hole was refused")
	}
	c.template.conclude(hostabi.Pass, 7, c.docs[0])
	if c.Repeat(7, []byte(`{"t":"three","u":"two"}`)) || !c.Repeat(7, []byte(`{"t":"one","u":"four"}`)) {
		t.Fatal("the wrong text may differ")
	}
	if got := string(c.Events); got != "data: {\"t\":\"one\",\"u\":\"four\"}\n\n" {
		t.Errorf("got %q", got)
	}
}
