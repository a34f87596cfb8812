package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// settle writes n calls, one an hour from day on, of keys k0, k1 and k2 in turn; the n-th costs n.
func settle(t *testing.T, s *store.Store, n int) {
	t.Helper()
	var calls []core.Spend
	for i := range n {
		c := spent(i, core.USD(i), time.Time{})
		c.Start = day.Add(time.Duration(i) * time.Hour)
		c.KeyHash, c.EndUser = fmt.Sprintf("k%d", i%3), []string{"", "c"}[i%2]
		if i%10 == 9 {
			c.Status = "failure"
		}
		c.Unlogged = i%25 == 24
		calls = append(calls, c)
	}
	if err := s.Spend.Settle(t.Context(), fmt.Sprint("batch", n), calls); err != nil {
		t.Fatal(err)
	}
}

func TestSums(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		settle(t, s, 30) // 12 of the first day, 18 of the second
		for name, c := range map[string]struct {
			q    store.SumQuery
			want string
		}{
			"all by day":   {store.SumQuery{Kind: store.SumAll, From: "2026-02-01", Until: "2026-02-02", By: []string{"day"}}, "[{[2026-02-01] 66 120 60 12 1} {[2026-02-02] 369 180 90 18 2}]"},
			"one day":      {store.SumQuery{Kind: store.SumAll, From: "2026-02-02", Until: "2026-02-02"}, "[{[] 369 180 90 18 2}]"},
			"dearest keys": {store.SumQuery{Kind: store.SumKey, From: "2026-02-01", Until: "2026-02-02", By: []string{"id"}, Dearest: true, Limit: 1}, "[{[k2] 155 100 50 10 1}]"},
			"some keys":    {store.SumQuery{Kind: store.SumKey, IDs: []string{"k0", "x"}, From: "2026-02-01", Until: "2026-02-02", By: []string{"id", "model"}}, "[{[k0 gpt-4o] 135 100 50 10 1}]"},
			"no keys":      {store.SumQuery{Kind: store.SumKey, IDs: []string{}, From: "2026-02-01", Until: "2026-02-02", By: []string{"id"}}, "[]"},
			"customers":    {store.SumQuery{Kind: store.SumCustomer, From: "2026-02-01", Until: "2026-02-02", By: []string{"id"}}, "[{[c] 225 150 75 15 3}]"},
		} {
			if sums, err := s.Spend.Sums(t.Context(), c.q); err != nil || fmt.Sprint(sums) != c.want {
				t.Errorf("%s: %v, %v; want %s", name, sums, err, c.want)
			}
		}
		if _, err := s.Spend.Sums(t.Context(), store.SumQuery{By: []string{"cost"}}); err == nil {
			t.Error("grouped by anything")
		}
		for most, want := range map[int]bool{5: false, 6: true} {
			store.SetFew(t, most)
			if few, err := s.Spend.Few(t.Context(), store.SumKey, "2026-02-01", "2026-02-02"); few != want || err != nil {
				t.Errorf("few of %d: %v, %v", most, few, err)
			}
		}
	})
}

func TestDearest(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		settle(t, s, 30)
		all, exact, err := s.Spend.Dearest(t.Context(), store.SumKey, "2026-02-02", "2026-02-02", 2)
		if err != nil || !exact || fmt.Sprint(all) != "[{[k2] 129 60 30 6 1} {[k1] 123 60 30 6 1}]" {
			t.Errorf("%v, exact %v, %v", all, exact, err)
		}
		var calls []core.Spend
		for i := range 1100 { // all alike but the last, who is not among those looked at
			c := spent(i, 1000, time.Time{})
			c.KeyHash = fmt.Sprintf("n%04d", i)
			calls = append(calls, c)
		}
		if err := s.Spend.Settle(t.Context(), "many", calls); err != nil {
			t.Fatal(err)
		}
		store.SetFew(t, 1)
		if all, exact, err = s.Spend.Dearest(t.Context(), store.SumKey, "2026-02-01", "2026-02-01", 3); err != nil || len(all) != 3 || !exact {
			t.Errorf("on a day when all cost most: %v, exact %v, %v", all, exact, err)
		}
		if _, exact, err = s.Spend.Dearest(t.Context(), store.SumKey, "2026-02-02", "2026-02-02", 3); err != nil || exact {
			t.Errorf("on another day: exact %v, %v", exact, err)
		}
	})
}

// Every page is the same as when all rows were read, wherever it begins and whatever is filtered.
func TestPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		settle(t, s, 100)
		if _, err := s.Spend.Prune(t.Context(), day.Add(20*time.Hour+time.Minute)); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]store.SpendFilter{
			"all": {}, "key": {KeyHash: "k1"}, "key and customer": {KeyHash: "k1", EndUser: "c"}, "status": {Status: "failure"}, "nobody": {KeyHash: "x"},
			"days": {From: day.Add(30 * time.Hour), Until: day.Add(80*time.Hour + time.Minute), EndUser: "c"}, "future": {From: day.AddDate(1, 0, 0)},
		} {
			all, _, err := s.Spend.Log(t.Context(), f, 1000, 0)
			if err != nil {
				t.Fatal(err)
			}
			if n, exact, err := s.Spend.Count(t.Context(), f, 1000); n != len(all) || !exact || err != nil {
				t.Errorf("%s: counted %d, exact %v, %v; want %d", name, n, exact, err, len(all))
			}
			for offset := 0; offset <= len(all); offset += 7 {
				docs, _, err := s.Spend.Rows(t.Context(), f, store.SpendPage{Limit: 7, Offset: offset})
				if err != nil || len(docs) != min(7, len(all)-offset) {
					t.Fatalf("%s from %d: %d rows, %v", name, offset, len(docs), err)
				}
				for i, doc := range docs {
					var row core.Spend
					if json.Unmarshal(doc, &row); row.RequestID != all[offset+i].RequestID {
						t.Errorf("%s from %d: row %d is %s, want %s", name, offset, i, row.RequestID, all[offset+i].RequestID)
					}
				}
			}
			if docs, _, err := s.Spend.Rows(t.Context(), f, store.SpendPage{Limit: 7, Offset: 500}); len(docs) != 0 || err != nil {
				t.Errorf("%s behind the end: %d rows, %v", name, len(docs), err)
			}
		}
	})
}

// What was deleted from the log is no difference.
func TestReconcileAfterPruning(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		settle(t, s, 20)
		more, err := s.Spend.Prune(t.Context(), day.Add(10*time.Hour))
		if err != nil || more {
			t.Fatal(more, err)
		}
		if logged, counted, err := s.Spend.Reconcile(t.Context()); logged != 190 || counted != 190 || err != nil {
			t.Errorf("logged %d, counted %d, %v", logged, counted, err)
		}
	})
}

func TestResetAndSpenders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for i := range 5 {
				if err := s.Spend.SetSpent(tx, "key", fmt.Sprintf("k%d", i), core.Spent{Amount: core.USD(i), Total: core.USD(2 * i)}); err != nil {
					return err
				}
			}
			return s.Spend.SetSpent(tx, "user", "u", core.Spent{Amount: 9})
		})
		all, err := s.Spend.Spenders(t.Context(), "key", 2, 1)
		if err != nil || len(all) != 2 || all[0].ID != "k3" || all[0].Amount != 3 || all[0].Total != 6 {
			t.Errorf("spenders %+v, %v", all, err)
		}
		last, _ := s.Changes.Last(t.Context())
		ids, err := s.Spend.Reset(t.Context(), "key", "k1", nil)
		if err != nil || fmt.Sprint(ids) != "[k2 k3 k4]" {
			t.Errorf("reset %v, %v", ids, err)
		}
		check(t, s, "key", "k4", core.Spent{Total: 8})
		check(t, s, "key", "k1", core.Spent{Amount: 1, Total: 2})
		check(t, s, "user", "u", core.Spent{Amount: 9})
		if told, err := s.Changes.Since(t.Context(), last); len(told) != 3 || told[0].Kind != "counters" || err != nil {
			t.Errorf("told %v, %v", told, err)
		}
	})
}

// A large batch is written in parts; sent again, those that are there are left alone.
func TestSettleInParts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		var calls []core.Spend
		for i := range 2100 {
			calls = append(calls, spent(i, 1, day))
		}
		for _, n := range []int{1000, 2100, 2100} { // after the first part the gateway crashed
			if err := s.Spend.Settle(t.Context(), "large", calls[:n]); err != nil {
				t.Fatal(err)
			}
		}
		check(t, s, "key", "k", core.Spent{Window: day, Amount: 2100, Total: 2100})
	})
}

// What clients send must not keep anybody's spend from being settled.
func TestSettleOddTexts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		odd := "\x00\xff" + strings.Repeat("é", 5000)
		c := spent(1, 5, time.Time{})
		c.EndUser, c.Model, c.ModelGroup, c.Tags, c.RequestID = odd, odd, odd, []string{odd}, odd
		if err := s.Spend.Settle(t.Context(), "odd", []core.Spend{c}); err != nil {
			t.Fatal(err)
		}
		if rows, _, err := s.Spend.Log(t.Context(), store.SpendFilter{EndUser: odd}, 1, 0); len(rows) != 1 || err != nil {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}
