package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

// members are those that cases of a kind may have, beside the ones of all kinds.
var members = map[string][]string{
	"guard":    {"stage", "text", "segments", "want", "block", "flags"},
	"provider": {"vendor", "endpoint", "stream", "request", "body", "response", "chunks", "error", "want", "events"},
	"observer": {"doc"},
	"router":   {"doc", "want"},
	"auth":     {"doc", "want"},
}

// present lists the members of some kinds that a case has.
func (c *Case) present() []string {
	var list []string
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"stage", c.Stage != ""}, {"text", c.Text != nil}, {"segments", c.Segments != nil}, {"block", c.Block != nil},
		{"flags", c.Flags != nil}, {"vendor", c.Vendor != ""}, {"endpoint", c.Endpoint != ""}, {"stream", c.Stream},
		{"request", c.Request != nil}, {"body", c.Body != nil}, {"response", c.Response != nil}, {"chunks", c.Chunks != nil},
		{"error", c.Error != nil}, {"events", c.Events != nil}, {"doc", c.Doc != nil}, {"want", c.Want != nil},
	} {
		if m.set {
			list = append(list, m.name)
		}
	}
	return list
}

// Check refuses cases that don't fit the plugin. Errors say where the case is.
func Check(m *hostabi.Manifest, list []Case) error {
	for i := range list {
		c := &list[i]
		if err := c.check(m); err != nil {
			return c.error(err)
		}
	}
	return nil
}

// error says which case an error is about.
func (c *Case) error(err error) error {
	if c.Place == "" {
		return fmt.Errorf("case %q: %w", c.Name, err)
	}
	return fmt.Errorf("%s: case %q: %w", c.Place, c.Name, err)
}

func (c *Case) check(m *hostabi.Manifest) error {
	for _, name := range c.present() {
		if !slices.Contains(members[m.Kind], name) {
			return fmt.Errorf("%s is not for a plugin of kind %s", name, m.Kind)
		}
	}
	if c.Fail != nil && classOf(c.Fail.Class) < 0 {
		return fmt.Errorf("fail: class %q is not known", c.Fail.Class)
	}
	if err := c.checkCalls(m); err != nil {
		return err
	}
	switch m.Kind {
	case "guard":
		return c.checkGuard(m)
	case "provider":
		return c.checkProvider(m)
	}
	if c.Doc == nil {
		return errors.New("doc is missing")
	}
	return nil
}

func (c *Case) checkCalls(m *hostabi.Manifest) error {
	for i := range c.Calls {
		call := &c.Calls[i]
		if !slices.ContainsFunc(m.Needs.Upstreams, func(u hostabi.Upstream) bool { return u.Name == call.Upstream }) {
			return fmt.Errorf("calls: the manifest names no upstream %q", call.Upstream)
		}
		if call.Error != "" && callError(call.Error) == 0 {
			return fmt.Errorf("calls: error %q must be %s", call.Error, strings.Join(callErrors[1:], ", "))
		}
		if (call.Error != "") == (call.Reply != nil) {
			return errors.New("calls: each needs either a reply or an error")
		}
	}
	return nil
}

var (
	stages = []string{"input", "output"}
	roles  = []string{"", "system", "user", "assistant", "tool"}              // by hostabi.Role
	parts  = []string{"", "text", "arguments", "result", "reasoning"}         // by hostabi.Part
	apis   = []string{"", "chat", "completions", "embeddings", "moderations"} // by hostabi.Endpoint
)

func (c *Case) checkGuard(m *hostabi.Manifest) error {
	stage := c.stage()
	switch {
	case !slices.Contains(stages, stage):
		return fmt.Errorf("stage %q must be input or output", stage)
	case !slices.Contains(m.Hooks, stage) && !(stage == "output" && slices.Contains(m.Hooks, "window")):
		return fmt.Errorf("the manifest has no hook %s", stage)
	case (c.Text == nil) == (c.Segments == nil):
		return errors.New("either text or segments is needed")
	case c.Block != nil && c.Want != nil:
		return errors.New("what is blocked has no text to want")
	}
	if _, err := c.wanted(); err != nil {
		return err
	}
	for _, s := range c.segments() {
		if !slices.Contains(roles[1:], s.Role) {
			return fmt.Errorf("role %q must be %s", s.Role, strings.Join(roles[1:], ", "))
		}
		if !slices.Contains(parts[1:], s.Part) {
			return fmt.Errorf("part %q must be %s", s.Part, strings.Join(parts[1:], ", "))
		}
		if !slices.Contains(m.Needs.Text, s.Role) {
			return fmt.Errorf("the manifest does not ask for text of role %s", s.Role)
		}
	}
	return nil
}

func (c *Case) checkProvider(m *hostabi.Manifest) error {
	replies := 0
	for _, set := range []bool{c.Response != nil, c.Chunks != nil, c.Error != nil} {
		if set {
			replies++
		}
	}
	switch {
	case c.Endpoint != "" && slices.Index(apis, c.Endpoint) < 1:
		return fmt.Errorf("endpoint %q is not known", c.Endpoint)
	case c.Vendor != "" && !slices.ContainsFunc(m.Vendors, func(v hostabi.Vendor) bool { return v.Name == c.Vendor }):
		return fmt.Errorf("the manifest has no vendor %q", c.Vendor)
	case c.Request == nil && replies == 0:
		return errors.New("a request, response, chunks or error is needed")
	case replies > 1:
		return errors.New("there can be one of response, chunks and error")
	case c.Body != nil && c.Request == nil, c.Want != nil && c.Response == nil, c.Events != nil && c.Chunks == nil && c.Request == nil:
		return errors.New("body goes with request, want with response, events with chunks")
	case c.Body == nil && c.Want == nil && c.Events == nil && c.Fail == nil:
		return errors.New("nothing is expected: body, want, events or fail is needed")
	}
	return nil
}
