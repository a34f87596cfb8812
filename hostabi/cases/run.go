package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// Runner runs a plugin: natively or in wasm.
type Runner interface {
	Manifest() *hostabi.Manifest
	// Open begins an exchange.
	Open(s *Setup) (Session, error)
}

// Setup is what is around an exchange.
type Setup struct {
	Config  []byte // what the plugin is configured with: see Config
	Attrs   map[string]string
	Headers map[string]string
	Calls   *Calls
}

// Session is an exchange in progress. An Answer is valid until the next event.
type Session interface {
	Send(event hostabi.Event, h hostabi.Header, document []byte) (*Answer, error)
	SendText(event hostabi.Event, h hostabi.Header, text []byte, segments []hostabi.Segment) (*Answer, error)
	Close()
}

// Answer is what a plugin answered to one event.
type Answer struct {
	Passed  bool
	Body    []byte
	Events  []string // JSON
	Edits   []window.Edit
	Block   *Block
	Flags   []string
	Failure *Failure
}

// Block is a guard's refusal.
type Block struct {
	Status  int
	Message string
}

// Failure is an error that a plugin answered with.
type Failure struct {
	Class   hostabi.Class
	Status  int
	Message string
}

// SplitEvents takes the events out of a stream that frames them as the host does: "data: …" and an empty line.
func SplitEvents(framed []byte) []string {
	var events []string
	for e := range strings.SplitSeq(string(framed), "\n\n") {
		if e != "" {
			events = append(events, strings.TrimPrefix(e, "data: "))
		}
	}
	return events
}

// Config is what the gateway configures a plugin with. settings is a JSON object, nil when nothing was set.
func Config(m *hostabi.Manifest, settings []byte) ([]byte, error) {
	if settings == nil {
		settings = []byte("{}")
	}
	members := map[string]any{"settings": json.RawMessage(settings)}
	if m.Kind == "provider" {
		members["vendors"] = m.Vendors
	}
	config, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("make the configuration of plugin %s: %w", m.Name, err)
	}
	return config, nil
}

// Run asks the plugin what the case says and returns how the answer differs, nil when it does not.
func Run(r Runner, c *Case) error {
	if err := run(r, c); err != nil {
		return c.error(err)
	}
	return nil
}

func run(r Runner, c *Case) error {
	m := r.Manifest()
	if err := c.check(m); err != nil {
		return err
	}
	switch m.Kind {
	case "guard":
		return runGuard(r, c)
	case "provider":
		return c.exchange(r, func(s Session) error { return c.provide(s, m) })
	}
	return c.exchange(r, func(s Session) error { return c.document(s, documentEvents[m.Kind]) })
}

// exchange runs one exchange in which each of the calls is made once.
func (c *Case) exchange(r Runner, test func(Session) error) error {
	return c.with(r, NewCalls(c.Calls), test)
}

func (c *Case) with(r Runner, calls *Calls, test func(Session) error) error {
	config, err := Config(r.Manifest(), c.Settings)
	if err != nil {
		return err
	}
	s, err := r.Open(&Setup{Config: config, Attrs: c.Attrs, Headers: c.Headers, Calls: calls})
	if err != nil {
		return err
	}
	defer s.Close()
	// What was called explains what was answered.
	result := test(s)
	return errors.Join(calls.err(), result)
}

var documentEvents = map[string]hostabi.Event{
	"observer": hostabi.EventRecord, "router": hostabi.EventRoute, "auth": hostabi.EventAuth,
}

// document asks an observer, router or auth plugin.
func (c *Case) document(s Session, event hostabi.Event) error {
	a, err := s.Send(event, hostabi.Header{Endpoint: uint32(hostabi.Chat)}, c.Doc.Source())
	if err != nil {
		return err
	}
	if a.Failure != nil || c.Fail != nil {
		return c.failed(a.Failure)
	}
	if a.Passed != (c.Want == nil) {
		return fmt.Errorf("want %s\n got %s", orNothing(c.Want), orNothing(a.Body))
	}
	if a.Passed {
		return nil
	}
	return sameJSON(c.Want.Source(), a.Body)
}

func orNothing(text []byte) string {
	if len(text) == 0 {
		return "no answer"
	}
	return shorten(string(text))
}

// failed compares an error with the one that must come. Either may be nil.
func (c *Case) failed(f *Failure) error {
	want := c.Fail
	switch {
	case f == nil && want == nil:
		return nil
	case f == nil:
		return fmt.Errorf("want the error %q, got none", want.Message)
	case want == nil:
		return fmt.Errorf("the plugin answered with the error %s", f)
	}
	if !strings.Contains(f.Message, want.Message) || want.Class != "" && classOf(want.Class) != f.Class || want.Status != 0 && want.Status != f.Status {
		return fmt.Errorf("want the error %s\n got %s", &Failure{max(classOf(want.Class), 0), want.Status, want.Message}, f)
	}
	return nil
}

func (f *Failure) String() string {
	name := ""
	if f.Class > 0 && int(f.Class) < len(classes) {
		name = classes[f.Class]
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %q", name, f.Status, f.Message))
}

// classes are the names of hostabi.Class.
var classes = []string{
	"ByStatus", "BadRequest", "ContextWindowExceeded", "ContentPolicyViolation", "UnsupportedParams", "Authentication",
	"PermissionDenied", "NotFound", "Timeout", "UnprocessableEntity", "RateLimit", "InternalServer", "APIConnection",
	"ServiceUnavailable", "APIError",
}

// classOf returns a class by name, negative when there is none. "" is that of a status.
func classOf(name string) hostabi.Class {
	if name == "" {
		return hostabi.ClassByStatus
	}
	return hostabi.Class(slices.Index(classes, name))
}
