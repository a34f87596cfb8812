package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func spent(n int, cost core.USD, window time.Time) core.Spend {
	return core.Spend{RequestID: fmt.Sprintf("r%d", n), Start: day.Add(time.Duration(n) * time.Second), End: day.Add(time.Duration(n+1) * time.Second),
		KeyHash: "k", TeamID: "t", Model: "gpt-4o", ModelGroup: "g", Provider: "openai", Cost: cost, PromptTokens: 10, OutputTokens: 5,
		Tags: []string{"a", "b"}, Status: "success", Metadata: json.RawMessage(`{"x":1}`),
		Charges: []core.Charge{{Kind: "key", ID: "k", Window: window}, {Kind: "proxy", ID: ""}}}
}

func TestSettleOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		batch := []core.Spend{spent(1, 100, day), spent(2, 50, day)}
		for range 3 { // as after a crash
			if err := s.Spend.Settle(t.Context(), "b1", batch); err != nil {
				t.Fatal(err)
			}
		}
		check(t, s, "key", "k", core.Spent{Window: day, Amount: 150, Total: 150})
		logged, counted, err := s.Spend.Reconcile(t.Context())
		if logged != 150 || counted != 150 || err != nil {
			t.Errorf("logged %d, counted %d, %v", logged, counted, err)
		}
		rows, more, err := s.Spend.Log(t.Context(), store.SpendFilter{KeyHash: "k"}, 1, 0)
		if err != nil || len(rows) != 1 || rows[0].RequestID != "r2" || string(rows[0].Metadata) != `{"x":1}` || more == 0 {
			t.Fatalf("rows %+v, more %d, %v", rows, more, err)
		}
		rows, more, err = s.Spend.Log(t.Context(), store.SpendFilter{KeyHash: "k"}, 1, more)
		if err != nil || len(rows) != 1 || rows[0].RequestID != "r1" || more != 0 {
			t.Errorf("next rows %+v, more %d, %v", rows, more, err)
		}
	})
}

func check(t *testing.T, s *store.Store, kind, id string, want core.Spent) {
	t.Helper()
	got, err := s.Spend.Spent(t.Context(), kind, id)
	if err != nil || !got.Window.Equal(want.Window) || got.Amount != want.Amount || got.Total != want.Total {
		t.Errorf("%s %s has spent %+v, %v; want %+v", kind, id, got, err, want)
	}
}

// A budget's duration begins anew without anybody resetting anything, and what comes late counts where it belongs.
func TestWindows(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		next := day.Add(24 * time.Hour)
		for i, calls := range [][]core.Spend{
			{spent(1, 100, day)},
			{spent(2, 10, next), spent(3, 7, day), spent(4, 1, next)},
			{spent(5, 3, day)},
		} {
			if err := s.Spend.Settle(t.Context(), fmt.Sprint(i), calls); err != nil {
				t.Fatal(err)
			}
		}
		check(t, s, "key", "k", core.Spent{Window: next, Amount: 11, Total: 121})
	})
}

func TestSettleAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		var wait sync.WaitGroup
		for g := range 4 {
			wait.Go(func() {
				for i := range 10 {
					if err := s.Spend.Settle(context.Background(), fmt.Sprintf("%d-%d", g, i), []core.Spend{spent(i, 1, day), spent(g, 2, day)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		check(t, s, "key", "k", core.Spent{Window: day, Amount: 120, Total: 120})
	})
}

func TestReports(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		other := spent(3, 5, day)
		other.TeamID, other.Start, other.Status, other.Tags = "u", day.Add(48*time.Hour), "failure", []string{"a"}
		if err := s.Spend.Settle(t.Context(), "b", []core.Spend{spent(1, 100, day), spent(2, 50, day), other}); err != nil {
			t.Fatal(err)
		}
		sums, err := s.Spend.Report(t.Context(), "2026-02-01", "2026-02-28", []string{"day", "team"}, store.SpendFilter{})
		if err != nil || fmt.Sprint(sums) != "[{[2026-02-01 t] 150 20 10 2 0} {[2026-02-03 u] 5 10 5 1 1}]" {
			t.Errorf("by day and team: %v, %v", sums, err)
		}
		sums, err = s.Spend.Report(t.Context(), "2026-02-01", "2026-02-01", nil, store.SpendFilter{TeamID: "t"})
		if err != nil || fmt.Sprint(sums) != "[{[] 150 20 10 2 0}]" {
			t.Errorf("in all: %v, %v", sums, err)
		}
		if _, err := s.Spend.Report(t.Context(), "", "", []string{"doc"}, store.SpendFilter{}); err == nil {
			t.Error("grouped by anything")
		}
		tags, err := s.Spend.Tags(t.Context(), "2026-01-01", "2026-12-31", 10)
		if err != nil || fmt.Sprint(tags) != "[{[a] 155 30 15 3 1} {[b] 150 20 10 2 0}]" {
			t.Errorf("tags: %v, %v", tags, err)
		}
		more, err := s.Spend.Prune(t.Context(), day.Add(time.Hour))
		if rows, _, _ := s.Spend.Log(t.Context(), store.SpendFilter{}, 0, 0); err != nil || more || len(rows) != 1 {
			t.Errorf("pruned to %d rows, more %v, %v", len(rows), more, err)
		}
	})
}

func TestAuditLog(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for i, action := range []string{"created", "updated", "deleted"} {
				e := &core.Audit{ID: fmt.Sprint(i), At: day.Add(time.Duration(i) * time.Hour), Action: action, Table: "keys", ObjectID: "k",
					After: json.RawMessage(`{}`)}
				if err := s.Audit.Add(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		all, n, err := s.Audit.List(t.Context(), store.AuditFilter{ObjectID: "k"}, 2, 0)
		if err != nil || n != 3 || len(all) != 2 || all[0].Action != "deleted" {
			t.Errorf("%d of %d, %v", len(all), n, err)
		}
		if deleted, err := s.Audit.Prune(t.Context(), day.Add(90*time.Minute)); deleted != 2 || err != nil {
			t.Errorf("pruned %d, %v", deleted, err)
		}
		if e, err := s.Audit.Get(t.Context(), "2"); err != nil || e.Action != "deleted" {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestUnloggedCallsCount(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		calls := []core.Spend{spent(1, 100, day), spent(2, 50, day), spent(3, 7, day)}
		calls[0].Unlogged, calls[2].Unlogged = true, true
		for range 2 {
			if err := s.Spend.Settle(t.Context(), "b", calls); err != nil {
				t.Fatal(err)
			}
		}
		rows, _, err := s.Spend.Log(t.Context(), store.SpendFilter{}, 10, 0)
		if err != nil || len(rows) != 1 || rows[0].RequestID != "r2" {
			t.Errorf("rows %+v, %v", rows, err)
		}
		check(t, s, "key", "k", core.Spent{Window: day, Amount: 157, Total: 157})
		if logged, counted, err := s.Spend.Reconcile(t.Context()); logged != 157 || counted != 157 || err != nil {
			t.Errorf("logged %d, counted %d, %v", logged, counted, err)
		}
	})
}
