package pipeline

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/limit"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Accounting holds requests to what those who pay for them may use, and keeps account of it.
type Accounting struct {
	// Accounts knows customers; those who have keys are known since they were let in.
	Accounts *auth.Accounts
	Limiter  *limit.Limiter
	// Proxy pays for every call, beside those who make it.
	Proxy       core.Payer
	ProxyBounds *limit.Bounds
	// Anonymous counts nothing for customers; those who are blocked stay out all the same.
	Anonymous bool
	// Unlogged keeps calls out of the spend log, Prompts keeps what they ask and answer in it.
	Unlogged, Prompts bool
	// Spend takes the row of a call that is over. When it returns nil, the row survives a crash.
	Spend func(*core.Spend) error
}

var (
	keyMaxTokens           = tape.MustIntern("max_tokens")
	keyMaxCompletionTokens = tape.MustIntern("max_completion_tokens")
)

// reserve takes what the request will probably use, if all who pay for it may still use that.
func (f *Flight) reserve() *core.Error {
	a := f.State.Accounting
	if a == nil {
		return nil
	}
	f.EndUser = customerID(f.EndUser)
	if f.EndUser != "" {
		c, e := a.Accounts.Customer(f.EndUser)
		if e == nil && c != nil {
			e = c.Usable()
		}
		if e != nil {
			return e
		}
		f.customer = c
	}
	var bounds [3]*limit.Bounds
	if acc := f.Principal.Account; acc != nil {
		bounds[0], _ = acc.Bounds.(*limit.Bounds)
	}
	if f.customer != nil && !a.Anonymous {
		bounds[1], _ = f.customer.Bounds.(*limit.Bounds)
	}
	bounds[2] = a.ProxyBounds
	for _, b := range bounds {
		if !b.Empty() {
			return a.Limiter.Reserve(&f.lease, f.Model, f.expect(), bounds[:]...)
		}
	}
	return nil
}

// customerID is what a client calls an end user, without what no database keeps in an index.
func customerID(name string) string {
	const longest = 512
	if len(name) > longest {
		name = name[:longest]
	}
	if strings.IndexByte(name, 0) < 0 && utf8.ValidString(name) {
		return name
	}
	return strings.ReplaceAll(strings.ToValidUTF8(name, ""), "\x00", "")
}

// expect guesses what the request will use: a token for four bytes, an answer of usual length, the price of the first
// deployment.
func (f *Flight) expect() limit.Estimate {
	const bytesPerToken, usual, most = 4, 256, 1024
	prompt, answer := len(f.Doc.Src)/bytesPerToken, int64(usual)
	for _, k := range [...]tape.Atom{keyMaxCompletionTokens, keyMaxTokens} {
		if n, ok := f.Doc.Int(f.given(k)); ok && n >= 0 {
			answer = min(n, most)
			break
		}
	}
	if f.Endpoint != core.Chat && f.Endpoint != core.Completions {
		answer = 0
	}
	e := limit.Estimate{Tokens: int64(prompt) + answer}
	if r := f.State.First(f.Model); r != nil {
		e.Cost = core.Dollars(float64(prompt)*r.InputPrice + float64(answer)*r.OutputPrice)
	}
	return e
}

// First returns the first of the deployments that a model's name leads to; nil when it leads nowhere.
func (s *State) First(model string) *Route {
	m, ok := s.Table.Resolve(model, s.qualified)
	if !ok || len(m.Group.Deployments) == 0 {
		return nil
	}
	return s.Routes[m.Group.Deployments[0]]
}

// Settle ends what reserve began: a call that was made is charged with what it used, one that was not with nothing. It
// returns who pays.
func (f *Flight) Settle(made bool, cost core.USD) []core.Charge {
	a := f.State.Accounting
	if a == nil {
		return nil
	}
	f.settled = true
	if made {
		f.lease.Settle(limit.Estimate{Tokens: int64(f.Usage.Prompt + f.Usage.Completion), Cost: cost})
	} else {
		f.lease.Cancel()
	}
	return f.charges(a)
}

// charges lists who pays for the call.
func (f *Flight) charges(a *Accounting) []core.Charge {
	charges := make([]core.Charge, 0, 6)
	charge := func(p *core.Payer) {
		if p.Model == "" || p.Model == f.Model {
			c := core.Charge{Kind: p.Kind, ID: p.ID, Window: p.Window(f.Start)}
			if soft := p.Limits.SoftBudget; soft != nil {
				c.Soft = *soft
			}
			charges = append(charges, c)
		}
	}
	if acc := f.Principal.Account; acc != nil {
		for i := range acc.Payers {
			charge(&acc.Payers[i])
		}
	} else if f.Principal.KeyHash != "" {
		charge(&core.Payer{Kind: core.PayerKey, ID: f.Principal.KeyHash})
		if f.Principal.UserID != "" {
			charge(&core.Payer{Kind: core.PayerUser, ID: f.Principal.UserID})
		}
	}
	switch {
	case a.Anonymous:
	case f.customer != nil:
		charge(&f.customer.Payer)
	case f.EndUser != "":
		charge(&core.Payer{Kind: core.PayerCustomer, ID: f.EndUser})
	}
	charge(&a.Proxy)
	return charges
}

// Settled reports whether Settle was called.
func (f *Flight) Settled() bool { return f.settled }

// Served reports whether an upstream was asked, whatever came of it.
func (f *Flight) Served() bool { return f.Attempt.Deployment != nil }

// NoteFirst keeps when the first part of a stream was there.
func (f *Flight) NoteFirst() {
	if f.FirstToken.IsZero() {
		f.FirstToken = time.Now()
	}
}
