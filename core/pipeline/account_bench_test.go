package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/ledger"
	"github.com/sluice-gateway/sluice/core/limit"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/store"
)

type keyHeader []byte

func (h keyHeader) Peek(name string) []byte {
	if name == "Authorization" {
		return h
	}
	return nil
}

const benchKey = "sk-benchmark"

// benchBooks know one key, of a user in a team, with limits on both.
func benchBooks(b *testing.B) (*auth.Accounts, *limit.Limiter) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	sum := sha256.Sum256([]byte(benchKey))
	team, user, budget, day, start, many := "t", "u", 1000*core.Dollar, "1d", time.Now(), int64(1<<40)
	limits := core.Limits{MaxBudget: &budget, BudgetDuration: &day, BudgetStart: &start, TPM: &many, RPM: &many}
	err = s.Write(b.Context(), func(tx *store.Tx) error {
		if err := s.Teams.Insert(tx, &core.Team{ID: team, Limits: limits}); err != nil {
			return err
		}
		return s.Keys.Insert(tx, &core.Key{Hash: hex.EncodeToString(sum[:]), TeamID: &team, UserID: &user, Limits: limits})
	})
	if err != nil {
		b.Fatal(err)
	}
	accounts, err := auth.NewAccounts(s, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	limiter := limit.New()
	accounts.Bind = func(p []core.Payer) (any, error) {
		return limiter.Bind(p, func(kind, id string) (core.Spent, error) { return core.Spent{}, nil })
	}
	return accounts, limiter
}

// accountFor does for a call what there is to do beside it: who makes it, what they may use, what was used, and its row.
func accountFor(p *Pipeline, d *core.Deployment) error {
	f := p.Begin(core.Chat, nil)
	defer f.End()
	f.Model, f.Group, f.CallID = "chat", "chat", "call"
	var e *core.Error
	if f.Principal, e = f.State.Keys.Check(keyHeader("Bearer " + benchKey)); e != nil {
		return e
	}
	if e := f.reserve(); e != nil {
		return e
	}
	f.Attempt.Deployment, f.Usage = d, core.Usage{Prompt: 10, Completion: 5, Counted: true}
	end := ledger.End{At: time.Now(), ResponseID: "chatcmpl-1", ClientIP: "10.0.0.1", Cost: 5, Priced: true}
	end.Charges = f.Settle(true, end.Cost)
	return f.State.Accounting.Spend(ledger.Call(&f.Exchange, &end))
}

func BenchmarkAccount(b *testing.B) {
	accounts, limiter := benchBooks(b)
	spool, err := ledger.OpenSpool(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer spool.Close()
	d := &core.Deployment{ID: "d", Group: "chat", Model: "openai/m"}
	for name, spend := range map[string]func(*core.Spend) error{"without the write": func(*core.Spend) error { return nil }, "with it": spool.Add} {
		p := New(nil)
		p.Swap(&State{Keys: auth.New("sk-1234", "").WithAccounts(accounts), Table: route.NewTable([]*core.Deployment{d}, nil),
			Routes:     map[*core.Deployment]*Route{d: {}},
			Accounting: &Accounting{Accounts: accounts, Limiter: limiter, Proxy: core.Payer{Kind: core.PayerProxy}, Spend: spend}})
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := accountFor(p, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
