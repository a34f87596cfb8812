package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/ledger"
	"github.com/sluice-gateway/sluice/core/limit"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/store"
)

// books keep who may call and who has used what. There is one set for as long as the gateway runs; which database it is in
// is decided at the start.
type books struct {
	log      *slog.Logger
	store    *store.Store
	spool    *ledger.Spool
	accounts *auth.Accounts
	limiter  *limit.Limiter
	news     *news       // nil without Redis
	goOn     atomic.Bool // known keys do while the database is away

	prune atomic.Pointer[func(context.Context) error] // deletes what is too old to be kept; nil = nothing does

	stop context.CancelFunc
	work sync.WaitGroup
}

// Defaults of what the configuration may set.
const (
	spendInterval = 10 * time.Second
	// lastSettle is how long stopping waits for the database to take what calls have cost.
	lastSettle = 5 * time.Second
	sweepEvery = time.Minute
	pruneEvery = time.Hour
	// changesKept is how long the log of changes goes back: everybody who follows it has seen them by then.
	changesKept = 24 * time.Hour
)

// openBooks opens the database and the spool, and begins to carry the one to the other.
func openBooks(ctx context.Context, o *Options, c *config.Config) (*books, error) {
	b := &books{log: o.Log, limiter: limit.New()}
	var err error
	if b.store, err = store.Open(ctx, storeOptions(o, c)); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if b.spool, err = ledger.OpenSpool(filepath.Join(o.DataDir, "spool"), o.Log); err != nil {
		return nil, errors.Join(err, b.store.Close())
	}
	if b.accounts, err = auth.NewAccounts(b.store, o.Log); err == nil {
		err = b.accounts.Begin(ctx)
	}
	if err == nil {
		err = b.share(c.Redis)
	}
	if err != nil {
		return nil, errors.Join(err, b.spool.Close(), b.store.Close())
	}
	b.accounts.Bind, b.accounts.WhenAway = b.bind, b.goOn.Load
	interval := spendInterval
	if t := c.General.SpendInterval; t != nil && *t > 0 {
		interval = *t
	}
	running, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.work.Go(func() {
		b.spool.Settle(running, &ledger.Watch{To: b.store.Spend, Spent: b.spent, Log: o.Log}, interval, lastSettle)
	})
	b.work.Go(func() { b.accounts.Follow(running, b.changed) })
	b.work.Go(func() { b.tidy(running) })
	if b.news != nil {
		b.work.Go(func() { b.news.listen(running, b.changed) })
	}
	return b, nil
}

func storeOptions(o *Options, c *config.Config) store.Options {
	s := store.Options{URL: c.General.DatabaseURL, Dir: o.DataDir}
	if n := c.General.DatabaseConnections; n != nil {
		s.Connections = *n
	}
	if t := c.General.DatabaseTimeout; t != nil {
		s.Timeout = *t
	}
	return s
}

func (b *books) bind(payers []core.Payer) (any, error) { return b.limiter.Bind(payers, b.spent) }

// spent reads what somebody has spent. What waits in the spool, of a process that was killed too, is part of it: it is
// settled before. If that fails, asking the database says whether it is away.
func (b *books) spent(kind, id string) (core.Spent, error) {
	ctx, stop := context.WithTimeout(context.Background(), lastSettle)
	defer stop()
	_ = b.spool.Flush(ctx, b.store.Spend)
	return b.store.Spend.Spent(context.Background(), kind, id)
}

// changed forgets what was made of a row that was written, here or elsewhere.
func (b *books) changed(table, id string) {
	b.accounts.Forget(table, id)
	if table != "counters" {
		return
	}
	kind, id, _ := strings.Cut(id, "/")
	b.limiter.Forget(kind, id)
}

// announce is changed for a row that was written here: other instances hear of it at once.
func (b *books) announce(table, id string) {
	b.changed(table, id)
	if b.news != nil {
		b.news.tell(table, id)
	}
}

// tidy forgets what nobody needs any more.
func (b *books) tidy(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var pruned time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			b.limiter.Sweep()
			if now.Sub(pruned) < pruneEvery {
				continue
			}
			pruned = now
			err := b.store.Changes.Prune(ctx, now.Add(-changesKept))
			if prune := b.prune.Load(); prune != nil {
				err = errors.Join(err, (*prune)(ctx))
			}
			if err != nil && ctx.Err() == nil {
				b.log.Warn("what is too old was not deleted", "error", err.Error())
			}
		}
	}
}

// accounting is what the pipeline needs of the books under a configuration.
func (b *books) accounting(c *config.Config) *pipeline.Accounting {
	b.goOn.Store(c.General.AllowWhenAway)
	b.accounts.SetCustomerBudget(customerBudget(c))
	a := &pipeline.Accounting{Accounts: b.accounts, Limiter: b.limiter, Spend: b.spool.Add, Proxy: proxyPayer(c),
		Anonymous: c.LiteLLM.NoCustomerSpend, Unlogged: c.General.NoSpendLogs, Prompts: c.General.StorePrompts}
	var err error
	if a.ProxyBounds, err = b.limiter.Bind([]core.Payer{a.Proxy}, b.spent); err != nil {
		b.log.Error("what was spent in all is not known: it counts from now on", "error", err.Error())
		a.ProxyBounds, _ = b.limiter.Bind([]core.Payer{a.Proxy}, func(string, string) (core.Spent, error) { return core.Spent{}, nil })
	}
	return a
}

// customerBudget is litellm_settings.max_end_user_budget.
func customerBudget(c *config.Config) *core.USD {
	if c.LiteLLM.MaxCustomerBudget == nil {
		return nil
	}
	budget := core.Dollars(*c.LiteLLM.MaxCustomerBudget)
	return &budget
}

// budgetEpoch is when the first period of the proxy's own budget began: the same for every gateway of a fleet.
var budgetEpoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// proxyPayer is the gateway as a whole, with litellm_settings.max_budget.
func proxyPayer(c *config.Config) core.Payer {
	p := core.Payer{Kind: core.PayerProxy}
	if m := c.LiteLLM.MaxBudget; m != nil {
		budget := core.Dollars(*m)
		p.Limits.MaxBudget = &budget
	}
	if d := c.LiteLLM.BudgetDuration; d != "" {
		p.Limits.BudgetDuration, p.Limits.BudgetStart = &d, &budgetEpoch
	}
	if n := c.General.MaxParallel; n != nil {
		most := int64(*n)
		p.Limits.Parallel = &most
	}
	return p
}

// close settles what calls have cost, as far as the database takes it, and closes everything.
func (b *books) close() error {
	b.stop()
	b.work.Wait()
	b.limiter.Close()
	return errors.Join(b.spool.Close(), b.store.Close())
}
