package store_test

import (
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func servedFor(customer, status string) core.Spend {
	c := spent(1, 0, time.Time{})
	c.EndUser, c.Status = customer, status
	c.Charges = []core.Charge{{Kind: core.PayerCustomer, ID: customer}}
	return c
}

// Whom calls are served for is known from then on; who is known already stays as he is.
func TestCustomersAreMadeByTheirFirstCall(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error { return s.Customers.Insert(tx, &core.Customer{ID: "old", Blocked: true}) })
		before, err := s.Changes.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		calls := []core.Spend{servedFor("new", "success"), servedFor("old", "success"), servedFor("new", "success"), servedFor("failed", "failure"), servedFor("a\x00b", "success")}
		for _, id := range []string{"one", "two"} {
			if err := s.Spend.Settle(t.Context(), id, calls); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[string]bool{"new": true, "failed": false, "old": true, "ab": true} {
			c, err := s.Customers.Get(t.Context(), id)
			if (err == nil) != want || want && (c.ID != id || c.Blocked != (id == "old") || id != "old" && c.CreatedAt.IsZero()) {
				t.Errorf("customer %s is %+v, %v", id, c, err)
			}
		}
		changes, err := s.Changes.Since(t.Context(), before)
		if err != nil || len(changes) != 2 || changes[0].Kind != "customers" {
			t.Errorf("told of %v, %v; want of each new customer once", changes, err)
		}
	})
}
