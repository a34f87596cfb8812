// Package pipeline walks one exchange through its fixed order of steps: who asks, what for, which deployment, the call
// and its retries.
package pipeline

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/guard"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/sink"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// Settings are what the configuration says about every exchange.
type Settings struct {
	Timeout       time.Duration  // of a call; default 6000 s
	StreamTimeout time.Duration  // longest wait for a part of a stream; 0 = Timeout
	Retries       int            // after the first attempt; default route.DefaultRetries
	RetryAfter    time.Duration  // least wait before a retry on the same deployment
	MaxRequest    core.SizeLimit // of a request's body; 0 = the server's own limit
	MaxResponse   core.SizeLimit // of an upstream's reply; 0 = DefaultMaxResponse
	BlockRobots   bool
	HealthDetails bool
	Enforced      Enforced

	// Models that take the place of the one in the request, by endpoint; "" = none.
	Override [core.Moderations + 1]string
	// UserModel is the model of --model: it overrides what requests ask for.
	UserModel string
}

// DefaultMaxResponse bounds replies when the configuration does not.
const DefaultMaxResponse core.SizeLimit = 256

// Route is a deployment, and how to reach it or why that can't be done.
type Route struct {
	Target *provider.Target
	Spec   provider.Spec
	Broken *core.Error
	// InputPrice and OutputPrice are USD per token; 0 = not known.
	InputPrice, OutputPrice float64
	Info                    any // what /model/info shows, owned by package endpoint
}

// State is everything that a configuration determines. It is immutable but for a cache, and swapped as a whole.
type State struct {
	Settings
	Keys    *auth.Keys
	Auth    *auth.Custom // nil: the keys alone decide
	Rules   *auth.Rules  // nil: those of an empty configuration
	Table   *route.Table
	Router  *route.Router // nil: the default strategy
	Routes  map[*core.Deployment]*Route
	Builder *provider.Builder
	// Accounting is nil where nothing is kept of who uses what.
	Accounting *Accounting
	// Guards look at the text of requests and responses; nil = none.
	Guards *guard.Set
	// Observers hear of exchanges that are over; nil = none. Who made them closes them once the state is idle.
	Observers *sink.Observers
	// Idle is called once, when another state is in force and the last exchange with this one has ended. It may be nil,
	// and must not block.
	Idle func()

	uses    atomic.Int64 // exchanges under way, and one for being in force
	derived sync.Map     // targets of wildcard deployments, by derivedKey
	count   atomic.Int32
}

type derivedKey struct {
	deployment *core.Deployment
	model      string
}

// maxDerived bounds the targets kept for wildcards: names come from clients.
const maxDerived = 4096

// target returns how to reach a deployment for a request that asked for name.
func (s *State) target(d *core.Deployment, m route.Match, name string) (*provider.Target, *core.Error) {
	r := s.Routes[d]
	if !m.Wildcard {
		return r.Target, r.Broken
	}
	key := derivedKey{d, name}
	if t, ok := s.derived.Load(key); ok {
		return t.(*provider.Target), nil
	}
	spec := provider.Spec{Model: "*"}
	if r != nil {
		spec = r.Spec
	}
	spec.Model = m.TargetModel(spec.Model, name)
	t, err := s.Builder.Build(spec)
	if err != nil {
		return nil, Unreachable(spec.Model, err)
	}
	if s.count.Add(1) <= maxDerived {
		s.derived.Store(key, t)
	}
	return t, nil
}

// Unreachable wraps why a deployment can't be called.
func Unreachable(model string, err error) *core.Error {
	if e, ok := err.(*core.Error); ok {
		return e
	}
	return &core.Error{Class: core.InternalServer, Cause: err,
		Message: "litellm.InternalServerError: the deployment of " + model + " is not usable: " + err.Error()}
}

// qualified is a model name with its inferred provider, "" when none can be inferred.
func (s *State) qualified(name string) string {
	v, model, e := s.Builder.Registry.Resolve(name, "", "")
	if e != nil {
		return ""
	}
	return v.Name + "/" + model
}

// Pipeline hands out flights. It is safe for concurrent use.
type Pipeline struct {
	state   atomic.Pointer[State]
	client  *upstream.Client
	flights sync.Pool
}

// New returns a pipeline without a state: Swap must come first.
func New(client *upstream.Client) *Pipeline {
	p := &Pipeline{client: client}
	p.flights.New = func() any {
		return &Flight{pipeline: p, call: provider.NewCall(client), guards: new(guard.Inspection), own: new(upstream.Canceller)}
	}
	return p
}

// Swap puts a new state in force. Exchanges that are under way keep theirs.
func (p *Pipeline) Swap(s *State) {
	s.uses.Add(1)
	if old := p.state.Swap(s); old != nil {
		old.Release()
	}
}

// State returns the state in force, to look something up. Who calls its targets needs Hold.
func (p *Pipeline) State() *State { return p.state.Load() }

// Hold returns the state in force, which does not become idle before Release is called as often as Hold was.
func (p *Pipeline) Hold() *State {
	for {
		if s := p.state.Load(); s.hold() {
			return s
		}
	}
}

// hold fails when the state is idle already: another one is in force then.
func (s *State) hold() bool {
	for {
		n := s.uses.Load()
		if n == 0 {
			return false
		}
		if s.uses.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release ends what Hold began.
func (s *State) Release() {
	if s.uses.Add(-1) == 0 && s.Idle != nil {
		s.Idle()
	}
}

// ModelBehind is the upstream model, with its provider, that a name leads to; the name itself when it leads nowhere.
func (s *State) ModelBehind(name string) string {
	m, ok := s.Table.Resolve(name, s.qualified)
	if !ok {
		return name
	}
	return m.TargetModel(m.Group.Deployments[0].Model, name)
}
