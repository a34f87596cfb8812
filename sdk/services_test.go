//go:build !wasip1

package sdk

import (
	"bytes"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// full is a recorder that also has what plugins other than providers use. Its sets find their description's first word.
type full struct {
	recorder
	word    string
	sets    []string
	refuse  map[string]hostabi.Errno // by import
	started []HTTPCall
	ids     int32
	stored  map[string]string
}

func (f *full) result(what string) int32 { return -int32(f.refuse[what]) }

func (f *full) Header(name string) (string, bool) { return "of " + name, name != "x-none" }

func (f *full) Edit(h hostabi.Hit, with string) int32 {
	f.note("edit %d %d-%d %s", h.Segment, h.From, h.To, with)
	return f.result("edit")
}

func (f *full) Block(status int, message string) int32 {
	f.note("block %d %s", status, message)
	return f.result("block")
}

func (f *full) Flag(label string) int32 {
	f.note("flag %s", label)
	return f.result("flag")
}

func (f *full) MatchSet(description []byte) int32 {
	f.sets = append(f.sets, string(description))
	if bytes.Contains(description, []byte("bad")) {
		return -int32(hostabi.ErrnoInvalid)
	}
	return f.result("match_set")
}

func (f *full) Match(_, text []byte, segment uint32, hits []hostabi.Hit) []hostabi.Hit {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(f.word))
		if i < 0 {
			return hits
		}
		hits = append(hits, Hit{Segment: segment, From: uint32(at + i), To: uint32(at + i + len(f.word))})
		at += i + len(f.word)
	}
}

func (f *full) Call(c *HTTPCall) int32 {
	if e := f.result("call"); e < 0 {
		return e
	}
	f.note("call %s %s %s %q %s", c.Upstream, c.Method, c.Path, c.Headers, c.Lit)
	f.started = append(f.started, *c)
	f.ids++
	return f.ids
}

func (f *full) Timer(ms int) int32 {
	if e := f.result("timer"); e < 0 {
		return e
	}
	f.note("timer %d", ms)
	f.ids++
	return f.ids
}

func (f *full) KVGet(scope hostabi.Scope, key string) (string, bool) {
	v, ok := f.stored[key]
	return v, ok
}

func (f *full) KVSet(scope hostabi.Scope, key, value string, ms int) int32 {
	f.note("set %d %s=%s for %d", scope, key, value, ms)
	return f.result("kv_set")
}

func (f *full) KVDelete(scope hostabi.Scope, key string) int32 {
	_, ok := f.stored[key]
	if ok {
		return 1
	}
	return 0
}

func (f *full) KVAdd(scope hostabi.Scope, key string, delta int64, ms int) (int64, int32) {
	f.note("add %d %s %d for %d", scope, key, delta, ms)
	return delta + 1, f.result("kv_add")
}

func (f *full) Measure(metric string, value int64) { f.note("measure %s %d", metric, value) }

// registering attaches a full host and registers a plugin for one test.
func registering(t testing.TB, register func()) *full {
	t.Helper()
	old := registered
	t.Cleanup(func() { registered, native = old, nil })
	registered.configure, registered.handle, registered.serve = nil, nil, nil
	register()
	f := &full{refuse: map[string]hostabi.Errno{}}
	Attach(f)
	return f
}

// text sends a guard's event about segments, whose Off and Len are filled in.
func (f *full) text(ctx uint32, event hostabi.Event, texts []string, segments ...hostabi.Segment) hostabi.Result {
	var src []byte
	for i, text := range texts {
		if i == len(segments) {
			segments = append(segments, hostabi.Segment{Role: RoleUser, Part: PartText, Flags: hostabi.SegmentFinal})
		}
		segments[i].Off, segments[i].Len = uint32(len(src)), uint32(len(text))
		src = append(src, text...)
	}
	f.calls = nil
	return DispatchText(ctx, event, hostabi.Header{Doc: 1, Nodes: uint32(len(segments)), Bytes: uint32(len(src))}, src, segments)
}
