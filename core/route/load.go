package route

import (
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Load counts what a deployment is doing, for routers. It is safe for concurrent use.
type Load struct {
	facts []byte // what a router is told and does not change

	mu       sync.Mutex
	inFlight int
	latency  time.Duration // moving average, 0 = not known
	period   int64         // the present one
	failures [2]int        // in it, and in the one before
}

// failurePeriod is how long a failure counts at least; at most it is twice that.
const failurePeriod = 30 * time.Second

// latencyShare is the inverse of the weight that a new latency has in the average.
const latencyShare = 8

func (l *Load) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight++
}

// End notes that a call, for which Router.Begin returned the load, is over.
func (l *Load) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
}

// InFlight returns how many calls are under way.
func (l *Load) InFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight
}

// Answered notes how long a call took until its answer began.
func (l *Load) Answered(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latency == 0 {
		l.latency = after
		return
	}
	l.latency += (after - l.latency) / latencyShare
}

// Failed notes a call that the deployment is to blame for.
func (l *Load) Failed() { l.failed(time.Now()) }

func (l *Load) failed(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	l.failures[0]++
}

// turn begins a new period when the time has come.
func (l *Load) turn(now time.Time) {
	switch period := now.UnixNano() / int64(failurePeriod); period - l.period {
	case 0:
	case 1:
		l.period, l.failures = period, [2]int{0, l.failures[0]}
	default:
		l.period, l.failures = period, [2]int{}
	}
}

// now returns the calls under way, the failures of late and the average latency, 0 when it is not known.
func (l *Load) now(now time.Time) (inFlight, failures int, latency time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	return l.inFlight, l.failures[0] + l.failures[1], l.latency
}

// Begin notes a call to a deployment, which End of its load ends.
func (r *Router) Begin(d *core.Deployment) *Load {
	l := r.load(d, nil)
	l.begin()
	return l
}

// load returns a deployment's load. provider may be nil where the facts are not asked for.
func (r *Router) load(d *core.Deployment, provider func(*core.Deployment) string) *Load {
	if l, ok := r.loads.Load(d); ok {
		return l.(*Load)
	}
	name := ""
	if provider != nil {
		name = provider(d)
	}
	l, _ := r.loads.LoadOrStore(d, &Load{facts: appendFacts(nil, d, name)})
	return l.(*Load)
}
