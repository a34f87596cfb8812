package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// budgetFields are the members of a budget that requests may set.
var budgetFields = limitFields(func(b *core.Budget) *core.Limits { return &b.Limits })

// fillBudget sets what a request says about a budget.
func (c *call) fillBudget(b *core.Budget, g given) *core.Error {
	period := b.BudgetDuration
	if e := apply(g, budgetFields, b); e != nil {
		return e
	}
	startBudget(&b.Limits, period, c.change.UpdatedAt)
	return nil
}

// limits reports whether a request sets any limit.
func (g given) limits() bool {
	for _, f := range budgetFields {
		if _, ok := g[f.name]; ok {
			return true
		}
	}
	return false
}

// budgets reads those that are named, by id. Ones that are not there are missing.
func (c *call) budgets(ctx context.Context, ids []*string) (map[string]*core.Budget, *core.Error) {
	var wanted []string
	all := map[string]*core.Budget{}
	for _, id := range ids {
		if id == nil {
			continue
		}
		if _, ok := all[*id]; !ok {
			all[*id] = nil
			wanted = append(wanted, *id)
		}
	}
	if len(wanted) == 0 {
		return all, nil
	}
	found, err := c.Store.Budgets.List(ctx, store.Page{Limit: len(wanted)}, store.Where{Column: "id", Value: wanted})
	if err != nil {
		return nil, c.failure(err)
	}
	for _, b := range found {
		all[b.ID] = b
	}
	return all, nil
}

// budgetTable is a budget as answers show it, nil when there is none.
func (c *call) budgetTable(all map[string]*core.Budget, id *string) any {
	if id == nil || all[*id] == nil {
		return nil
	}
	return c.budgetRow(all[*id])
}

func (c *call) budgetRow(b *core.Budget) map[string]any {
	row := object(b)
	row["budget_reset_at"] = resetAt(&b.Limits, c.now())
	if row["model_max_budget"] == nil {
		row["model_max_budget"] = map[string]any{}
	}
	return row
}

// budgetLimits are the limits of a budget, none when it is not there.
func budgetLimits(all map[string]*core.Budget, id *string) *core.Limits {
	if id == nil || all[*id] == nil {
		return &core.Limits{}
	}
	return &all[*id].Limits
}

// ownBudget gives a row a budget that is nobody else's, with the limits of the one that it has changed as the request says.
// A budget that others share is left alone: it is copied. owner is the row, as customer/u1.
func (w *work) ownBudget(owner string, present *string, g given) (*string, error) {
	b := &core.Budget{ID: newID(), Owner: owner, Change: w.change}
	if present != nil {
		old, err := w.Store.Budgets.GetIn(w.tx, *present)
		switch {
		case err == nil && old.Owner == owner:
			_, err := w.allBudgets().update(w, updated, func(b *core.Budget) error { return asError(w.fillBudget(b, g)) }, old.ID)
			return present, err
		case err == nil:
			b.Limits = old.Limits
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	if e := w.fillBudget(b, g); e != nil {
		return nil, e
	}
	return &b.ID, w.allBudgets().insert(w, b)
}

// dropBudgets removes the budgets that only these rows had.
func (w *work) dropBudgets(owners ...string) error {
	if len(owners) == 0 {
		return nil
	}
	_, err := w.allBudgets().delete(w, store.Where{Column: "owner", Value: owners})
	return err
}

// useBudget refuses a budget that is not there: its limits would not hold. One that somebody else alone has can't be shared.
func (w *work) useBudget(owner, id string) error {
	b, err := w.Store.Budgets.GetIn(w.tx, id)
	if errors.Is(err, store.ErrNotFound) {
		return refuse(400, "bad_request_error", "budget_id", "Unable to find budget in database. Budget ID: "+id)
	}
	if err == nil && b.Owner != "" && b.Owner != owner {
		return refuse(400, "bad_request_error", "budget_id", fmt.Sprintf("Budget %s belongs to %s alone. Make one that can be shared with /budget/new", id, b.Owner))
	}
	return err
}
