package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// CustomerRoutes serve /customer/* and, for the same, /end_user/*; and /user/block and /user/unblock.
func (a *API) CustomerRoutes() []Route {
	var routes []Route
	for _, base := range []string{"/customer", "/end_user"} {
		routes = append(routes,
			Route{"POST", base + "/new", a.handler(onlyAdministrators(false, newCustomer))},
			Route{"GET", base + "/info", a.handler(onlyAdministrators(true, customerInfo))},
			Route{"POST", base + "/update", a.handler(onlyAdministrators(false, updateCustomer))},
			Route{"POST", base + "/delete", a.handler(onlyAdministrators(false, deleteCustomers))},
			Route{"GET", base + "/list", a.handler(listCustomers)})
	}
	for _, base := range []string{"/customer", "/end_user", "/user"} {
		routes = append(routes,
			Route{"POST", base + "/block", a.handler(onlyAdministrators(false, blockCustomers))},
			Route{"POST", base + "/unblock", a.handler(onlyAdministrators(false, unblockCustomers))})
	}
	return routes
}

func newCustomer(ctx context.Context, c *call) (any, *core.Error) {
	id, e := c.body.required("user_id")
	if e == nil {
		_, e = c.body.newName("user_id")
	}
	if e != nil {
		return nil, e
	}
	u := &core.Customer{ID: id, Change: c.change}
	if e := c.fillCustomer(u, c.body); e != nil {
		return nil, e
	}
	err := c.write(ctx, func(w *work) error {
		u.BudgetID = nil
		switch _, err := c.Store.Customers.GetIn(w.tx, id); {
		case err == nil:
			return refuse(400, "bad_request_error", "user_id", "Customer already exists, passed user_id="+id+". Please pass a new user_id.")
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		if err := w.budgetCustomer(u, c.body); err != nil {
			return err
		}
		return w.customers().insert(w, u)
	})
	if err != nil {
		return nil, c.failure(err)
	}
	return c.oneCustomer(ctx, u)
}

func customerInfo(ctx context.Context, c *call) (any, *core.Error) {
	u, e := c.customer(ctx, c.query("end_user_id"))
	if e != nil {
		return nil, e
	}
	return c.oneCustomer(ctx, u)
}

func updateCustomer(ctx context.Context, c *call) (any, *core.Error) {
	id, e := c.body.required("user_id")
	if e != nil {
		return nil, e
	}
	if _, e := c.customer(ctx, id); e != nil {
		return nil, e
	}
	var u *core.Customer
	err := c.write(ctx, func(w *work) (err error) {
		u, err = w.putCustomer(updated, id, func(u *core.Customer) error {
			if e := c.fillCustomer(u, c.body); e != nil {
				return e
			}
			return w.budgetCustomer(u, c.body)
		})
		return err
	})
	if err != nil {
		return nil, c.failure(err)
	}
	return c.oneCustomer(ctx, u)
}

func deleteCustomers(ctx context.Context, c *call) (any, *core.Error) {
	ids, e := c.body.ids("user_ids")
	if e != nil {
		return nil, e
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if err := c.write(ctx, func(w *work) error { return w.deleteCustomers(ids) }); err != nil {
		return nil, c.failure(err)
	}
	return map[string]any{"deleted_customers": len(ids), "message": fmt.Sprintf("Successfully deleted customers with ids: %s", strings.Join(ids, ", "))}, nil
}

// listCustomers answers with a page of customers; the header x-total-count says how many there are.
func listCustomers(ctx context.Context, c *call) (any, *core.Error) {
	if !c.reads() {
		return nil, detail(401, "Admin-only endpoint. Your user role="+c.who.Role)
	}
	page, e := c.listPage(1000)
	if e != nil {
		return nil, e
	}
	found, err := c.Store.Customers.List(ctx, page)
	if err != nil {
		return nil, c.failure(err)
	}
	total, err := c.Store.Customers.Count(ctx)
	if err != nil {
		return nil, c.failure(err)
	}
	c.setTotal(total)
	return c.customerRows(ctx, found)
}

// blockCustomers refuses all calls that are made for these customers from now on, whether they are known or not.
func blockCustomers(ctx context.Context, c *call) (any, *core.Error) {
	ids, e := c.body.ids("user_ids")
	if e != nil {
		return nil, e
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if err := checkName("user_ids", id); err != nil || id == "" {
			return nil, invalid("value_error", []string{"user_ids"}, "Input should be ids of customers", nil)
		}
	}
	var all []*core.Customer
	err := c.write(ctx, func(w *work) error {
		all = nil
		for _, id := range ids {
			u, err := w.putCustomer(blocked, id, func(u *core.Customer) error { u.Blocked = true; return nil })
			if err != nil {
				return err
			}
			all = append(all, u)
		}
		return nil
	})
	if err != nil {
		return nil, c.failure(err)
	}
	rows, e := c.customerRows(ctx, all)
	return map[string]any{"blocked_users": rows}, e
}

// unblockCustomers lets customers in again, and answers with those who are still blocked. One who is not known is not blocked.
func unblockCustomers(ctx context.Context, c *call) (any, *core.Error) {
	ids, e := c.body.ids("user_ids")
	if e != nil {
		return nil, e
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	err := c.write(ctx, func(w *work) error {
		for _, id := range ids {
			_, err := w.customers().update(w, unblocked, func(u *core.Customer) error { u.Blocked = false; return nil }, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, c.failure(err)
	}
	left, err := c.Store.Customers.List(ctx, store.Page{Limit: 1000}, store.Where{Column: "blocked", Value: 1})
	if err != nil {
		return nil, c.failure(err)
	}
	remaining := make([]string, len(left))
	for i, u := range left {
		remaining[i] = u.ID
	}
	return map[string]any{"blocked_users": remaining}, nil
}
