// Package limit holds requests to what those who pay for them may use: requests and tokens per minute, requests at once,
// and money. It reserves before a call and settles after it; a request that is refused uses up nothing.
package limit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Limiter counts in this process, or together with others through Redis. It is safe for concurrent use.
type Limiter struct {
	now      func() time.Time
	counters sync.Map // by counterID
	shared   *shared  // nil: counts in this process alone
}

// New makes a Limiter.
func New() *Limiter { return &Limiter{now: time.Now} }

type counterID struct{ kind, id string }

// Bounds are some payers' limits, ready to be checked. They hold for as long as the payers' limits don't change.
type Bounds struct {
	list []bound
}

// Empty reports whether there is nothing to check.
func (b *Bounds) Empty() bool { return b == nil || len(b.list) == 0 }

// bound is one payer's limits and what it has used.
type bound struct {
	payer   core.Payer
	period  core.Period
	start   time.Time // of the first period; zero without
	counter atomic.Pointer[counter]
	spent   func() (core.Spent, error)
}

// Bind prepares the limits of payers. What each has spent is asked of the store by spent, once, unless it is known here.
func (l *Limiter) Bind(payers []core.Payer, spent func(kind, id string) (core.Spent, error)) (*Bounds, error) {
	b := &Bounds{list: make([]bound, len(payers))}
	n := 0
	for i := range payers {
		p, one := &payers[i], &b.list[n]
		if !p.Limited() {
			continue
		}
		n++
		one.payer, one.spent = *p, func() (core.Spent, error) { return spent(p.Kind, p.ID) }
		if period, ok := p.Period(); ok && p.Limits.BudgetStart != nil {
			one.period, one.start = period, *p.Limits.BudgetStart
		}
		if _, err := l.counter(one); err != nil {
			return nil, fmt.Errorf("read what %s %s has spent: %w", p.Kind, p.ID, err)
		}
	}
	b.list = b.list[:n]
	return b, nil
}

func (b *bound) id() counterID { return counterID{b.payer.Kind, b.payer.ID} }

// window returns when the budget's present period began; zero when it has none.
func (b *bound) window(now time.Time) time.Time {
	if b.start.IsZero() {
		return time.Time{}
	}
	return b.period.Window(b.start, now)
}

// alive returns the bound's counter; nil when there is none and what was spent can't be read.
func (l *Limiter) alive(b *bound) *counter {
	c := b.counter.Load()
	c.Lock()
	gone := c.gone
	c.Unlock()
	if gone {
		c, _ = l.counter(b)
	}
	return c
}

// counter returns the bound's counter, which all who are bound to the same payer share.
func (l *Limiter) counter(b *bound) (*counter, error) {
	id := b.id()
	v, ok := l.counters.Load(id)
	if !ok {
		v, _ = l.counters.LoadOrStore(id, &counter{id: id, shared: l.shared, used: l.now()})
	}
	c := v.(*counter)
	if err := c.learn(b); err != nil {
		return nil, err
	}
	b.counter.Store(c)
	return c, nil
}

// Forget drops what is counted of a payer: the store knows better now. Requests under way are not counted any more.
func (l *Limiter) Forget(kind, id string) {
	if c, ok := l.counters.LoadAndDelete(counterID{kind, id}); ok {
		c := c.(*counter)
		c.Lock()
		c.gone = true
		c.Unlock()
	}
	if l.shared != nil {
		l.shared.forget(counterID{kind, id})
	}
}

// idle is how long a payer must not have been heard of to be forgotten: what counts per minute is over by then, and
// what was spent is in the store.
const idle = 10 * time.Minute

// Sweep forgets payers that were not heard of for ten minutes. Call it now and then.
func (l *Limiter) Sweep() {
	now := l.now()
	l.counters.Range(func(id, v any) bool {
		c := v.(*counter)
		c.Lock()
		defer c.Unlock()
		if c.parallel == 0 && now.Sub(c.used) > idle {
			c.gone = true
			l.counters.CompareAndDelete(id, v)
		}
		return true
	})
}

// Spent returns what a payer has spent in the present period, unsettled calls included; ok is false when it is not
// counted here.
func (l *Limiter) Spent(kind, id string) (amount core.USD, ok bool) {
	v, ok := l.counters.Load(counterID{kind, id})
	if !ok {
		return 0, false
	}
	c := v.(*counter)
	c.Lock()
	defer c.Unlock()
	return c.spent, c.known
}
