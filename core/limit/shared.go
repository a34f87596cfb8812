package limit

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// Redis says where several instances count together.
type Redis struct {
	Client rueidis.ClientOption
	Log    *slog.Logger
	// Lease is how long a request counts as under way once its instance is gone; 0 = 60 seconds.
	Lease time.Duration
	// Patience is how long Redis may say nothing at all while something is asked of it; 0 = 10 milliseconds. After that each
	// instance counts alone until Redis answers again.
	Patience time.Duration
	// Prefix begins the names of all keys; "" = {sluice}. Braces keep them together in a cluster's slot.
	Prefix string
}

// Defaults of Redis.
const (
	defaultLease    = time.Minute
	defaultPatience = 10 * time.Millisecond
	defaultPrefix   = "{sluice}"
)

const (
	// keepCounters is how long a counter that nobody uses stays in Redis. What was spent is in the store by then.
	keepCounters = time.Hour
	// tryAgain is the pause between attempts to reach a Redis that is away, and how long one may take.
	tryAgain = 250 * time.Millisecond
	// mostAtOnce bounds the requests that ask Redis at once; others wait for their turn. It is below what the client takes
	// without blocking.
	mostAtOnce = 512
)

// shared counts in Redis, together with other instances.
type shared struct {
	Redis
	limiter  *Limiter
	instance string
	client   rueidis.Client // nil until Redis was there for the first time; only follow uses it
	link     atomic.Pointer[link]
	warned   bool

	asking   chan struct{} // has an element for each request that asks Redis
	waiting  atomic.Int64  // for an answer
	answers  atomic.Uint64
	seen     atomic.Uint64 // answers, when the watch last looked
	watch    *time.Timer
	leases   leases
	postings postings

	away, stop chan struct{}
	drop       atomic.Bool // what is not settled stays so
	work       sync.WaitGroup
}

// link is a Redis that answers. Its context ends when it does not any more.
type link struct {
	client rueidis.Client
	ctx    context.Context
	end    context.CancelFunc
}

// Share makes a limiter count in Redis, with others that do. It must come before the first Bind; Close ends it. While Redis
// is away the limiter counts in this process.
func (l *Limiter) Share(r Redis) {
	r.Lease, r.Patience, r.Prefix = cmp.Or(r.Lease, defaultLease), cmp.Or(r.Patience, defaultPatience), cmp.Or(r.Prefix, defaultPrefix)
	r.Client.ForceSingleClient, r.Client.DisableCache, r.Client.DisableRetry = true, true, true
	// One connection keeps what an instance sends in order; a call that is given up must not close it.
	r.Client.PipelineMultiplex, r.Client.AlwaysPipelining = -1, true
	r.Client.ConnWriteTimeout, r.Client.Dialer.Timeout = time.Second, time.Second
	s := &shared{Redis: r, limiter: l, instance: rand.Text(), asking: make(chan struct{}, mostAtOnce),
		away: make(chan struct{}, 1), stop: make(chan struct{})}
	s.postings.ready = make(chan struct{}, 1)
	s.watch = time.AfterFunc(time.Hour, s.look)
	l.shared = s
	s.connect()
	s.work.Go(s.follow)
}

// Close settles what Redis is to know of calls that are over and leaves it.
func (l *Limiter) Close() {
	if s := l.shared; s != nil {
		close(s.stop)
		s.work.Wait()
	}
}

// Sharing reports whether the limiter was told to share its counters, and whether it does: not while Redis is away.
func (l *Limiter) Sharing() (told, does bool) {
	return l.shared != nil, l.shared != nil && l.shared.link.Load() != nil
}

// ask runs a script while Redis answers. ok is false when it does not: whether the script ran is not known then.
func (s *shared) ask(k *link, script *rueidis.Lua, keys, args []string) (answer rueidis.RedisResult, ok bool) {
	select {
	case s.asking <- struct{}{}:
	case <-k.ctx.Done():
		return answer, false
	}
	if s.waiting.Add(1) == 1 {
		s.watch.Reset(s.Patience)
	}
	answer = script.Exec(k.ctx, k.client, keys, args)
	s.waiting.Add(-1)
	<-s.asking
	if err := answer.Error(); err != nil {
		s.lose(k, err)
		return answer, false
	}
	s.answers.Add(1)
	return answer, true
}

var errSilent = errors.New("no answer in time")

// look gives Redis up when it has answered nothing between two looks.
func (s *shared) look() {
	k := s.link.Load()
	if k == nil || s.waiting.Load() == 0 {
		return
	}
	if n := s.answers.Load(); s.seen.Swap(n) == n {
		s.lose(k, errSilent)
		return
	}
	s.watch.Reset(s.Patience)
}

// lose goes on without Redis, and lets go of all who wait for it.
func (s *shared) lose(k *link, err error) {
	if !s.link.CompareAndSwap(k, nil) {
		k.end()
		return
	}
	k.end()
	s.Log.Warn("Redis is away: limits and budgets hold for this instance alone until it is back", "error", err.Error())
	select {
	case s.away <- struct{}{}:
	default:
	}
}
