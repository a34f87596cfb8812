package auth

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// The usual budget holds for customers who are not known, and for those who have none of their own, from the moment it is set.
func TestCustomerBudget(t *testing.T) {
	s, a := books(t)
	write(t, s, func(tx *store.Tx) error {
		if err := s.Budgets.Insert(tx, &core.Budget{ID: "b", Limits: core.Limits{MaxBudget: ptr(7 * core.Dollar)}}); err != nil {
			return err
		}
		if err := s.Customers.Insert(tx, &core.Customer{ID: "own", BudgetID: ptr("b")}); err != nil {
			return err
		}
		return s.Customers.Insert(tx, &core.Customer{ID: "none"})
	})
	for _, usual := range []*core.USD{nil, ptr(core.Dollar), ptr(2 * core.Dollar), nil} {
		a.SetCustomerBudget(usual)
		for id, want := range map[string]*core.USD{"own": ptr(7 * core.Dollar), "none": usual, "unknown": usual} {
			c, e := a.Customer(id)
			if e != nil {
				t.Fatal(e)
			}
			a.cache.Wait()
			var got *core.USD
			if c != nil {
				got = c.Payer.Limits.MaxBudget
			}
			if (got == nil) != (want == nil) || got != nil && *got != *want {
				t.Errorf("with %v usual, %s may spend %v, want %v", usual, id, got, want)
			}
		}
	}
}

func TestMasterKeyWithoutHash(t *testing.T) {
	k := New(master, "")
	for _, c := range []struct {
		keys *Keys
		want string
	}{{k, hash([]byte(master))}, {k.WithoutHash(), core.MasterKeyName}} {
		if p, e := c.keys.Check(with("Authorization", "Bearer "+master)); e != nil || p.KeyHash != c.want || !p.Admin {
			t.Errorf("%+v, %v; want %s", p, e, c.want)
		}
	}
}
