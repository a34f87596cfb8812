package auth

import (
	"context"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// Customer is what the store says about an end user.
type Customer struct {
	*core.Customer
	Payer core.Payer
	// Bounds is package limit's view of the payer.
	Bounds any
}

// customerName keeps customers apart from keys, whose names in the cache are their hashes.
const customerName = "customer "

// Customer returns what the store says about an end user, nil when it knows nothing. It fails with 503 like Find.
func (a *Accounts) Customer(id string) (*Customer, *core.Error) {
	k, e := a.find(customerName+id, a.assembleCustomer)
	if e != nil {
		return nil, e
	}
	return k.customer, nil
}

func (a *Accounts) assembleCustomer(ctx context.Context, name string) (*known, error) {
	id := name[len(customerName):]
	r := &reading{ctx: ctx, known: &known{name: name}}
	row := part(r, &a.store.Customers.Table, "customers", id)
	usual := a.usual.Load()
	if row == nil && usual == nil || r.err != nil {
		return r.known, r.err
	}
	if row == nil {
		row = &core.Customer{ID: id}
	}
	limits := a.budget(r, core.Limits{}, row.BudgetID)
	if r.err != nil {
		return nil, r.err
	}
	if limits.MaxBudget == nil {
		limits.MaxBudget = usual
	}
	c := &Customer{Customer: row, Payer: core.Payer{Kind: core.PayerCustomer, ID: id, Limits: limits}}
	var err error
	c.Bounds, err = a.Bind([]core.Payer{c.Payer})
	r.known.customer = c
	return r.known, err
}

// Usable refuses a customer that was blocked.
func (c *Customer) Usable() *core.Error {
	if !c.Blocked {
		return nil
	}
	return &core.Error{Class: core.BadRequest, Kind: "None", Message: "{'error': 'User blocked from making LLM API Calls. User=" + c.ID + "'}"}
}

// SetCustomerBudget says what customers may spend who have no budget of their own; nil = as much as they like.
func (a *Accounts) SetCustomerBudget(budget *core.USD) {
	before := a.usual.Swap(budget)
	if before == budget || before != nil && budget != nil && *before == *budget {
		return
	}
	for _, part := range a.parts("customers/") {
		a.forget(part)
	}
	a.forget("") // what is being loaded now
}

// parts lists what is in the cache made of rows whose names begin alike.
func (a *Accounts) parts(prefix string) (parts []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for part := range a.depends {
		if strings.HasPrefix(part, prefix) {
			parts = append(parts, part)
		}
	}
	return parts
}
