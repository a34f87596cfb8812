package cases

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// puppet is a plugin whose answers a test decides.
type puppet struct {
	manifest hostabi.Manifest
	setup    *Setup
	send     func(event hostabi.Event, h hostabi.Header, document string) (*Answer, error)
	judge    func(s hostabi.Segment, text string) *Answer
	open     int
}

func (p *puppet) Manifest() *hostabi.Manifest { return &p.manifest }

func (p *puppet) Open(s *Setup) (Session, error) {
	p.setup = s
	p.open++
	return p, nil
}

func (p *puppet) Send(event hostabi.Event, h hostabi.Header, document []byte) (*Answer, error) {
	return p.send(event, h, string(document))
}

func (p *puppet) SendText(_ hostabi.Event, _ hostabi.Header, text []byte, segments []hostabi.Segment) (*Answer, error) {
	sum := &Answer{}
	for i, s := range segments {
		a := p.judge(s, string(text[s.Off:s.Off+s.Len]))
		for _, e := range a.Edits {
			e.Segment = uint32(i)
			sum.Edits = append(sum.Edits, e)
		}
		sum.Flags = append(sum.Flags, a.Flags...)
		if a.Block != nil {
			sum.Block = a.Block
		}
		if a.Failure != nil {
			sum.Failure = a.Failure
		}
	}
	return sum, nil
}

func (p *puppet) Close() { p.open-- }

// stars replaces a word, as a guard would that is unaware of streams.
func stars(word string) func(s hostabi.Segment, text string) *Answer {
	return func(s hostabi.Segment, text string) *Answer {
		a := &Answer{}
		for at := int(s.Seen); ; {
			i := strings.Index(text[at:], word)
			if i < 0 {
				return a
			}
			a.Edits = append(a.Edits, window.Edit{From: uint32(at + i), To: uint32(at + i + len(word)), With: bytes.Repeat([]byte("*"), len(word))})
			at += i + len(word)
		}
	}
}

func guardian(lookahead int, judge func(hostabi.Segment, string) *Answer) *puppet {
	m := hostabi.Manifest{Name: "g", Kind: "guard", Hooks: []string{"input", "output", "window"}, Lookahead: lookahead}
	m.Needs.Text = []string{"user", "assistant", "tool"}
	m.Needs.Upstreams = []hostabi.Upstream{{Name: "u"}}
	return &puppet{manifest: m, judge: judge}
}

// outcome runs the cases of a text in YAML and compares the errors.
func outcome(t *testing.T, p *puppet, text, want string) {
	t.Helper()
	list, err := ParseYAML("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		err := Run(p, &list[i])
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v\nwant %q", list[i].Name, err, want)
		}
		if p.open != 0 {
			t.Errorf("%s: %d sessions are open", list[i].Name, p.open)
		}
	}
}

func TestGuardCases(t *testing.T) {
	outcome(t, guardian(6, stars("secret")), `
- {name: edited, text: a secret of secrets, want: a ****** of ******s}
- {name: unchanged, text: nothing}
- {name: several, segments: [{text: secret}, {text: "", tool: t}, {text: a secret, role: tool}], want: ["******", "", a ******]}
- {name: streamed, stage: output, text: ä secret ü secretsecret, want: ä ****** ü ************}
- {name: streams, stage: output, segments: [{text: a secret}, {text: secret}], want: [a ******, "******"]}
`, "")
	outcome(t, guardian(6, stars("secret")), "- {name: a, text: a secret, want: a SECRET}", `f:1: case "a": the text differs at byte 2:`)
	outcome(t, guardian(6, stars("secret")), "- {name: a, segments: [{text: a}, {text: secret}]}", "segment 1: the text differs at byte 0")
	outcome(t, guardian(4, stars("secret")), "- {name: a, stage: output, text: a secret, want: a ******}", "as a stream, byte by byte: the text differs at byte 2")
}

func TestVerdictCases(t *testing.T) {
	no := guardian(0, func(hostabi.Segment, string) *Answer {
		return &Answer{Block: &Block{400, "it is not allowed"}, Flags: []string{"b", "a", "b"}}
	})
	outcome(t, no, "- {name: a, text: x, block: not allowed, flags: [a, b]}\n- {name: b, stage: output, text: x, block: '', flags: [b, a]}", "")
	outcome(t, no, "- {name: a, text: x, flags: [a, b]}", `blocked with "it is not allowed"`)
	outcome(t, no, "- {name: a, text: x, block: forbidden}", `want a block with "forbidden", got "it is not allowed"`)
	outcome(t, no, "- {name: a, text: x, block: allowed, flags: [a]}", `want the flags ["a"], got ["a" "b"]`)
	outcome(t, guardian(0, stars("x")), "- {name: a, text: a, block: b}", `want a block with "b", but it passed`)
	failing := guardian(0, func(hostabi.Segment, string) *Answer {
		return &Answer{Failure: &Failure{hostabi.InternalServer, 0, "away"}}
	})
	outcome(t, failing, "- {name: a, text: x, fail: {class: InternalServer, message: away}}\n- {name: b, stage: output, text: x, fail: {}}", "")
	outcome(t, failing, "- {name: a, text: x}", `the plugin answered with the error InternalServer 0 "away"`)
	outcome(t, failing, "- {name: a, text: x, fail: {class: RateLimit}}", "want the error RateLimit 0 \"\"\n got InternalServer")
	outcome(t, guardian(0, stars("y")), "- {name: a, text: x, fail: {message: m}}", `want the error "m", got none`)
}

func TestCalls(t *testing.T) {
	p := guardian(0, nil)
	p.judge = func(_ hostabi.Segment, text string) *Answer {
		status, reply, failed := p.setup.Calls.Answer("u", "POST", "/x", []byte(`{"t":"`+text+`"}`))
		if status != 200 {
			return &Answer{Failure: &Failure{hostabi.InternalServer, status, callErrors[failed] + string(reply)}}
		}
		return &Answer{Flags: []string{string(reply)}}
	}
	outcome(t, p, `
- {name: a, text: x, calls: [{upstream: u, method: POST, path: /x, body: {t: x}, reply: {text: fine}}], flags: [fine]}
- {name: b, stage: output, text: xyz, calls: [{upstream: u, body: {t: xyz}, reply: {json: [1]}}], flags: ["[1]"]}
- {name: c, text: x, calls: [{upstream: u, error: timeout}], fail: {message: timeout}}
- {name: d, text: x, calls: [{upstream: u, reply: {status: 500}}], fail: {status: 500}}
- {name: e, segments: [{text: x}, {text: y}], calls: [{upstream: u, body: {t: y}, reply: {text: for y}}, {upstream: u, reply: {text: for x}}], flags: [for x, for y]}
`, "")
	outcome(t, p, "- {name: a, text: x}", `call POST u/x with {"t":"x"}: no such call is expected`)
	outcome(t, p, "- {name: a, text: x, calls: [{upstream: u, body: {t: y}, reply: {}}]}", "at t want \"y\"\n got \"x\"")
	outcome(t, p, "- {name: a, text: x, flags: [a], calls: [{upstream: u, reply: {text: a}}, {upstream: u, path: /z, reply: {}}]}", "call 2, of u/z, was not made")
}

func TestDocumentCases(t *testing.T) {
	p := &puppet{manifest: hostabi.Manifest{Name: "r", Kind: "router", Hooks: []string{"route"}}}
	p.send = func(event hostabi.Event, _ hostabi.Header, document string) (*Answer, error) {
		switch {
		case event != hostabi.EventRoute:
			return nil, errors.New("another event")
		case document == "{}":
			return &Answer{Passed: true}, nil
		case document == `"trap"`, document == "trap":
			return nil, errors.New("trapped")
		}
		return &Answer{Body: []byte(document)}, nil
	}
	outcome(t, p, `- {name: a, settings: {x: 1}, doc: {b: [1]}, want: {b: ["*"]}}`+"\n- {name: b, doc: {}}", "")
	if _, err := Config(&p.manifest, nil); err != nil || string(p.setup.Config) != `{"settings":{}}` {
		t.Errorf("config %s, %v", p.setup.Config, err)
	}
	outcome(t, p, `- {name: a, doc: {b: 1}}`, "want no answer\n got {\"b\":1}")
	outcome(t, p, `- {name: a, doc: {}, want: {}}`, "want {}\n got no answer")
	outcome(t, p, `- {name: a, doc: trap}`, "trapped")
}

func TestProviderCases(t *testing.T) {
	m := hostabi.Manifest{Name: "p", Kind: "provider", Hooks: []string{"request", "response", "chunk", "end", "error"}}
	m.Vendors = []hostabi.Vendor{{Name: "one"}, {Name: "two"}}
	p := &puppet{manifest: m}
	p.send = func(event hostabi.Event, h hostabi.Header, document string) (*Answer, error) {
		switch event {
		case hostabi.EventRequest:
			if strings.Contains(document, "refuse") {
				return &Answer{Failure: &Failure{Class: hostabi.BadRequest, Message: "refused"}}, nil
			}
			return &Answer{Body: []byte(`{"vendor":` + string('0'+rune(h.Vendor)) + `}`)}, nil
		case hostabi.EventResponse:
			return &Answer{Passed: true}, nil
		case hostabi.EventChunk:
			if document == "skip" {
				return &Answer{}, nil
			}
			return &Answer{Passed: true}, nil
		case hostabi.EventEnd:
			return &Answer{Events: []string{`{"end":true}`}}, nil
		}
		return &Answer{Failure: &Failure{Class: hostabi.RateLimit, Status: int(h.Status), Message: document}}, nil
	}
	outcome(t, p, `
- {name: request, vendor: two, request: {a: 1}, body: {vendor: 1}}
- {name: response, response: {a: 1}, want: {a: 1}}
- {name: stream, chunks: [{a: 1}, skip, {event: x, data: {b: 2}}], events: [{a: 1}, {b: 2}, {end: true}]}
- {name: error, error: {status: 429, text: slow down}, fail: {class: RateLimit, status: 429, message: slow}}
- {name: refused, request: {refuse: true}, fail: {class: BadRequest, message: refused}}
`, "")
	outcome(t, p, "- {name: a, request: {}, body: {vendor: 1}}", "the body of the upstream request: at vendor want 1\n got 0")
	outcome(t, p, "- {name: a, response: {a: 1}, want: {a: 2}}", "at a want 2")
	outcome(t, p, "- {name: a, chunks: [{a: 1}], events: [{a: 1}, {end: false}]}", "event 2: at end want false")
	outcome(t, p, "- {name: a, chunks: [{a: 1}], events: [{a: 1}]}", "want 1 events, got 2")
	outcome(t, p, "- {name: a, request: {refuse: true}, body: {}}", "the plugin answered with the error BadRequest")
	outcome(t, p, "- {name: a, response: {}, fail: {message: m}}", `want the error "m", got none`)
}

func TestCheck(t *testing.T) {
	g := guardian(4, nil).manifest
	onlyInput := g
	onlyInput.Hooks = []string{"input"}
	provider := hostabi.Manifest{Kind: "provider", Vendors: []hostabi.Vendor{{Name: "one"}}}
	router := hostabi.Manifest{Kind: "router"}
	for _, c := range []struct {
		manifest *hostabi.Manifest
		text     string
		want     string
	}{
		{&g, "doc: {}", "doc is not for a plugin of kind guard"},
		{&router, "doc: {}, text: a", "text is not for a plugin of kind router"},
		{&router, "settings: {}", "doc is missing"},
		{&router, "doc: {}, fail: {class: Wrong}", `fail: class "Wrong" is not known`},
		{&router, "doc: {}, calls: [{upstream: u, reply: {}}]", `calls: the manifest names no upstream "u"`},
		{&g, "text: a, calls: [{upstream: u}]", "calls: each needs either a reply or an error"},
		{&g, "text: a, calls: [{upstream: u, error: gone}]", `calls: error "gone" must be failed, timeout, too_large, refused`},
		{&g, "text: a, stage: window", `stage "window" must be input or output`},
		{&onlyInput, "text: a, stage: output", "the manifest has no hook output"},
		{&g, "stage: input", "either text or segments is needed"},
		{&g, "text: a, segments: [{text: b}]", "either text or segments is needed"},
		{&g, "text: a, want: b, block: c", "what is blocked has no text to want"},
		{&g, "text: a, want: [a, b]", "want has 2 texts for 1 segments"},
		{&g, "text: a, want: 3", "want must be a text or a list of texts"},
		{&g, "segments: [{text: a, role: model}]", `role "model" must be system, user`},
		{&g, "segments: [{text: a, part: body}]", `part "body" must be text, arguments`},
		{&g, "segments: [{text: a, role: system}]", "does not ask for text of role system"},
		{&provider, "request: {}", "nothing is expected"},
		{&provider, "want: {}", "a request, response, chunks or error is needed"},
		{&provider, "response: {}, error: {}, fail: {}", "there can be one of"},
		{&provider, "response: {}, body: {}", "body goes with request"},
		{&provider, "request: {}, body: {}, vendor: two", `the manifest has no vendor "two"`},
		{&provider, "request: {}, body: {}, endpoint: images", `endpoint "images" is not known`},
	} {
		list, err := ParseYAML("f", []byte("- {name: a, "+c.text+"}"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(c.manifest, list); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), `f:1: case "a": `) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}
