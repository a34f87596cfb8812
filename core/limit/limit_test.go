package limit

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func ptr[T any](v T) *T { return &v }

func unspent(string, string) (core.Spent, error) { return core.Spent{}, nil }

func bind(t *testing.T, l *Limiter, payers ...core.Payer) *Bounds {
	t.Helper()
	b, err := l.Bind(payers, unspent)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func key(l core.Limits) core.Payer { return core.Payer{Kind: core.PayerKey, ID: "k", Limits: l} }

func team(l core.Limits) core.Payer { return core.Payer{Kind: core.PayerTeam, ID: "t", Limits: l} }

// admitted makes calls of the given use one after the other and counts those that were let through.
func admitted(t testing.TB, l *Limiter, n int, e Estimate, b *Bounds) (ok int, last *core.Error) {
	for range n {
		var lease Lease
		if err := l.Reserve(&lease, "m", e, b); err != nil {
			last = err
			continue
		}
		lease.Settle(e)
		settled(t, l)
		ok++
	}
	return ok, last
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		limits core.Limits
		use    Estimate
		want   int // of 10 calls
		text   string
		status int
	}{
		"none":            {core.Limits{}, Estimate{10, 10}, 10, "", 0},
		"rpm":             {core.Limits{RPM: ptr(int64(3))}, Estimate{}, 3, "current rpm: 3, rpm limit: 3", 429},
		"tpm":             {core.Limits{TPM: ptr(int64(25))}, Estimate{Tokens: 10}, 3, "current tpm: 30, tpm limit: 25", 429},
		"budget":          {core.Limits{MaxBudget: ptr(core.USD(25))}, Estimate{Cost: 10}, 3, "Budget has been exceeded! Current cost: 3e-08, Max budget: 2.5e-08", 400},
		"exact budget":    {core.Limits{MaxBudget: ptr(core.USD(30))}, Estimate{Cost: 10}, 3, "Budget has been exceeded!", 400},
		"no budget":       {core.Limits{MaxBudget: ptr(core.USD(0))}, Estimate{}, 0, "Max budget: 0.0", 400},
		"parallel of one": {core.Limits{Parallel: ptr(int64(1))}, Estimate{}, 10, "", 0},
		"parallel of 0":   {core.Limits{Parallel: ptr(int64(0))}, Estimate{}, 0, "Max parallel request limit reached Crossed TPM / RPM / Max Parallel Request Limit. Hit limit for key.", 429},
		"rpm of 0":        {core.Limits{RPM: ptr(int64(0))}, Estimate{}, 0, "rpm_limit: 0", 429},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, true, func(t *testing.T, l *Limiter, _ *clock) {
				got, err := admitted(t, l, 10, c.use, bind(t, l, key(c.limits)))
				if got != c.want {
					t.Errorf("%d calls were let through, want %d", got, c.want)
				}
				if (err == nil) != (c.text == "") || err != nil && (!strings.Contains(err.Message, c.text) || err.Code() != c.status) {
					t.Errorf("refused with %v, want %d %q", err, c.status, c.text)
				}
			})
		})
	}
}

func TestRefusedUsesNothing(t *testing.T) {
	engines(t, true, func(t *testing.T, l *Limiter, _ *clock) {
		b := bind(t, l, key(core.Limits{RPM: ptr(int64(5)), Parallel: ptr(int64(5)), MaxBudget: ptr(core.Dollar)}), team(core.Limits{RPM: ptr(int64(2))}))
		admitted(t, l, 2, Estimate{1, 1}, b)
		if ok, err := admitted(t, l, 20, Estimate{1, 1}, b); ok != 0 || !strings.Contains(err.Message, "type = team") {
			t.Fatalf("%d calls, %v", ok, err)
		}
		if got, want := usedBy(t, l, &b.list[0]), (used{requests: 2, tokens: 2, spent: 2}); got != want {
			t.Errorf("the key has used %+v, want %+v", got, want)
		}
	})
}

func TestMinutesAndPeriods(t *testing.T) {
	engines(t, false, func(t *testing.T, l *Limiter, clock *clock) {
		b := bind(t, l, key(core.Limits{RPM: ptr(int64(2)), MaxBudget: ptr(core.USD(3)), BudgetDuration: ptr("1h"), BudgetStart: ptr(clock.now())}))
		for i, c := range []struct {
			pass time.Duration
			want int
		}{{0, 2}, {59 * time.Second, 0}, {time.Second, 1}, {time.Minute, 0}, {58 * time.Minute, 2}} {
			clock.pass(c.pass)
			if got, _ := admitted(t, l, 5, Estimate{Cost: 1}, b); got != c.want {
				t.Errorf("step %d: %d calls were let through, want %d", i, got, c.want)
			}
		}
	})
}

// A call that ends in the next period was paid from the one that it began in.
func TestSettleInTheNextPeriod(t *testing.T) {
	engines(t, false, func(t *testing.T, l *Limiter, clock *clock) {
		b := bind(t, l, key(core.Limits{TPM: ptr(int64(100)), MaxBudget: ptr(core.USD(10)), BudgetDuration: ptr("1h"), BudgetStart: ptr(clock.now())}))
		var early, late Lease
		l.Reserve(&early, "m", Estimate{5, 5}, b)
		clock.pass(time.Hour)
		l.Reserve(&late, "m", Estimate{7, 7}, b)
		early.Settle(Estimate{50, 50})
		late.Settle(Estimate{1, 2})
		if got, want := usedBy(t, l, &b.list[0]), (used{requests: 1, tokens: 1, spent: 2}); got != want {
			t.Errorf("used %+v, want %+v", got, want)
		}
	})
}

// Many at once never go further than one call's estimate beyond the budget.
func TestBudgetOfManyAtOnce(t *testing.T) {
	engines(t, true, func(t *testing.T, l *Limiter, _ *clock) {
		b := bind(t, l, key(core.Limits{MaxBudget: ptr(core.USD(50))}), team(core.Limits{MaxBudget: ptr(core.USD(1000))}))
		var ok atomic.Int32
		var wait sync.WaitGroup
		for range 200 {
			wait.Go(func() {
				var lease Lease
				if l.Reserve(&lease, "m", Estimate{Cost: 1}, b) == nil {
					ok.Add(1)
					lease.Settle(Estimate{Cost: 1})
				}
			})
		}
		wait.Wait()
		if ok.Load() != 50 {
			t.Errorf("%d calls were let through, want 50", ok.Load())
		}
		if n, _ := l.Spent(core.PayerTeam, "t"); n != 50 {
			t.Errorf("the team has spent %d", n)
		}
	})
}

func TestModelsOfTheirOwn(t *testing.T) {
	engines(t, true, func(t *testing.T, l *Limiter, _ *clock) {
		b := bind(t, l, core.Payer{Kind: core.PayerKeyModel, ID: "k/m", Model: "m", Limits: core.Limits{RPM: ptr(int64(1))}},
			core.Payer{Kind: core.PayerKeyModel, ID: "k/other", Model: "other", Limits: core.Limits{RPM: ptr(int64(0))}})
		if got, err := admitted(t, l, 3, Estimate{}, b); got != 1 || !strings.Contains(err.Message, "model_per_key") {
			t.Errorf("%d calls, %v", got, err)
		}
	})
}

func TestWhatTheStoreKnows(t *testing.T) {
	engines(t, false, func(t *testing.T, l *Limiter, clock *clock) {
		known := core.Spent{Window: clock.now(), Amount: 9}
		limits := core.Limits{MaxBudget: ptr(core.USD(10)), BudgetDuration: ptr("1d"), BudgetStart: ptr(clock.now())}
		asked := 0
		bindTo := func() *Bounds {
			b, err := l.Bind([]core.Payer{key(limits)}, func(kind, id string) (core.Spent, error) { asked++; return known, nil })
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if got, _ := admitted(t, l, 5, Estimate{Cost: 1}, bindTo()); got != 1 {
			t.Errorf("%d calls with 9 of 10 spent", got)
		}
		if bindTo(); l.shared == nil && asked != 1 {
			t.Errorf("the store was asked %d times", asked)
		}
		l.Forget(core.PayerKey, "k")
		known.Amount = 8
		old := bindTo()
		if got, _ := admitted(t, l, 5, Estimate{Cost: 1}, old); got != 2 {
			t.Errorf("%d calls with 8 of 10 spent", got)
		}
		clock.pass(24 * time.Hour)
		l.Sweep()
		if got, _ := admitted(t, l, 20, Estimate{Cost: 1}, old); got != 10 {
			t.Errorf("%d calls in the next period", got)
		}
		if _, err := l.Bind([]core.Payer{{Kind: "user", Limits: limits}}, func(string, string) (core.Spent, error) { return core.Spent{}, errors.New("away") }); err == nil {
			t.Error("bound without knowing what was spent")
		}
	})
}

// A budget that a key is given later counts what was spent before, here and elsewhere, once.
func TestBudgetSetLater(t *testing.T) {
	l := New()
	known := core.Spent{Amount: 3}
	bindTo := func(limits core.Limits) *Bounds {
		b, err := l.Bind([]core.Payer{key(limits)}, func(kind, id string) (core.Spent, error) { return known, nil })
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	admitted(t, l, 1, Estimate{Cost: 2}, bindTo(core.Limits{RPM: ptr(int64(100))}))
	known.Amount = 5
	if got, err := admitted(t, l, 9, Estimate{Cost: 1}, bindTo(core.Limits{MaxBudget: ptr(core.USD(8))})); got != 3 {
		t.Errorf("%d calls with 5 of 8 spent, %v", got, err)
	}
}

func TestForgottenWhileUnderWay(t *testing.T) {
	engines(t, true, func(t *testing.T, l *Limiter, _ *clock) {
		b := bind(t, l, key(core.Limits{Parallel: ptr(int64(1))}))
		var lease Lease
		l.Reserve(&lease, "m", Estimate{}, b)
		l.Forget(core.PayerKey, "k")
		if got, _ := admitted(t, l, 3, Estimate{}, b); got != 3 {
			t.Errorf("%d calls", got)
		}
		lease.Settle(Estimate{})
		if n := usedBy(t, l, &b.list[0]).parallel; n != 0 {
			t.Errorf("%d slots taken", n)
		}
	})
}
