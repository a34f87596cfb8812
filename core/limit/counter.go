package limit

import (
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// counter is what one payer has used.
type counter struct {
	id     counterID
	shared *shared // learns what calls have cost that were counted here alone; nil = nobody does

	sync.Mutex
	gone bool // another one may have taken its place
	used time.Time

	minute           time.Time // when the minute began that requests and tokens are counted in
	requests, tokens int64
	parallel         int64

	known           bool      // spent is there
	window          time.Time // when the budget's period began
	spent, reserved core.USD
}

// What a limit refused.
type what uint8

const (
	nothing what = iota
	parallel
	requests
	tokens
	budget
)

// verdict is what a counter said, with its figures at that moment.
type verdict struct {
	what                               what
	parallel, requests, tokens, resets int64 // resets: seconds until the minute is over
	spent                              core.USD
}

// reserve takes what a request needs, or nothing. ok is false when the counter is gone.
func (c *counter) reserve(b *bound, now time.Time, e Estimate) (v verdict, t taken, ok bool) {
	c.Lock()
	defer c.Unlock()
	if c.gone {
		return verdict{}, taken{}, false
	}
	c.roll(b, now)
	if v = c.check(b, now); v.what != nothing {
		return v, taken{}, true
	}
	c.parallel++
	c.requests++
	c.tokens += e.Tokens
	c.reserved += e.Cost
	return v, taken{c, c.minute, c.window}, true
}

// learn asks the store what was spent, once there is a budget for which it matters. What calls have cost meanwhile stays.
func (c *counter) learn(b *bound) error {
	c.Lock()
	enough, before := c.known || b.payer.Limits.MaxBudget == nil, c.spent
	c.Unlock()
	if enough {
		return nil
	}
	s, err := b.spent()
	if err != nil {
		return err
	}
	c.Lock()
	defer c.Unlock()
	if c.known {
		return nil
	}
	c.spent, c.known = s.Amount+c.spent-before, true
	if !b.start.IsZero() {
		c.window = s.Window
	}
	return nil
}

// roll begins a new minute, or a new period of the budget, when the old one is over.
func (c *counter) roll(b *bound, now time.Time) {
	c.used = now
	if now.Sub(c.minute) >= time.Minute {
		c.minute, c.requests, c.tokens = now, 0, 0
	}
	if b.start.IsZero() {
		return
	}
	if w := b.period.Window(b.start, now); !w.Equal(c.window) {
		c.window, c.spent = w, 0
	}
}

func (c *counter) check(b *bound, now time.Time) verdict {
	l := &b.payer.Limits
	v := verdict{parallel: c.parallel, requests: c.requests, tokens: c.tokens, spent: c.spent,
		resets: int64((c.minute.Add(time.Minute).Sub(now) + time.Second - 1) / time.Second)}
	switch {
	case l.MaxBudget != nil && c.spent+c.reserved >= *l.MaxBudget:
		v.what = budget
	case l.Parallel != nil && c.parallel >= *l.Parallel:
		v.what = parallel
	case l.RPM != nil && c.requests >= *l.RPM:
		v.what = requests
	case l.TPM != nil && c.tokens >= *l.TPM:
		v.what = tokens
	}
	return v
}

// settle puts what a call really used in the place of the estimate.
func (t *taken) settle(e, real Estimate) {
	c := t.counter
	c.Lock()
	defer c.Unlock()
	c.parallel--
	c.reserved -= e.Cost
	if c.minute.Equal(t.minute) {
		c.tokens += real.Tokens - e.Tokens
	}
	if c.window.Equal(t.window) { // what an earlier period paid for is over
		c.spent += real.Cost
	}
	if c.shared != nil && c.known {
		c.shared.postings.owe(c.id, period(t.window), real.Cost)
	}
}

// cancel gives everything back.
func (t *taken) cancel(e Estimate) {
	c := t.counter
	c.Lock()
	defer c.Unlock()
	c.parallel--
	c.reserved -= e.Cost
	if c.minute.Equal(t.minute) {
		c.requests--
		c.tokens -= e.Tokens
	}
}
