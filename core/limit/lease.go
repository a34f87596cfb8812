package limit

import (
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Estimate is what a call will use, or has used.
type Estimate struct {
	Tokens int64
	Cost   core.USD
}

// taken is what a lease holds of one counter.
type taken struct {
	counter        *counter
	minute, window time.Time
}

// Lease is what a request holds while it is under way. The zero value holds nothing and can be used again and again.
type Lease struct {
	estimate Estimate
	taken    []taken
	held     *held // in Redis
}

// Reserve takes what a request for a model needs of all bounds, or of none of them. The lease must hold nothing.
func (l *Limiter) Reserve(lease *Lease, model string, e Estimate, bounds ...*Bounds) *core.Error {
	lease.estimate = e
	if l.shared != nil {
		if refused, ok := l.shared.reserve(lease, model, bounds); ok {
			return refused
		}
	}
	now := l.now()
	for _, group := range bounds {
		if group == nil {
			continue
		}
		for i := range group.list {
			b := &group.list[i]
			if b.payer.Model != "" && b.payer.Model != model {
				continue
			}
			if err := l.take(lease, b, now); err != nil {
				lease.Cancel()
				return err
			}
		}
	}
	return nil
}

func (l *Limiter) take(lease *Lease, b *bound, now time.Time) *core.Error {
	c := b.counter.Load()
	for {
		v, t, ok := c.reserve(b, now, lease.estimate)
		switch {
		case ok && v.what == nothing:
			lease.taken = append(lease.taken, t)
			return nil
		case ok:
			return refusal(b, &v, now)
		}
		var err error
		if c, err = l.counter(b); err != nil {
			return unavailable(err)
		}
	}
}

// Settle ends a lease of a call that was made, with what it used.
func (l *Lease) Settle(used Estimate) {
	if l.held != nil {
		l.held.settle(l.estimate, used)
	}
	for i := range l.taken {
		l.taken[i].settle(l.estimate, used)
	}
	l.drop()
}

// Cancel ends a lease of a call that was not made: everything is as it was before.
func (l *Lease) Cancel() {
	if l.held != nil {
		l.held.cancel(l.estimate)
	}
	for i := range l.taken {
		l.taken[i].cancel(l.estimate)
	}
	l.drop()
}

func (l *Lease) drop() {
	clear(l.taken)
	l.taken, l.held = l.taken[:0], nil
}
