package pack

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

var (
	kinds = []string{"provider", "guard", "observer", "router", "auth"}

	nameForm    = regexp.MustCompile(`^[a-z0-9_]{1,48}$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
)

const maxLookahead = 65536

// check refuses a manifest that says what nobody would act on, or act on rightly. Errors name the member.
func check(m *hostabi.Manifest) error {
	switch {
	case m.Name == "" || m.Version == "":
		return errors.New("manifest: name and version are required")
	case !nameForm.MatchString(m.Name):
		return fmt.Errorf("manifest: name %q must be of small letters, digits and underscores", m.Name)
	}
	for _, check := range []func(*hostabi.Manifest) error{checkKind, checkHooks, checkModes, checkNeeds, checkLimits, checkSettings} {
		if err := check(m); err != nil {
			return fmt.Errorf("manifest of %s: %w", m.Name, err)
		}
	}
	return nil
}

func checkKind(m *hostabi.Manifest) error {
	switch {
	case !versionForm.MatchString(m.Version):
		return fmt.Errorf("version %q is not like 1.2.3", m.Version)
	case !slices.Contains(kinds, m.Kind):
		return fmt.Errorf("kind %q is not known: it must be one of %s", m.Kind, strings.Join(kinds, ", "))
	case m.Kind != "provider" && len(m.Vendors) > 0:
		return fmt.Errorf("vendors are for providers, not for a plugin of kind %s", m.Kind)
	case m.Kind == "provider" && len(m.Vendors) == 0:
		return errors.New("a provider needs vendors")
	}
	return checkVendors(m)
}

// checkHooks refuses hooks that the kind does not have. A provider may do without any; other plugins would never run.
func checkHooks(m *hostabi.Manifest) error {
	if len(m.Hooks) == 0 && m.Kind != "provider" {
		return fmt.Errorf("hooks are missing: a plugin of kind %s has %s", m.Kind, hookNames(m.Kind))
	}
	for i, h := range m.Hooks {
		if _, known := hostabi.Hooks[m.Kind][h]; !known {
			return fmt.Errorf("hook %q is not known: a plugin of kind %s has %s", h, m.Kind, hookNames(m.Kind))
		}
		if slices.Contains(m.Hooks[:i], h) {
			return fmt.Errorf("hook %q is there twice", h)
		}
	}
	return nil
}

func hookNames(kind string) string {
	var names []string
	for name := range hostabi.Hooks[kind] {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(hostabi.Hooks[kind][a] - hostabi.Hooks[kind][b]) })
	return strings.Join(names, ", ")
}

// checkModes checks how the plugin runs and fails.
func checkModes(m *hostabi.Manifest) error {
	switch {
	case m.Fail != "" && m.Kind == "provider":
		return errors.New("fail is not for providers")
	case m.Fail != "" && m.Fail != "open" && m.Fail != "closed":
		return fmt.Errorf("fail %q must be open or closed", m.Fail)
	case m.Isolation != "" && m.Isolation != "shared" && m.Isolation != "per_request":
		return fmt.Errorf("isolation %q must be shared or per_request", m.Isolation)
	case m.Lookahead != 0 && !(m.Kind == "guard" && slices.Contains(m.Hooks, "window")):
		return errors.New("lookahead is for guards with the hook window")
	case m.Lookahead < 0 || m.Lookahead > maxLookahead:
		return fmt.Errorf("lookahead %d must be from 0 to %d", m.Lookahead, maxLookahead)
	}
	return nil
}

// Most that a manifest may ask for: the host's defaults.
const (
	maxMemory   = 64
	maxFuel     = 500_000_000
	maxFuelByte = 20_000
	maxContexts = 4096
	maxCalls    = 16
)

func checkLimits(m *hostabi.Manifest) error {
	for _, l := range []struct {
		name     string
		got, max int64
	}{
		{"memory", int64(m.Limits.Memory), maxMemory}, {"fuel", m.Limits.Fuel, maxFuel}, {"fuel_byte", m.Limits.FuelByte, maxFuelByte},
		{"contexts", int64(m.Limits.Contexts), maxContexts}, {"calls", int64(m.Limits.Calls), maxCalls},
	} {
		if l.got < 0 || l.got > l.max {
			return fmt.Errorf("limits.%s %d must be from 0 to %d", l.name, l.got, l.max)
		}
	}
	return nil
}
