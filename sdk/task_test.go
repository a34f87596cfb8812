//go:build !wasip1

package sdk

import (
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// recording registers an observer that makes calls.
func recording(t testing.TB, record func(r *Record) error) *full {
	return registering(t, func() { Observe(Observer{Record: record, Calls: true}) })
}

// come sends the event of a call, or of a timer when status is negative.
func (f *full) come(ctx, id uint32, status int, body string) hostabi.Result {
	h := hostabi.Header{Vendor: id}
	if status < 0 {
		return Dispatch(ctx, hostabi.EventTimer, h, nil)
	}
	if h.Status = uint32(status); status == 0 {
		h.Name = uint32(hostabi.CallTimeout)
	}
	d := &tape.Doc{}
	if d.Scan([]byte(body)) != nil {
		d.Src = []byte(body)
	}
	f.docs = append(f.docs, d.Src)
	h.Doc, h.Nodes, h.Bytes = uint32(len(f.docs)), uint32(len(d.Nodes)), uint32(len(d.Src))
	return Dispatch(ctx, hostabi.EventCall, h, d)
}

func TestFetch(t *testing.T) {
	f := recording(t, func(r *Record) error {
		reply, err := r.Fetch(FetchRequest{Upstream: "a", Path: "/x", Headers: []string{"x-a: b"}, Body: "{}"})
		if err != nil {
			return err
		}
		Log(0, r.Doc().Named("of").Text()+" got "+reply.Doc().Named("answer").Text()+" "+reply.Text())
		return nil
	})
	if result := f.send(1, hostabi.EventRecord, `{"of":"one"}`); result != hostabi.Pending {
		t.Fatalf("result %d", result)
	}
	f.send(2, hostabi.EventRecord, `{"of":"two"}`)
	f.want(t, "started", `call a  /x "x-a: b\ncontent-type: application/json" {}`, `call a  /x "x-a: b\ncontent-type: application/json" {}`)
	f.calls = nil
	if result := f.come(2, 2, 200, `{"answer":"yes"}`); result != hostabi.Pass {
		t.Errorf("result %d", result)
	}
	if result := f.come(1, 1, 200, `no`); result != hostabi.Pass {
		t.Errorf("result %d", result)
	}
	f.want(t, "ended", `log 0 two got yes {"answer":"yes"}`, `log 0 one got  no`)
	if result := f.come(1, 1, 200, `no`); result != hostabi.Pass {
		t.Errorf("a second reply: %d", result)
	}
}

func TestFetchAll(t *testing.T) {
	var got []string
	f := recording(t, func(r *Record) error {
		for _, reply := range r.FetchAll(FetchRequest{Upstream: "a"}, FetchRequest{Upstream: "b", Method: "PUT", Out: r.Out().Raw(r.Doc())}, FetchRequest{Upstream: "c"}) {
			if reply.Err != nil {
				got = append(got, reply.Err.Error())
			} else {
				got = append(got, reply.Text())
			}
		}
		return r.Sleep(7)
	})
	f.send(1, hostabi.EventRecord, `{}`)
	for _, step := range []struct {
		id     uint32
		status int
		want   hostabi.Result
	}{{2, 200, hostabi.Pending}, {9, 200, hostabi.Pending}, {3, 0, hostabi.Pending}, {1, 200, hostabi.Pending}, {4, -1, hostabi.Pass}} {
		if result := f.come(1, step.id, step.status, "reply "+string(rune('0'+step.id))); result != step.want {
			t.Errorf("event of %d: %d", step.id, result)
		}
	}
	if want := []string{"reply 1", "reply 2", "call of c: no reply in time"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if ops := f.started[1].Ops; len(ops) != 1 || ops[0].Kind != tape.OpRaw || f.calls[len(f.calls)-1] != "timer 7" {
		t.Errorf("ops %v, calls %q", ops, f.calls)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	f := recording(t, func(r *Record) error {
		_, err := r.Fetch(FetchRequest{Upstream: "a"})
		Log(0, err.Error())
		return r.Sleep(0)
	})
	f.refuse["call"], f.refuse["timer"] = hostabi.ErrnoDenied, hostabi.ErrnoInvalid
	if result := f.send(1, hostabi.EventRecord, `{}`); result != hostabi.Done {
		t.Errorf("result %d", result)
	}
	f.want(t, "refused", "log 0 call of a: not granted to the plugin", "fail 11 0 not allowed")
}

func TestCancelEndsAHookWhereItWaits(t *testing.T) {
	for name, end := range map[string]func(f *full){
		"cancelled":        func(f *full) { f.send(1, hostabi.EventCancel, "") },
		"its place reused": func(f *full) { f.send(1|1<<16, hostabi.EventRecord, `{"quick":true}`) },
	} {
		f := recording(t, func(r *Record) error {
			if r.Doc().Named("quick").True() {
				return nil
			}
			defer Log(0, "deferred")
			err := r.Sleep(10)
			Log(0, "went on")
			return err
		})
		f.send(1, hostabi.EventRecord, `{}`)
		end(f)
		f.want(t, name, "timer 10", "log 0 deferred")
		if result := f.come(1, 1, -1, ""); result != hostabi.Pass {
			t.Errorf("%s: the timer came and was answered with %d", name, result)
		}
	}
}

func TestWaitingHooksKeepTheirDocument(t *testing.T) {
	f := recording(t, func(r *Record) error {
		value := r.Doc().Named("a")
		r.Sleep(1)
		Log(0, value.Text()+r.Doc().Named("b").Text())
		return nil
	})
	d := &tape.Doc{}
	if err := d.Scan([]byte(`{"a":"kept","b":" whole"}`)); err != nil {
		t.Fatal(err)
	}
	Dispatch(1, hostabi.EventRecord, hostabi.Header{Doc: 1, Nodes: uint32(len(d.Nodes))}, d)
	clear(d.Nodes)
	f.come(1, 1, -1, "")
	f.want(t, "after another event", "timer 1", "log 0 kept whole")
}

func TestWaitingHooksKeepTheirReplies(t *testing.T) {
	f := recording(t, func(r *Record) error {
		replies := r.FetchAll(FetchRequest{Upstream: "a"}, FetchRequest{Upstream: "b"})
		one, _ := r.Fetch(FetchRequest{Upstream: "c"})
		two, _ := r.Fetch(FetchRequest{Upstream: "d"})
		for _, reply := range append(replies, *one, *two) {
			Log(0, reply.Doc().Named("a").Text())
		}
		return nil
	})
	f.send(1, hostabi.EventRecord, `{}`)
	for id, body := range []string{`{"a":"first"}`, `{"a":"second"}`, `{"a":"third"}`, `{"a":"fourth"}`} {
		f.come(1, uint32(id+1), 200, body)
		clear(arrived.nodes)
		arrived.nodes = nil
	}
	f.want(t, "after other events", "call a   \"\" ", "call b   \"\" ", "call c   \"\" ", "call d   \"\" ",
		"log 0 first", "log 0 second", "log 0 third", "log 0 fourth")
}

func TestHooksRunInCoroutinesOfEarlierOnes(t *testing.T) {
	subjects := map[*Record]int{}
	f := recording(t, func(r *Record) error {
		subjects[r]++
		if r.Doc().Named("large").True() {
			r.Out().Lit(strings.Repeat("x", lightBytes+1))
		}
		if r.Doc().Named("stubborn").True() {
			defer func() { recover() }()
		}
		return r.Sleep(1)
	})
	one := func(body string) {
		f.ids = 0
		f.send(1, hostabi.EventRecord, body)
		f.come(1, 1, -1, "")
	}
	one(`{}`)
	one(`{}`)
	if len(subjects) != 1 {
		t.Errorf("%d subjects of hooks one after the other", len(subjects))
	}
	f.send(1, hostabi.EventRecord, `{"stubborn":true}`)
	f.send(1, hostabi.EventCancel, "")
	one(`{"large":true}`)
	one(`{}`)
	if len(subjects) != 3 {
		t.Errorf("%d subjects: neither one that was cancelled nor one that holds much is used again", len(subjects))
	}
}

func TestIdleCoroutinesAreFew(t *testing.T) {
	subjects := map[*Record]bool{}
	f := recording(t, func(r *Record) error {
		subjects[r] = true
		return r.Sleep(1)
	})
	const crowd = maxIdle + 8
	for range 2 {
		f.ids = 0
		for ctx := range uint32(crowd) {
			f.send(ctx, hostabi.EventRecord, `{}`)
		}
		for ctx := range uint32(crowd) {
			if result := f.come(ctx, ctx+1, -1, ""); result != hostabi.Pass {
				t.Fatalf("context %d: %d", ctx, result)
			}
		}
	}
	if want := crowd + crowd - maxIdle; len(subjects) != want {
		t.Errorf("%d subjects for twice %d hooks, want %d", len(subjects), crowd, want)
	}
}

func TestPanicsGoOn(t *testing.T) {
	f := recording(t, func(r *Record) error {
		r.Sleep(1)
		panic("broken")
	})
	f.send(1, hostabi.EventRecord, `{}`)
	defer func() {
		if e := recover(); e != "broken" || len(f.calls) != 2 || !strings.Contains(f.calls[1], "TestPanicsGoOn") {
			t.Errorf("panic %v, calls %q", e, f.calls)
		}
	}()
	f.come(1, 1, -1, "")
}

func TestFetchNeedsCalls(t *testing.T) {
	f := registering(t, func() {
		Observe(Observer{Record: func(r *Record) error {
			_, err := r.Fetch(FetchRequest{Upstream: "a"})
			return err
		}})
	})
	defer func() {
		if e := recover(); e != "sdk: Fetch needs Calls: true where the plugin is registered" {
			t.Errorf("panic %v", e)
		}
	}()
	f.send(1, hostabi.EventRecord, `{}`)
}

func TestHeaderLines(t *testing.T) {
	for _, c := range []struct {
		headers []string
		body    bool
		want    string
	}{
		{nil, false, ""}, {nil, true, "content-type: application/json"}, {[]string{"a: b", "c: d"}, false, "a: b\nc: d"},
		{[]string{"a: b"}, true, "a: b\ncontent-type: application/json"}, {[]string{"Content-Type: text/plain"}, true, "Content-Type: text/plain"},
	} {
		if got := headerLines(c.headers, c.body); got != c.want {
			t.Errorf("%q, %t: %q", c.headers, c.body, got)
		}
	}
}
