package admin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// work is a transaction under way, and which rows it has written.
type work struct {
	*call
	tx      *store.Tx
	written [][2]string
}

// tries is how often a transaction is begun that others get in the way of.
const tries = 5

// write runs f in a transaction, and again when another has made the same row meanwhile: f finds it then. Afterwards the
// caches forget what it wrote. f must have no effects of its own.
func (c *call) write(ctx context.Context, f func(*work) error) error {
	var w *work
	try := func(tx *store.Tx) error {
		w = &work{call: c, tx: tx}
		return f(w)
	}
	err := c.Store.Write(ctx, try)
	for n := 1; n < tries && errors.Is(err, store.ErrConflict); n++ {
		err = c.Store.Write(ctx, try)
	}
	if err != nil {
		return err
	}
	for _, row := range w.written {
		c.Changed(row[0], row[1])
	}
	return nil
}

// shelf is a table of the store, with its names in the caches and in the audit log.
type shelf[T any] struct {
	rows         *store.Table[T]
	cache, table string
	id           func(*T) []string
	change       func(*T) *core.Change
}

func (c *call) teams() shelf[core.Team] {
	return shelf[core.Team]{&c.Store.Teams.Table, "teams", tableTeams,
		func(t *core.Team) []string { return []string{t.ID} }, func(t *core.Team) *core.Change { return &t.Change }}
}

func (c *call) members() shelf[core.Member] {
	return shelf[core.Member]{&c.Store.Members.Table, "members", tableMembers,
		func(m *core.Member) []string { return []string{m.TeamID, m.UserID} }, func(m *core.Member) *core.Change { return &m.Change }}
}

func (c *call) users() shelf[core.User] {
	return shelf[core.User]{&c.Store.Users.Table, "users", tableUsers,
		func(u *core.User) []string { return []string{u.ID} }, func(u *core.User) *core.Change { return &u.Change }}
}

func (c *call) customers() shelf[core.Customer] {
	return shelf[core.Customer]{&c.Store.Customers.Table, "customers", tableCustomers,
		func(u *core.Customer) []string { return []string{u.ID} }, func(u *core.Customer) *core.Change { return &u.Change }}
}

func (c *call) organizations() shelf[core.Organization] {
	return shelf[core.Organization]{&c.Store.Organizations.Table, "organizations", tableOrganizations,
		func(o *core.Organization) []string { return []string{o.ID} }, func(o *core.Organization) *core.Change { return &o.Change }}
}

func (c *call) organizationMembers() shelf[core.OrganizationMember] {
	return shelf[core.OrganizationMember]{&c.Store.OrganizationMembers.Table, "organization_members", tableOrganizationMembers,
		func(m *core.OrganizationMember) []string { return []string{m.OrganizationID, m.UserID} },
		func(m *core.OrganizationMember) *core.Change { return &m.Change }}
}

func (c *call) allBudgets() shelf[core.Budget] {
	return shelf[core.Budget]{&c.Store.Budgets.Table, "budgets", tableBudgets,
		func(b *core.Budget) []string { return []string{b.ID} }, func(b *core.Budget) *core.Change { return &b.Change }}
}

func (c *call) keys() shelf[core.Key] {
	return shelf[core.Key]{&c.Store.Keys.Table, "keys", tableKeys,
		func(k *core.Key) []string { return []string{k.Hash} }, func(k *core.Key) *core.Change { return &k.Change }}
}

// insert adds a row, with its entry in the audit log.
func (s shelf[T]) insert(w *work, v *T) error {
	if err := s.rows.Insert(w.tx, v); err != nil {
		return err
	}
	return s.note(w, created, v, nil, v)
}

// update reads a row, lets f change it and writes it, with its entry in the audit log.
func (s shelf[T]) update(w *work, action string, f func(*T) error, id ...string) (*T, error) {
	v, err := s.rows.GetIn(w.tx, id...)
	if err != nil {
		return nil, err
	}
	before, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if err := f(v); err != nil {
		return nil, err
	}
	stamp := s.change(v)
	stamp.UpdatedAt, stamp.UpdatedBy = w.change.UpdatedAt, w.change.UpdatedBy
	if err := s.rows.Update(w.tx, v); err != nil {
		return nil, err
	}
	return v, s.note(w, action, v, json.RawMessage(before), v)
}

// delete removes the rows that meet the conditions, with their entries in the audit log.
func (s shelf[T]) delete(w *work, where ...store.Where) ([]*T, error) {
	gone, err := s.rows.DeleteAll(w.tx, where...)
	for _, v := range gone {
		if err == nil {
			err = s.note(w, deleted, v, v, nil)
		}
	}
	return gone, err
}

// note tells the audit log and the caches of a row.
func (s shelf[T]) note(w *work, action string, v *T, before, after any) error {
	id := strings.Join(s.id(v), "/")
	w.written = append(w.written, [2]string{s.cache, id})
	return w.audit(w.tx, action, s.table, id, before, after)
}

// setSpent puts what somebody has spent in its place.
func (w *work) setSpent(kind, id string, l *core.Limits, amount core.USD) error {
	p := core.Payer{Limits: *l}
	w.written = append(w.written, [2]string{"counters", kind + "/" + id})
	return w.Store.Spend.SetSpent(w.tx, kind, id, core.Spent{Window: p.Window(w.change.UpdatedAt), Amount: amount, Total: amount})
}

// asError is an error of the API as an error that may be nil.
func asError(e *core.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// failed is failure for an error that may be nil.
func (c *call) failed(err error) *core.Error {
	if err == nil {
		return nil
	}
	return c.failure(err)
}
