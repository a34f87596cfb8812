package limit

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/limit/redistest"
)

// clock is a time that tests set.
type clock struct {
	atomic.Int64
	set func(time.Time) // somebody else's clock
}

func (c *clock) now() time.Time { return time.Unix(1_700_000_000, 0).Add(time.Duration(c.Load())) }

func (c *clock) pass(d time.Duration) {
	c.Add(int64(d))
	if c.set != nil {
		c.set(c.now())
	}
}

// patient is for tests that must not depend on how busy the machine is.
const patient = 30 * time.Second

// engines runs a test with every place that limits can be counted in. Only some let time pass.
func engines(t *testing.T, timeless bool, test func(t *testing.T, l *Limiter, c *clock)) {
	t.Run("memory", func(t *testing.T) {
		c := &clock{}
		test(t, &Limiter{now: c.now}, c)
	})
	t.Run("fake Redis", func(t *testing.T) {
		fake := miniredis.RunT(t)
		c := &clock{set: fake.SetTime}
		c.pass(0)
		test(t, sharing(t, c, Redis{Client: at(fake.Addr())}), c)
	})
	t.Run("Redis", func(t *testing.T) {
		if !timeless {
			t.Skip("nobody can set its clock")
		}
		c := &clock{}
		test(t, sharing(t, c, Redis{Client: at(redistest.Start(t).Addr)}), c)
	})
}

func at(addr string) rueidis.ClientOption { return rueidis.ClientOption{InitAddress: []string{addr}} }

// sharing makes a limiter that counts in Redis.
func sharing(t testing.TB, c *clock, r Redis) *Limiter {
	t.Helper()
	l := New()
	if c != nil {
		l.now = c.now
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.Patience == 0 {
		r.Patience = patient
	}
	l.Share(r)
	t.Cleanup(l.Close)
	if _, does := l.Sharing(); !does {
		t.Fatal("the limiter does not share")
	}
	return l
}

// settled waits until Redis knows of every call that is over.
func settled(t testing.TB, l *Limiter) {
	t.Helper()
	if l.shared == nil {
		return
	}
	done := make(chan struct{})
	l.shared.postings.add(posting{id: counterID{"test", "settled"}, done: done})
	select {
	case <-done:
	case <-time.After(patient):
		t.Fatal("calls are not settled")
	}
}

// used is what a counter says.
type used struct {
	requests, tokens, parallel int64
	reserved, spent            core.USD
}

// usedBy reads a bound's counter, wherever it is.
func usedBy(t testing.TB, l *Limiter, b *bound) used {
	t.Helper()
	settled(t, l)
	if l.shared == nil {
		c := b.counter.Load()
		return used{c.requests, c.tokens, c.parallel, c.reserved, c.spent}
	}
	client, err := rueidis.NewClient(l.shared.Client)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	hash, leases := l.shared.keys(b.id())
	f, err := client.Do(context.Background(), client.B().Hgetall().Key(hash).Build()).AsStrMap()
	if err != nil {
		t.Fatal(err)
	}
	n := func(field string) int64 { v, _ := strconv.ParseInt(f[field], 10, 64); return v }
	parallel, err := client.Do(context.Background(), client.B().Zcard().Key(leases).Build()).AsInt64()
	if err != nil {
		t.Fatal(err)
	}
	return used{n("r"), n("t"), parallel, core.USD(n("v")), core.USD(n("s:" + period(b.window(l.now()))))}
}
