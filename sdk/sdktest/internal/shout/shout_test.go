package main

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestCases(t *testing.T) { sdktest.Cases(t, ".") }

func FuzzEdits(f *testing.F) { sdktest.FuzzEdits(f, ".") }

var settings = sdktest.Case{Settings: sdktest.JSON(`{"words":["quiet"]}`)}

func TestBudget(t *testing.T) {
	c := settings
	text := strings.Repeat("some words without any of those that are listed. ", 200)
	c.Text = &text
	sdktest.Budget{Fuel: 500_000, Memory: 16 << 20}.Check(t, ".", c)
}

func TestCheck(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		p = p.With(settings)
		if got := p.CheckText("input", "a quiet place").Texts[0]; got != "a QUIET place" {
			t.Errorf("got %q", got)
		}
		many := strings.Repeat("quiet ", 300)
		if got := p.CheckText("output", many).Texts[0]; got != strings.ToUpper(many) {
			t.Errorf("of many: %q", got)
		}
		if got := p.CheckStream("so qu", "iet, qui", "e", "t quietly").Texts[0]; got != "so QUIET, QUIET quietly" {
			t.Errorf("in pieces: %q", got)
		}
	})
}

// TestTooLittleLookaheadIsFound makes sure that the cases can fail.
func TestTooLittleLookaheadIsFound(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		c, text := settings, "so quiet here"
		c.Stage, c.Text, c.Want = "output", &text, sdktest.JSON(`"so QUIET here"`)
		p.Manifest.Lookahead = 5
		if err := p.Run(c); err != nil {
			t.Error(err)
		}
		p.Manifest.Lookahead = 3
		if err := p.Run(c); err == nil || !strings.Contains(err.Error(), "as a stream, byte by byte") {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingFoundAllocatesNothing(t *testing.T) {
	sdktest.AllocatesNothing(t, ".", settings, "output", "nothing of that kind")
}
