package host

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func TestEvents(t *testing.T) {
	p, book := loadGo(t, Options{Instances: 1}, `{"set":[1]}`)
	c := opened(t, p)
	c.Attr = func(name tape.Atom) (string, bool) { return strings.Repeat("m", 300), name.Name() == "model" }
	var path, header string
	c.Set = func(what hostabi.Setting, name, value []byte) error {
		switch what {
		case hostabi.SetPath:
			path = string(value)
		case hostabi.SetHeader:
			header = string(name) + "=" + string(value)
		}
		return nil
	}
	for _, e := range []struct{ doc, body string }{
		{`{"do":"echo","x":[1, 2]}`, `{"echo":{"do":"echo","x":[1, 2]},"config":{"set":[1]}}`},
		{`{"do":"text","text":"a\"\n\u00e9\ud83d\ude00"}`, `"a\"\né😀"`},
		{`{"do":"text","text":""}`, `""`},
		{`{"do":"parse","args":"{\"text\":[\"n\\\\n\"]}"}`, `["n\\n"]`},
		{`{"do":"parse","args":"not json"}`, `null`},
		{`{"do":"attr"}`, `"` + strings.Repeat("m", 300) + `"`},
		{`{"do":"nothing"}`, ``},
		{`{"do":"set","text":"q=1"}`, ``},
		{`{"do":"usage"}`, ``},
	} {
		must(t, c, e.doc)
		if string(c.Body) != e.body {
			t.Errorf("%s: %s, want %s", e.doc, c.Body, e.body)
		}
	}
	if path != "/p?q=1" || header != "x-test=1" {
		t.Errorf("path %q, header %q", path, header)
	}
	if want := [hostabi.UsageCounters]uint32{1, 2, 3, 4, 5}; !c.Counted || c.Usage != want {
		t.Errorf("usage %v %t", c.Usage, c.Counted)
	}
	must(t, c, `{"do":"print","text":"one\ntwo"}`)
	must(t, c, `{"do":"print","text":" three\n"}`)
	if got := book.text(); got != "test 4 one\ntest 4 two three" {
		t.Errorf("log has %q", got)
	}
}

func TestEventsOfAStream(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := opened(t, p)
	var h hostabi.Header
	must(t, c, `{"do":"emit","x":[1,`+"\r\n"+`2]}`)
	if _, err := c.Send(hostabi.EventChunk, &h, document(t, `{"do":"emit"}`)); err != nil {
		t.Fatal(err)
	}
	if result, err := c.Send(hostabi.EventEnd, &h, nil); err != nil || result != hostabi.Pass {
		t.Fatal(result, err)
	}
	want := `data: {"do":"emit","x":[1,  2]}` + "\n\ndata: 1\n\n" + `data: {"do":"emit"}` + "\n\ndata: 2\n\n"
	if string(c.Events) != want {
		t.Errorf("got %q, want %q", c.Events, want)
	}
}

func TestFailure(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := opened(t, p)
	must(t, c, `{"do":"fail","text":"slow down \ud800"}`)
	if want := (Failure{hostabi.RateLimit, 429, "slow down \uFFFD"}); c.Failure == nil || *c.Failure != want {
		t.Errorf("failure %+v", c.Failure)
	}
	must(t, c, `{"do":"nothing"}`)
	if c.Failure != nil {
		t.Error("the failure of an earlier event is still there")
	}
	must(t, c, `{"do":"fail","text":"`+strings.Repeat("é", maxMessage)+`"}`)
	if n := len(c.Failure.Message); n != maxMessage {
		t.Errorf("a message of %d bytes", n)
	}
}

func TestHeaderAndTape(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	c := opened(t, mustLoad(t, r, minimal().wasm(), `{}`))
	doc := document(t, `{"a":"b"}`)
	h := hostabi.Header{Status: 200, Endpoint: 2, Flags: 5, Vendor: 7, Name: 9}
	if result, err := c.Send(hostabi.EventChunk, &h, doc); result != hostabi.Pass || err != nil {
		t.Fatal(result, err)
	}
	memory := c.guest.memory
	for i, want := range []uint32{1, 2, 9, 200, 2, 5, 7, 9} {
		if got, _ := memory.ReadUint32Le(bufferAt + uint32(i)*4); got != want {
			t.Errorf("word %d of the header is %d, want %d", i, got, want)
		}
	}
	if next, _ := memory.ReadUint32Le(bufferAt + hostabi.HeaderSize + 20); next != 2 {
		t.Errorf("first node leads to %d, want 2", next)
	}
	if _, err := c.Send(hostabi.EventEnd, &h, nil); err != nil || h.Doc != 0 || h.Nodes != 0 || h.Bytes != 0 || h.Status != 200 {
		t.Errorf("header of an event without document: %+v, %v", h, err)
	}
}

func TestResults(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	for _, c := range []struct {
		result int32
		want   string
	}{
		{0, ""}, {2, ""}, {-3, "plugin test failed with code -3"},
		{1, "plugin test: plugin trapped: event left pending without a call or timer"}, {77, "plugin test: plugin trapped: unknown result 77 of an event"},
	} {
		p := mustLoad(t, r, minimal().with(hostabi.ExportEvent, "iiii:i", constant(c.result)).wasm(), `{}`)
		got := ""
		if _, err := do(opened(t, p), nil); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("result %d: %q, want %q", c.result, got, c.want)
		}
	}
}

func TestSendNeedsOpen(t *testing.T) {
	var c Context
	if _, err := do(&c, nil); err == nil {
		t.Error("a context that is not open sends")
	}
	c.Close()
}

// TestReuse checks that nothing of an exchange is left for the next one in the same context.
func TestReuse(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := opened(t, p)
	c.Attr = func(tape.Atom) (string, bool) { return "secret", true }
	c.Set, c.Cancels = func(hostabi.Setting, []byte, []byte) error { return nil }, true
	for _, src := range []string{`{"do":"usage"}`, `{"do":"emit"}`, `{"do":"parse","args":"{}"}`, `{"do":"keep","keep":"secret"}`, `{"do":"fail","text":"x"}`} {
		must(t, c, src)
	}
	c.Close()
	if c.Attr != nil || c.Set != nil || c.Cancels || len(c.Body) > 0 || len(c.Events) > 0 || c.Counted || c.Usage != [hostabi.UsageCounters]uint32{} || c.Failure != nil {
		t.Errorf("after Close: %+v", c)
	}
	for _, d := range append(c.docs[:cap(c.docs)], c.parsed...) {
		if d != nil && (d.Src != nil || len(d.Nodes) > 0) {
			t.Error("a document is kept")
		}
	}
	c.Open(p)
	must(t, c, `{"do":"attr"}`)
	if string(c.Body) != `""` {
		t.Errorf("attribute of the exchange before: %s", c.Body)
	}
	must(t, c, `{"do":"keep","keep":""}`)
	if string(c.Body) != `"1"` {
		t.Errorf("the guest kept %s", c.Body)
	}
}

func TestCloseKeepsNoHugeBuffers(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := opened(t, p)
	must(t, c, `{"do":"echo","x":"`+strings.Repeat("x", 2*keepBytes)+`"}`)
	must(t, c, `{"do":"parse","args":"[`+strings.Repeat("null,", 2*keepNodes)+`null]"}`)
	c.Close()
	if cap(c.Body) > keepBytes || cap(c.scratch) > keepBytes || cap(c.parsed[0].Nodes) > keepNodes {
		t.Errorf("kept %d, %d, %d", cap(c.Body), cap(c.scratch), cap(c.parsed[0].Nodes))
	}
}

func TestOpenTwiceClosesFirst(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	a, b := mustLoad(t, r, minimal().wasm(), `{}`), mustLoad(t, r, minimal().wasm(), `{}`)
	c := opened(t, a)
	must(t, c, `{}`)
	c.Open(b)
	if !a.seats[0].guest.places.empty() {
		t.Error("the first plugin still has the exchange")
	}
	must(t, c, `{}`)
}

// TestCancel checks when Close tells the guest of the end.
func TestCancel(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	for _, c := range []struct {
		events []hostabi.Event
		last   hostabi.Event
		count  uint32
	}{
		{nil, 0, 0},
		{[]hostabi.Event{hostabi.EventRequest}, hostabi.EventCancel, 2},
		{[]hostabi.Event{hostabi.EventRequest, hostabi.EventResponse}, hostabi.EventResponse, 2},
		{[]hostabi.Event{hostabi.EventRequest, hostabi.EventError}, hostabi.EventError, 2},
		{[]hostabi.Event{hostabi.EventRequest, hostabi.EventChunk}, hostabi.EventCancel, 3},
		{[]hostabi.Event{hostabi.EventRequest, hostabi.EventChunk, hostabi.EventEnd}, hostabi.EventEnd, 3},
		{[]hostabi.Event{hostabi.EventRequest, hostabi.EventCancel}, hostabi.EventCancel, 2},
	} {
		memory := p.seats[0].guest.memory
		memory.WriteUint32Le(countAt, 0)
		memory.WriteUint32Le(lastAt, 0)
		x := opened(t, p)
		x.Cancels = true
		for _, e := range c.events {
			var h hostabi.Header
			if _, err := x.Send(e, &h, nil); err != nil {
				t.Fatal(err)
			}
		}
		x.Close()
		count, _ := memory.ReadUint32Le(countAt)
		last, _ := memory.ReadUint32Le(lastAt)
		if count != c.count || hostabi.Event(last) != c.last {
			t.Errorf("%v: %d events, last %d; want %d, %d", c.events, count, last, c.count, c.last)
		}
	}
}

func TestCancelIsNotSentUnasked(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	c := opened(t, p)
	must(t, c, `{}`)
	c.Close()
	if count, _ := p.seats[0].guest.memory.ReadUint32Le(countAt); count != 1 {
		t.Errorf("%d events, want 1", count)
	}
}

func TestCancelAfterAFailureIsNotSent(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	m := minimal().imported(hostabi.Module, hostabi.ImportFail, "iiiii:i")
	m.with(hostabi.ExportEvent, "iiii:i", countEvent(), local(0), constant(0), constant(0), constant(0), constant(0), call(0), []byte{opDrop}, constant(2))
	p := mustLoad(t, r, m.wasm(), `{}`)
	c := opened(t, p)
	c.Cancels = true
	must(t, c, `{}`)
	if c.Failure == nil {
		t.Fatal("no failure")
	}
	c.Close()
	if count, _ := p.seats[0].guest.memory.ReadUint32Le(countAt); count != 1 {
		t.Errorf("%d events, want 1", count)
	}
}

// TestTrapWhileCancelled checks that a guest which crashes at the very end is replaced all the same.
func TestTrapWhileCancelled(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	m := minimal().with(hostabi.ExportEvent, "iiii:i", onEvent(hostabi.EventCancel, []byte{opUnreachable}), constant(0))
	p := mustLoad(t, r, m.wasm(), `{}`)
	c := opened(t, p)
	c.Cancels = true
	must(t, c, `{}`)
	before := p.seats[0].guest
	c.Close()
	must(t, opened(t, p), `{}`)
	if p.seats[0].guest == before || !before.dead {
		t.Error("the instance was not replaced")
	}
}

func TestNoAnswersDuringCancel(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	c := opened(t, p)
	must(t, c, `{}`)
	g := c.guest
	g.active, g.final = c, true
	defer func() { g.active = nil }()
	for name, want := range map[string]hostabi.Errno{
		hostabi.ImportEmit: hostabi.ErrnoState, hostabi.ImportSet: hostabi.ErrnoState, hostabi.ImportFail: hostabi.ErrnoState,
		hostabi.ImportUsage: 0, hostabi.ImportAttr: hostabi.ErrnoAbsent,
	} {
		stack := args{uint64(c.id), 1, 0, 0, 0, 0}
		function(name).call(g, stack)
		if got := hostabi.Errno(-stack.i32(0)); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func function(name string) hostFunction {
	for _, m := range hostModules {
		for _, f := range m.functions {
			if f.name == name {
				return f
			}
		}
	}
	panic("no import " + name)
}

func TestTooManyExchanges(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	contexts := make([]Context, maxContexts+1)
	for i := range contexts[:maxContexts] {
		contexts[i].Open(p)
		if _, err := do(&contexts[i], nil); err != nil {
			t.Fatal(err)
		}
	}
	last := &contexts[maxContexts]
	last.Open(p)
	if _, err := do(last, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v, want ErrBusy", err)
	}
	contexts[7].Close()
	if _, err := do(last, nil); err != nil {
		t.Error(err)
	}
	for i := range contexts {
		contexts[i].Close()
	}
	if !p.seats[0].guest.places.empty() {
		t.Error("places are still taken")
	}
}

func TestContextIDs(t *testing.T) {
	var p places
	seen := map[uint32]bool{}
	for range 1000 {
		id := p.admit()
		if seen[id] || int32(id) <= 0 || id&0xffff != 0 {
			t.Fatalf("id %#x", id)
		}
		seen[id] = true
		p.release(id)
	}
	a, b := p.admit(), p.admit()
	if a&0xffff == b&0xffff || p.empty() {
		t.Errorf("ids %#x and %#x share a place", a, b)
	}
}

// TestStaleContexts checks that a guest reaches the exchange whose event it handles and no other.
func TestStaleContexts(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	gone, other, c := opened(t, p), opened(t, p), opened(t, p)
	for _, x := range []*Context{gone, other, c} {
		must(t, x, `{}`)
	}
	id := gone.id
	gone.Close()
	g := c.guest
	for _, active := range []*Context{nil, c} {
		for _, id := range []uint32{id, other.id, c.id + 1<<16, c.id ^ 1, 0, 1<<32 - 1} {
			g.active = active
			if g.context(id) != nil {
				t.Errorf("context %#x is within reach", id)
			}
			g.active = nil
		}
	}
	g.active = c
	if g.context(c.id) != c {
		t.Error("the exchange itself is not")
	}
	g.active = nil
}

func TestOutputLimit(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	c := opened(t, p)
	must(t, c, `{"do":"nothing"}`)
	big := document(t, `"`+strings.Repeat("x", 20<<20)+`"`)
	c.docs = append(c.docs[:0], big)
	op := []tape.Op{{Kind: tape.OpRaw, Doc: 1, Len: uint32(len(big.Src))}}
	for _, kind := range []hostabi.Output{hostabi.OutBody, hostabi.OutEvent} {
		for i := range 4 {
			want := hostabi.Errno(0)
			if i == 3 {
				want = hostabi.ErrnoLimit
			}
			if got := c.emit(kind, op, nil); got != want {
				t.Errorf("output %d, piece %d: error %d, want %d", kind, i, got, want)
			}
		}
	}
	if got := c.emit(9, op, nil); got != hostabi.ErrnoInvalid {
		t.Errorf("an unknown output: error %d", got)
	}
	if !strings.HasSuffix(string(c.Events), "x\"\n\n") {
		t.Error("the refused event left something behind")
	}
}

func TestParseLimit(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	p := mustLoad(t, r, minimal().wasm(), `{}`)
	c := opened(t, p)
	must(t, c, `"{}"`)
	c.docs = append(c.docs[:0], document(t, `"{\"a\":\"[1,2]\"}"`))
	g := c.guest
	g.active = c
	defer func() { g.active = nil }()
	parse := function(hostabi.ImportParse).call
	for i := range maxDocuments + 1 {
		stack := args{uint64(c.id), 1, 1, 17}
		parse(g, stack)
		want := int32(i + 2)
		if i == maxDocuments {
			want = -int32(hostabi.ErrnoLimit)
		}
		if got := stack.i32(0); got != want {
			t.Fatalf("document %d: %d, want %d", i, got, want)
		}
	}
	for i, d := range c.docs[1:] {
		if got := string(d.Src); got != `{"a":"[1,2]"}` {
			t.Fatalf("document %d is %q", i, got)
		}
	}
}

func TestEndEvent(t *testing.T) {
	b := []byte("{\r\n\"a\"\n:\r1}")
	if endEvent(b); string(b) != `{  "a" : 1}` {
		t.Errorf("%q", b)
	}
}
