package guard

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

func content(text string) string {
	return frame(`{"id":"c","choices":[{"index":0,"delta":{"content":"` + text + `"}}]}`)
}

func reasoning(text string) string {
	return frame(`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"` + text + `"}}]}`)
}

func arguments(call, text string) string {
	return frame(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":` + call + `,"function":{"arguments":"` + text + `"}}]}}]}`)
}

const (
	role   = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}` + "\n\n"
	finish = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	usage  = `data: {"choices":[],"usage":{"prompt_tokens":1}}` + "\n\n"
	opens  = `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_1","function":{"name":"f","arguments":""}}]}}]}` + "\n\n"
)

// Each event comes out where it was, with what is left of its text.
func TestEventsKeepTheirOrder(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an answer", role + content("it is a sec") + content("ret, ") + content("really") + finish + usage,
			role + content("it is a [*]") + content(", ") + content("really") + finish + usage},
		{"over three events", content("a sec") + usage + content("r") + content("et") + finish,
			content("a [*]") + usage + content("") + content("") + finish},
		{"reasoning first", role + reasoning("a sec") + reasoning("ret thought") + content("the sec") + content("ret") + finish,
			role + reasoning("a [*]") + reasoning(" thought") + content("the [*]") + content("") + finish},
		{"tools", role + content("I call") + arguments("0", `{\"a\":\"sec`) + arguments("0", `ret\"}`) + opens + arguments("1", `sec`) + arguments("1", `ret`) + finish,
			role + content("I call") + arguments("0", `{\"a\":\"[*]`) + arguments("0", `\"}`) + opens + arguments("1", `[*]`) + arguments("1", ``) + finish},
		{"two texts take turns", content("a s") + reasoning("b s") + content("ec") + reasoning("ecre") + content("ret") + reasoning("t") + finish,
			content("a [*]") + reasoning("b [*]") + content("") + reasoning("") + content("") + reasoning("") + finish},
		{"words across texts are none", content("sec") + reasoning("ret") + arguments("0", "sec") + arguments("1", "ret") + finish,
			content("sec") + reasoning("ret") + arguments("0", "sec") + arguments("1", "ret") + finish},
		{"left as written", content(`\u0061 \/ \ud83d\ude00`) + frame(`{ "choices" : [ {"index":0,"delta":{"content" : "x"}} ] }`),
			content(`\u0061 \/ \ud83d\ude00`) + frame(`{ "choices" : [ {"index":0,"delta":{"content" : "x"}} ] }`)},
		{"edited among escapes", content(`\u0061 \"\u0073ecret\" \n`) + content(`\u0062`), content(`a \"[*]\" \n`) + content(`\u0062`)},
		{"other events", frame(`{"error":"odd"}`) + content("x") + frame(`[1]`) + frame(`{"choices":[1,{}]}`), frame(`{"error":"odd"}`) + content("x") + frame(`[1]`) + frame(`{"choices":[1,{}]}`)},
		{"nothing", "", ""},
	} {
		for _, hooks := range everyHook {
			for _, together := range []bool{true, false} {
				parts := []string{c.in}
				if !together {
					parts = strings.SplitAfter(c.in, "\n\n")
				}
				x := begin(t, core.Chat, true, `{}`, fake("g", PostCall, hooks, nil))
				if got, e := x.streamed(t, parts...); e != nil || got != c.want {
					t.Errorf("%s, %s: %v\ngot\n%swant\n%s", c.name, hooks, e, got, c.want)
				}
			}
		}
	}
}

// A text is cut at every byte, characters and all. What the pieces add up to is always the same.
func TestStreamCutAtEveryByte(t *testing.T) {
	const text = "ein größerer Geheimsecretß: €secret😀secret"
	want := strings.ReplaceAll(text, secret, redacted)
	for i := range len(text) {
		for k := i; k < len(text); k++ {
			x := begin(t, core.Chat, true, `{}`, fake("g", PostCall, "window", nil), fake("h", PostCall, "window", nil))
			var got strings.Builder
			out, e := x.streamed(t, content(text[:i]), content(text[i:k]), content(text[k:]))
			for _, event := range strings.SplitAfter(out, "\n\n") {
				got.WriteString(strings.TrimSuffix(strings.TrimPrefix(event, `data: {"id":"c","choices":[{"index":0,"delta":{"content":"`), `"}}]}`+"\n\n"))
			}
			if e != nil || got.String() != want {
				t.Errorf("cut at %d and %d: %v %q", i, k, e, got.String())
			}
		}
	}
}

// Two guards with different lookaheads, one that edits what the other put in, one that sees everything at the end.
func TestStreamThroughSeveralGuards(t *testing.T) {
	dots := fake("dots", PostCall, "window", nil)
	dots.Plugin.Lookahead = 3
	dots.fake = func(_ hostabi.Event, _ *hostabi.Header, t *host.Text) (answer, error) {
		var a answer
		for i, s := range t.Segments {
			for at := int(s.Seen); at+3 <= int(s.Len); at++ {
				if string(t.Src[int(s.Off)+at:][:3]) == redacted {
					a.edits = append(a.edits, host.Edit{Segment: uint32(i), From: uint32(at), To: uint32(at + 3), With: []byte("…")})
				}
			}
		}
		return a, nil
	}
	for _, order := range [][]*Guard{
		{fake("g", PostCall, "window", nil), dots},
		{fake("g", PostCall, "output", nil), dots},
		{fake("g", PostCall, "window", nil), fake("rest", PostCall, "output", nil), dots, fake("log", LoggingOnly, "output", nil)},
	} {
		const text = "a secret and a secretsecret s"
		for size := 1; size <= len(text); size++ {
			var parts []string
			for at := 0; at < len(text); at += size {
				parts = append(parts, content(text[at:min(at+size, len(text))]), usage)
			}
			x := begin(t, core.Chat, true, `{}`, order...)
			out, e := x.streamed(t, append(parts, finish)...)
			if got := contents(t, strings.ReplaceAll(out, usage, ""))[0]; e != nil || got != "a … and a …… s" {
				t.Errorf("pieces of %d: %v %q", size, e, got)
			}
			if strings.Count(out, usage) != len(parts)/2 || !strings.HasSuffix(out, usage+finish) {
				t.Errorf("pieces of %d: %s", size, out)
			}
		}
	}
}

// What is decided leaves; what is not, does not.
func TestTextLeavesAsSoonAsItMay(t *testing.T) {
	x := begin(t, core.Chat, true, `{}`, fake("g", PostCall, "window", nil))
	s, e := x.Inspection.Stream()
	if e != nil {
		t.Fatal(e)
	}
	ahead := len(forbidden) + 1
	for _, step := range []struct{ add, want string }{
		{role, role}, {content("one"), ""}, {content(strings.Repeat("x", ahead-1)), ""}, {content("y"), content("one")},
		{usage, ""}, {finish, content(strings.Repeat("x", ahead-1)) + content("y") + usage + finish}, {usage, usage},
		{content("more"), ""}, {arguments("0", strings.Repeat("z", ahead)), content("more")},
	} {
		if e := s.Add([]byte(step.add)); e != nil || string(s.Output()) != step.want {
			t.Errorf("%s: %v %s", step.add, e, s.Output())
		}
		s.Taken()
	}
	if e := s.End(); e != nil || string(s.Output()) != arguments("0", strings.Repeat("z", ahead)) {
		t.Errorf("at the end %v %s", e, s.Output())
	}
}

// Windows show what was given out, name tools and tell when nothing follows.
func TestWindows(t *testing.T) {
	var log []asked
	g := fake("g", PostCall, "window", &log)
	g.Plugin.Lookahead = 2
	x := begin(t, core.Chat, true, `{}`, g)
	call := frame(`{"choices":[{"index":3,"delta":{"tool_calls":[{"index":1,"function":{"name":"f","arguments":"{"}}]}}]}`)
	if _, e := x.streamed(t, content("abcdefghij"), content("kl"), call, frame(`{"choices":[{"index":3,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}}]}`)); e != nil {
		t.Fatal(e)
	}
	type shown struct {
		text  string
		seen  uint32
		final bool
		part  hostabi.Part
		tool  string
		id    uint32
	}
	var got []shown
	for _, a := range log {
		for i, s := range a.segments {
			if s.Role != hostabi.RoleAssistant || (s.Choice == 3) != (s.Part == hostabi.PartArguments) || a.event != hostabi.EventWindow {
				t.Errorf("%+v", s)
			}
			got = append(got, shown{a.texts[i], s.Seen, s.Flags&hostabi.SegmentFinal != 0, s.Part, a.tools[i], s.ID})
		}
	}
	want := []shown{
		{"abcdefghij", 0, false, hostabi.PartText, "", 0}, {"cdefghijkl", 6, false, hostabi.PartText, "", 0},
		{"{", 0, false, hostabi.PartArguments, "f", 1}, {"{}", 0, false, hostabi.PartArguments, "f", 1},
		{"efghijkl", 6, true, hostabi.PartText, "", 0}, {"{}", 0, true, hostabi.PartArguments, "f", 1},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("window %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestStreamWithoutARunningGuard(t *testing.T) {
	in := content("one") + content("broken") + content(" and secret")
	for _, hooks := range everyHook {
		for _, open := range []bool{false, true} {
			g := fake("g", PostCall, hooks, nil)
			g.Plugin.FailOpen = open
			next := fake("next", PostCall, "window", nil)
			next.fake = nil
			next.fake = func(_ hostabi.Event, _ *hostabi.Header, t *host.Text) (answer, error) {
				return look(&host.Text{Src: []byte(strings.ReplaceAll(string(t.Src), "broken", "ok-ay-")), Segments: t.Segments})
			}
			x := begin(t, core.Chat, true, `{}`, g, next)
			out, e := x.streamed(t, strings.SplitAfter(in, "\n\n")...)
			if !open {
				if e == nil || e.Code() != 500 || !strings.Contains(e.Message, "'g' could not run") || strings.Contains(out, "one") {
					t.Errorf("%s, closed: %v %s", hooks, e, out)
				}
				continue
			}
			if want := content("one") + content("broken") + content(" and [*]"); e != nil || out != want || x.Applied() != "next" {
				t.Errorf("%s, open: %v\ngot\n%swant\n%s", hooks, e, out, want)
			}
			if x.verdicts() != "g post_call not run: "+whyFailed+"; next post_call edited 1" || x.Verdicts[0].Err == nil {
				t.Errorf("%s, open: %s", hooks, x.verdicts())
			}
		}
	}
}

// What nobody can read passes only where the guard may be gone without.
func TestUnreadableEvent(t *testing.T) {
	in := content("one") + "data: {not JSON}\n\n" + content("two")
	x := begin(t, core.Chat, true, `{}`, fake("g", PostCall, "window", nil))
	if out, e := x.streamed(t, in); e == nil || e.Code() != 500 || strings.Contains(out, "not JSON") {
		t.Errorf("closed: %v %s", e, out)
	}
	g := fake("g", PostCall, "window", nil)
	g.Plugin.FailOpen = true
	x = begin(t, core.Chat, true, `{}`, g)
	if out, e := x.streamed(t, in); e != nil || out != in || x.Verdicts[0].Outcome != core.NotRun {
		t.Errorf("open: %v %s; %s", e, out, x.verdicts())
	}
	x = begin(t, core.Chat, false, `{}`, fake("g", PostCall, "output", nil))
	if _, e := x.Output([]byte(`{not JSON}`)); e == nil || e.Code() != 500 {
		t.Errorf("a response: %v", e)
	}
}

// A guard must not hold back more than memory allows.
func TestHeldTextIsBounded(t *testing.T) {
	long := content(strings.Repeat("x", maxHeld/4))
	in := []string{long, long, long, long, long}
	x := begin(t, core.Chat, true, `{}`, fake("g", PostCall, "output", nil))
	if _, e := x.streamed(t, in...); e == nil || e.Code() != 500 {
		t.Errorf("closed: %v", e)
	}
	g := fake("g", PostCall, "output", nil)
	g.Plugin.FailOpen = true
	x = begin(t, core.Chat, true, `{}`, g, fake("log", LoggingOnly, "output", nil))
	if out, e := x.streamed(t, in...); e != nil || out != strings.Join(in, "") {
		t.Errorf("open: %v, %d bytes left", e, len(out))
	}
	if got := x.verdicts(); got != "g post_call not run: "+whyFailed+"; log logging_only not run: "+whyFailed {
		t.Error(got)
	}
}

func TestGuardOfOtherRoles(t *testing.T) {
	g := fake("g", PostCall, "window", nil)
	g.Plugin.Roles = [5]bool{hostabi.RoleUser: true}
	x := begin(t, core.Chat, true, `{}`, g)
	if out, e := x.streamed(t, content(forbidden)); e != nil || out != content(forbidden) || x.verdicts() != "g post_call not run: "+whyNoText {
		t.Errorf("%v %s; %s", e, out, x.verdicts())
	}
}
