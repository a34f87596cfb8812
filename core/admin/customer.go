package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// regions are those that a customer may be bound to.
var regions = []string{"eu", "us"}

// customerFields are the members of a customer that requests may set. The budget is not among them: see budgetCustomer.
var customerFields = []field[core.Customer]{
	nameField("alias", func(u *core.Customer) **string { return &u.Alias }),
	switchField("blocked", func(u *core.Customer) *bool { return &u.Blocked }),
	textField("allowed_model_region", func(u *core.Customer) **string { return &u.AllowedRegion }),
	textField("default_model", func(u *core.Customer) **string { return &u.DefaultModel }),
}

// fillCustomer sets what a request says about a customer.
func (c *call) fillCustomer(u *core.Customer, g given) *core.Error {
	if g.has("budget_id") && g.limits() {
		return invalid("value_error", []string{"budget_id"}, "Set either budget_id or limits such as max_budget, not both", g["budget_id"])
	}
	if e := apply(g, customerFields, u); e != nil {
		return e
	}
	if u.AllowedRegion != nil {
		if e := knownRole(*u.AllowedRegion, regions, "allowed_model_region"); e != nil {
			return e
		}
	}
	if u.DefaultModel != nil && c.Serves != nil && !c.Serves(*u.DefaultModel) {
		return detail(422, "Default Model not on proxy. Configure it in the model list first. Default Model="+*u.DefaultModel)
	}
	return nil
}

// budgetCustomer gives a customer the budget that a request names, or one of its own with the limits in the request.
func (w *work) budgetCustomer(u *core.Customer, g given) (err error) {
	u.BudgetID, err = w.linkBudget("customer/"+u.ID, u.BudgetID, g)
	return err
}

// linkBudget is the budget that a row has after a request: the one that it names, its own with the limits in the request, or
// the present one when it says nothing. An own one that is not used any more goes.
func (w *work) linkBudget(owner string, present *string, g given) (*string, error) {
	id, e := g.text("budget_id")
	if e != nil {
		return nil, e
	}
	_, named := g["budget_id"]
	switch {
	case id != "" && present != nil && id == *present:
		return present, nil
	case id != "":
		if err := w.useBudget(owner, id); err != nil {
			return nil, err
		}
		return &id, w.dropBudgets(owner)
	case named:
		if err := w.dropBudgets(owner); err != nil {
			return nil, err
		}
		present = nil
	}
	if !g.limits() {
		return present, nil
	}
	return w.ownBudget(owner, present, g)
}

// customerRows are customers as answers show them, read at once.
func (c *call) customerRows(ctx context.Context, customers []*core.Customer) ([]map[string]any, *core.Error) {
	ids, budgetIDs := make([]string, len(customers)), make([]*string, len(customers))
	for i, u := range customers {
		ids[i], budgetIDs[i] = u.ID, u.BudgetID
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerCustomer, ids)
	if err != nil {
		return nil, c.failure(err)
	}
	budgets, e := c.budgets(ctx, budgetIDs)
	if e != nil {
		return nil, e
	}
	rows := make([]map[string]any, len(customers))
	for i, u := range customers {
		row := object(u)
		row["spend"] = present(budgetLimits(budgets, u.BudgetID), spent[u.ID], c.now())
		row["litellm_budget_table"] = c.budgetTable(budgets, u.BudgetID)
		rows[i] = row
	}
	return rows, nil
}

func (c *call) oneCustomer(ctx context.Context, u *core.Customer) (any, *core.Error) {
	rows, e := c.customerRows(ctx, []*core.Customer{u})
	if e != nil {
		return nil, e
	}
	return rows[0], nil
}

// customer returns a customer. One who has spent something and nobody has described is there too.
func (c *call) customer(ctx context.Context, id string) (*core.Customer, *core.Error) {
	u, err := c.Store.Customers.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		var spent core.Spent
		if spent, err = c.Store.Spend.Spent(ctx, core.PayerCustomer, id); err == nil && spent.Total == 0 {
			return nil, noCustomer(id)
		}
		u = &core.Customer{ID: id}
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return u, nil
}

func noCustomer(id string) *core.Error { return detail(400, "End User Id="+id+" does not exist in db") }

// putCustomer changes a customer, and makes one who is not there.
func (w *work) putCustomer(action, id string, f func(*core.Customer) error) (*core.Customer, error) {
	u, err := w.customers().update(w, action, f, id)
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	u = &core.Customer{ID: id, Change: w.change}
	if err := f(u); err != nil {
		return nil, err
	}
	if err := w.Store.Customers.Insert(w.tx, u); err != nil {
		return nil, err
	}
	return u, w.customers().note(w, action, u, nil, u)
}

// deleteCustomers removes customers with their budgets, all or none.
func (w *work) deleteCustomers(ids []string) error {
	gone, err := w.customers().delete(w, store.Where{Column: "id", Value: ids})
	if err != nil {
		return err
	}
	var owners []string
	for _, id := range ids {
		if !slices.ContainsFunc(gone, func(u *core.Customer) bool { return u.ID == id }) {
			return noCustomer(id)
		}
		owners = append(owners, "customer/"+id)
		if err := w.setSpent(core.PayerCustomer, id, &core.Limits{}, 0); err != nil {
			return err
		}
	}
	return w.dropBudgets(owners...)
}
