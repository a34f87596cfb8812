package admin

import (
	"context"
	"errors"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// BudgetRoutes serve /budget/*.
func (a *API) BudgetRoutes() []Route {
	return []Route{
		{"POST", "/budget/new", a.handler(onlyAdministrators(false, newBudget))},
		{"POST", "/budget/update", a.handler(onlyAdministrators(false, updateBudget))},
		{"POST", "/budget/info", a.handler(onlyAdministrators(true, budgetInfo))},
		{"GET", "/budget/list", a.handler(onlyAdministrators(true, listBudgets))},
		{"GET", "/budget/settings", a.handler(onlyAdministrators(true, budgetSettings))},
		{"POST", "/budget/delete", a.handler(onlyAdministrators(false, deleteBudget))},
	}
}

func newBudget(ctx context.Context, c *call) (any, *core.Error) {
	id, e := c.body.newName("budget_id")
	if e != nil {
		return nil, e
	}
	if id == "" {
		id = newID()
	}
	b := &core.Budget{ID: id, Change: c.change}
	if e := c.fillBudget(b, c.body); e != nil {
		return nil, e
	}
	err := c.write(ctx, func(w *work) error { return w.allBudgets().insert(w, b) })
	if errors.Is(err, store.ErrConflict) {
		return nil, refuse(400, "bad_request_error", "budget_id", "Budget with id '"+id+"' already exists. Use /budget/update to change it.")
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.budgetRow(b), nil
}

func noBudget(id string) *core.Error {
	return refuse(404, "not_found_error", "budget_id", "Budget not found, passed budget_id="+id)
}

func updateBudget(ctx context.Context, c *call) (any, *core.Error) {
	id, e := c.body.required("budget_id")
	if e != nil {
		return nil, e
	}
	var b *core.Budget
	err := c.write(ctx, func(w *work) (err error) {
		b, err = w.allBudgets().update(w, updated, func(b *core.Budget) error { return asError(c.fillBudget(b, c.body)) }, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noBudget(id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.budgetRow(b), nil
}

func budgetInfo(ctx context.Context, c *call) (any, *core.Error) {
	ids, e := c.body.texts("budgets")
	if e != nil {
		return nil, e
	}
	if len(ids) == 0 || len(ids) > 1000 {
		return nil, detail(400, "Specify list of 1 to 1000 budget id's to query in 'budgets'")
	}
	found, err := c.Store.Budgets.List(ctx, store.Page{Limit: len(ids)}, store.Where{Column: "id", Value: ids})
	if err != nil {
		return nil, c.failure(err)
	}
	return c.budgetRows(found), nil
}

func (c *call) budgetRows(budgets []*core.Budget) []any {
	rows := make([]any, len(budgets))
	for i, b := range budgets {
		rows[i] = c.budgetRow(b)
	}
	return rows
}

func listBudgets(ctx context.Context, c *call) (any, *core.Error) {
	page, e := c.listPage(1000)
	if e != nil {
		return nil, e
	}
	found, err := c.Store.Budgets.List(ctx, page)
	if err != nil {
		return nil, c.failure(err)
	}
	return c.budgetRows(found), nil
}

// listPage is the part of a list that a request asks for, the first size rows when it does not say.
func (c *call) listPage(size int) (p store.Page, e *core.Error) {
	number, e := c.queryInt("page", 1, 1, 1<<30)
	if e != nil {
		return p, e
	}
	p.Limit, e = c.queryInt("page_size", size, 1, 1000)
	p.Offset = (number - 1) * p.Limit
	return p, e
}

// budgetSetting describes a member of a budget to programs that edit it.
type budgetSetting struct {
	Name        string `json:"field_name"`
	Type        string `json:"field_type"`
	Description string `json:"field_description"`
	Value       any    `json:"field_value"`
	Stored      bool   `json:"stored_in_db"`
	Default     any    `json:"field_default_value"`
}

var budgetSettingsList = []budgetSetting{
	{Name: "max_budget", Type: "Float", Description: "Requests fail when this many dollars are spent."},
	{Name: "soft_budget", Type: "Float", Description: "Alerts go out when this many dollars are spent."},
	{Name: "budget_duration", Type: "String", Description: "What was spent counts from 0 again after this time, as 30d."},
	{Name: "max_parallel_requests", Type: "Integer", Description: "Requests that may be under way at once."},
	{Name: "tpm_limit", Type: "Integer", Description: "Tokens per minute."},
	{Name: "rpm_limit", Type: "Integer", Description: "Requests per minute."},
	{Name: "model_max_budget", Type: "Object", Description: "Budgets of single models."},
}

func budgetSettings(ctx context.Context, c *call) (any, *core.Error) {
	id := c.query("budget_id")
	b, err := c.Store.Budgets.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noBudget(id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	row := object(b)
	settings := make([]budgetSetting, len(budgetSettingsList))
	for i, s := range budgetSettingsList {
		s.Value, s.Stored = row[s.Name], row[s.Name] != nil
		settings[i] = s
	}
	return settings, nil
}

// deleteBudget removes a budget that nobody uses any more: whoever did would have no limit.
func deleteBudget(ctx context.Context, c *call) (any, *core.Error) {
	id, e := c.body.required("id")
	if e != nil {
		return nil, e
	}
	var b *core.Budget
	err := c.write(ctx, func(w *work) (err error) {
		if b, err = c.Store.Budgets.GetIn(w.tx, id); err != nil {
			return err
		}
		if user, err := w.userOf(id); err != nil || user != "" {
			return errors.Join(err, inUse(id, user))
		}
		_, err = w.allBudgets().delete(w, store.Where{Column: "id", Value: id})
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noBudget(id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.budgetRow(b), nil
}

func inUse(id, user string) error {
	if user == "" {
		return nil
	}
	return refuse(400, "bad_request_error", "id", "Budget "+id+" is in use by "+user+", who would have no limit without it. Give them another one first")
}

// userOf names somebody who uses a budget, "" when nobody does.
func (w *work) userOf(id string) (string, error) {
	for _, find := range []func(*work, string) (string, error){
		budgetUser(w.keys(), "key"), budgetUser(w.customers(), "customer"), budgetUser(w.members(), "team member"),
		budgetUser(w.organizations(), "organization"), budgetUser(w.organizationMembers(), "organization member"),
		budgetUser(w.teams(), "the members of team"),
	} {
		user, err := find(w, id)
		if err != nil || user != "" {
			return user, err
		}
	}
	return "", nil
}

func budgetUser[T any](s shelf[T], what string) func(*work, string) (string, error) {
	return func(w *work, budget string) (string, error) {
		v, err := s.rows.FindIn(w.tx, store.Where{Column: "budget_id", Value: budget})
		if errors.Is(err, store.ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return what + " " + strings.Join(s.id(v), "/"), nil
	}
}
