package tck

import (
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// step is one event and what the conformance program answers to it.
type step struct {
	name   string
	text   []string // one segment each; the first one's first word is the command
	seen   uint32   // bytes of each text that were given out already
	window bool     // EventWindow instead of EventInput
	times  int      // how often, on one instance; default once
	fetch  func(*host.Fetch)

	want  []string // nil: as it was
	flags []string
	block string
	fail  string
	line  string // in the log
	err   error
}

func (s *step) segments() *host.Text {
	text := &host.Text{}
	for i, one := range s.text {
		text.Segments = append(text.Segments, hostabi.Segment{Off: uint32(len(text.Src)), Len: uint32(len(one)), ID: uint32(i + 1),
			Seen: s.seen, Role: hostabi.RoleUser, Part: hostabi.PartText, Flags: hostabi.SegmentFinal})
		text.Src = append(text.Src, one...)
	}
	return text
}

// reply answers a call with a status and a body.
func reply(status int, body string) func(*host.Fetch) {
	return func(f *host.Fetch) { f.Status, f.Reply = status, []byte(body) }
}

// echo answers a call with what it brought.
func echo(f *host.Fetch) {
	f.Status, f.Reply = 200, []byte(`{"other":[1,{"say":2}],"say":`+string(f.Body)+`}`)
	if f.Upstream != "tck" || f.Path != "/echo" || !slices.Contains(f.Header, [2]string{"x-from", "guest"}) {
		f.Status, f.Error = 0, hostabi.CallRefused
	}
}

var script = []step{
	{name: "pass", text: []string{"nothing to do"}},
	{name: "edits in several segments", text: []string{"star 1", "é22", "none", "7"}, want: []string{"star *", "é**", "none", "*"}},
	{name: "window", window: true, seen: 2, text: []string{"12345"}, want: []string{"12***"}},
	{name: "match", text: []string{"match Alpha", "betas and BETA"}, want: []string{"match *", "betas and *"}},
	{name: "block", text: []string{"block"}, block: "blocked by the guest"},
	{name: "flag", text: []string{"flag"}, flags: []string{"seen"}},
	{name: "fail", text: []string{"fail"}, fail: "could not decide"},
	{name: "call", text: []string{"call \"me\"\n"}, fetch: echo, want: []string{"call \"me\"\n \"me\"\n"}},
	{name: "call that fails", text: []string{"call"}, flags: []string{"call error 2"},
		fetch: func(f *host.Fetch) { f.Error = hostabi.CallTimeout }},
	{name: "call with a reply that is not JSON", text: []string{"call"}, fetch: reply(200, "<html>")},
	{name: "call that nobody carries out", text: []string{"call"}, flags: []string{"call error 4"}},
	{name: "timer", text: []string{"sleep"}, flags: []string{"woke"}},
	{name: "stored values", text: []string{"count"}, flags: []string{"n=1"}},
	{name: "headers", text: []string{"header"}, flags: []string{"value of x-tck"}},
	{name: "log", text: []string{"log"}, line: "a line of the guest's"},
	{name: "trap", text: []string{"trap"}, err: host.ErrTrapped},
	{name: "endless loop", text: []string{"loop"}, err: host.ErrTrapped},
	{name: "a thousand events", text: []string{"star 1"}, want: []string{"star *"}, times: 1000},
}
