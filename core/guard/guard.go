// Package guard has guards look at the text of requests and responses, on every surface and streamed or not, and carries
// out what they decide.
package guard

import (
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// Mode is when a guard runs, and what it may do. A guard can have several.
type Mode uint8

// Modes, as a set.
const (
	PreCall     Mode = 1 << iota // before the request is routed: may edit and refuse
	DuringCall                   // beside the upstream call: may refuse; the answer waits for it
	PostCall                     // on the answer: may edit and refuse
	LoggingOnly                  // on both: leaves a verdict and nothing else
)

var modeNames = map[string]Mode{
	"pre_call": PreCall, "during_call": DuringCall, "post_call": PostCall, "logging_only": LoggingOnly,
}

// ParseMode returns the mode that the configuration calls name; false when there is none.
func ParseMode(name string) (Mode, bool) {
	m, ok := modeNames[name]
	return m, ok
}

// String lists the modes as the configuration spells them.
func (m Mode) String() string {
	switch m {
	case PreCall:
		return "pre_call"
	case DuringCall:
		return "during_call"
	case PostCall:
		return "post_call"
	case LoggingOnly:
		return "logging_only"
	}
	return strings.Join(m.Names(), ",")
}

// Names lists the modes as the configuration spells them, in the order in which they run.
func (m Mode) Names() []string {
	names := []string{}
	for one := PreCall; one <= LoggingOnly; one <<= 1 {
		if m&one != 0 {
			names = append(names, one.String())
		}
	}
	return names
}

// The hooks of guards.
const (
	hookInput  = "input"
	hookOutput = "output"
	hookWindow = "window"
)

// Guard is a plugin put to work. It is immutable.
type Guard struct {
	Name      string // guardrail_name, unique in a Set
	Plugin    *guest.Plugin
	Modes     Mode
	DefaultOn bool   // it runs on every request; others only when they are named
	Info      []byte // guardrail_info as JSON; nil = none

	counts *counts

	// fake answers in the plugin's place, in tests.
	fake func(event hostabi.Event, h *hostabi.Header, t *host.Text) (answer, error)
}

// Check reports a mode that the plugin has no hook for: its guard would never run.
func (g *Guard) Check() error {
	reads := g.Plugin.Hooks[hookInput]
	writes := g.Plugin.Hooks[hookOutput] || g.Plugin.Hooks[hookWindow]
	for _, need := range []struct {
		modes  Mode
		has    bool
		reason string
	}{
		{PreCall | DuringCall, reads, "does not look at requests"},
		{PostCall, writes, "does not look at responses"},
		{LoggingOnly, reads || writes, "looks at neither requests nor responses"},
	} {
		if m := g.Modes & need.modes; m != 0 && !need.has {
			return fmt.Errorf("mode %s: plugin %s %s", m, g.Plugin.Name, need.reason)
		}
	}
	return nil
}
