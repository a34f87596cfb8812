package sdktest

import (
	"github.com/sluice-gateway/sluice/hostabi/cases"
)

// Case says what is around an exchange, and what must come of it.
type Case = cases.Case

// JSON is any value, as text.
type JSON = cases.JSON

// Segment is a piece of text that a guard is asked about.
type Segment = cases.Segment

// Verdict is what a guard said.
type Verdict = cases.Verdict

// With returns the plugin with the settings, attributes, headers and calls of a case around what Check asks.
func (p *Plugin) With(around Case) *Plugin {
	with := *p
	with.around = around
	return &with
}

// Check asks a guard about text of a stage: input or output.
func (p *Plugin) Check(stage string, segments ...Segment) *Verdict {
	p.t.Helper()
	c := p.around
	c.Stage, c.Text, c.Segments = stage, nil, segments
	v, err := c.Ask(p.runner)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// CheckText is Check for one text, the user's or the assistant's.
func (p *Plugin) CheckText(stage, text string) *Verdict {
	p.t.Helper()
	return p.Check(stage, Segment{Text: text})
}

// CheckStream asks a guard about output that comes in pieces, and holds back what the manifest says.
func (p *Plugin) CheckStream(pieces ...string) *Verdict {
	p.t.Helper()
	c := p.around
	c.Stage, c.Text, c.Segments = "output", nil, []Segment{{}}
	v, err := c.AskStream(p.runner, func(string) []string { return pieces })
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}
