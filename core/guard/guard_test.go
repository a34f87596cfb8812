package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// The fake guards look for these words.
const (
	secret    = "secret"
	redacted  = `[*]`
	forbidden = "forbidden"
)

// asked is what a fake guard was asked.
type asked struct {
	event    hostabi.Event
	texts    []string // of the segments
	segments []hostabi.Segment
	tools    []string
}

// fake makes a guard that runs in the modes and has the hooks, separated by spaces. It takes secrets out, refuses what is
// forbidden, and fails on the word broken. What it is asked is noted in log, which may be nil.
func fake(name string, modes Mode, hooks string, log *[]asked) *Guard {
	g := &Guard{Name: name, Modes: modes, Plugin: &guest.Plugin{Name: "plugin_" + name, Kind: "guard", Hooks: map[string]bool{},
		Roles: everyRole, Lookahead: len(forbidden) + 1}}
	for h := range strings.FieldsSeq(hooks) {
		g.Plugin.Hooks[h] = true
	}
	g.fake = func(event hostabi.Event, _ *hostabi.Header, t *host.Text) (answer, error) {
		if log != nil {
			*log = append(*log, note(event, t))
		}
		return look(t)
	}
	return g
}

func note(event hostabi.Event, t *host.Text) asked {
	a := asked{event: event, segments: append([]hostabi.Segment{}, t.Segments...)}
	for _, s := range t.Segments {
		a.texts = append(a.texts, string(t.Src[s.Off:s.Off+s.Len]))
		a.tools = append(a.tools, string(t.Src[s.NameOff:s.NameOff+uint32(s.NameLen)]))
	}
	return a
}

var errBroken = errors.New("broken")

func look(t *host.Text) (answer, error) {
	var a answer
	for i, s := range t.Segments {
		text := string(t.Src[s.Off : s.Off+s.Len])
		switch {
		case strings.Contains(text, "broken"):
			return answer{}, errBroken
		case strings.Contains(text, forbidden):
			a.block = &host.Block{Status: 400, Message: "no " + forbidden + " words"}
		case strings.Contains(text, "label"):
			a.flags = []string{"labelled"}
		}
		for at := 0; ; {
			n := strings.Index(text[at:], secret)
			if n < 0 {
				break
			}
			if at += n; at >= int(s.Seen) {
				a.edits = append(a.edits, host.Edit{Segment: uint32(i), From: uint32(at), To: uint32(at + len(secret)), With: []byte(redacted)})
			}
			at += len(secret)
		}
	}
	return a, nil
}

// exchange is an exchange under the guards, all of them on.
type exchange struct {
	core.Exchange
	Inspection
	doc tape.Doc
}

func begin(t *testing.T, e core.Endpoint, stream bool, body string, guards ...*Guard) *exchange {
	t.Helper()
	for _, g := range guards {
		g.DefaultOn = true
	}
	x := &exchange{Exchange: core.Exchange{Endpoint: e, Stream: stream}}
	if err := x.doc.Scan([]byte(body)); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if e := x.Begin(New(guards), &x.doc, &x.Exchange, nil, nil); e != nil {
		t.Fatal(e)
	}
	t.Cleanup(x.End)
	return x
}

// during runs the guards beside a call that succeeds, and reports whether one of them ended it.
func (x *exchange) during() (interrupted bool, e *core.Error) {
	stopped := make(chan struct{}, len(x.choices))
	x.Inspection.Start(&x.doc, func(error) { stopped <- struct{}{} })
	e = x.Wait(nil)
	return len(stopped) > 0, e
}

// verdicts lists them: guard, mode, outcome and why.
func (x *exchange) verdicts() string {
	var list []string
	for _, v := range x.Verdicts {
		s := fmt.Sprintf("%s %s %s", v.Guard, v.Mode, v.Outcome)
		if v.Edits > 0 {
			s += fmt.Sprintf(" %d", v.Edits)
		}
		if v.Refused > 0 {
			s += fmt.Sprintf(" refused %d", v.Refused)
		}
		if v.Why != "" {
			s += ": " + v.Why
		}
		list = append(list, s)
	}
	return strings.Join(list, "; ")
}

// streamed sends events, already framed, through the guards and returns what leaves. Those in one string arrive together.
func (x *exchange) streamed(t *testing.T, parts ...string) (string, *core.Error) {
	t.Helper()
	s, e := x.Inspection.Stream()
	if e != nil {
		return "", e
	}
	if s == nil {
		return strings.Join(parts, ""), nil
	}
	defer s.Close()
	var out bytes.Buffer
	for _, p := range parts {
		e := s.Add([]byte(p))
		out.Write(s.Output())
		s.Taken()
		if e != nil {
			return out.String(), e
		}
	}
	e = s.End()
	out.Write(s.Output())
	s.Taken()
	return out.String(), e
}

func frame(event string) string { return "data: " + event + "\n\n" }

// events reads a framed stream.
func events(t *testing.T, stream string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.SplitSeq(strings.TrimSuffix(stream, "\n\n"), "\n\n") {
		if line == "" {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, v)
	}
	return list
}
