package auth

import (
	"context"

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
	if row == nil || r.err != nil {
		return r.known, r.err
	}
	c := &Customer{Customer: row, Payer: core.Payer{Kind: core.PayerCustomer, ID: id, Limits: a.budget(r, core.Limits{}, row.BudgetID)}}
	if r.err != nil {
		return nil, r.err
	}
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
