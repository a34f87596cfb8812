package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func TestManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for i := range 400 {
				if err := s.Keys.Insert(tx, key(i)); err != nil {
					return err
				}
			}
			return nil
		})
		write(t, s, func(tx *store.Tx) error {
			if k, err := s.Keys.FindIn(tx, store.Where{Column: "team_id", Value: "t1"}); err != nil || k.Hash != "hash0001" {
				t.Errorf("the first of a team: %v, %v", k, err)
			}
			if _, err := s.Keys.FindIn(tx, store.Where{Column: "team_id", Value: "no"}); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("nobody: %v", err)
			}
			return nil
		})
		teams := []string{"t0", "none", "t2"}
		for i := range 300 { // more than fit in a query
			teams = append(teams, fmt.Sprintf("none%d", i))
		}
		lists, err := s.Keys.ListEach(t.Context(), "team_id", teams, 2)
		if err != nil || len(lists) != 2 || len(lists["t0"]) != 2 || lists["t2"][1].Hash != "hash0005" {
			t.Errorf("the first of each: %v, %v", lists, err)
		}
		if n, err := s.Keys.Count(t.Context(), store.Where{Column: "team_id", Value: []string{"t0", "t1"}}); n != 267 || err != nil {
			t.Errorf("of two teams: %d, %v", n, err)
		}
		if n, err := s.Keys.Count(t.Context(), store.Where{Column: "team_id", Value: []string{}}); n != 0 || err != nil {
			t.Errorf("of no team: %d, %v", n, err)
		}
		last, _ := s.Changes.Last(t.Context())
		write(t, s, func(tx *store.Tx) error {
			gone, err := s.Keys.DeleteAll(tx, store.Where{Column: "team_id", Value: []string{"t0", "t1"}})
			if len(gone) != 267 {
				t.Errorf("deleted %d", len(gone))
			}
			return err
		})
		if told, err := s.Changes.Since(t.Context(), last); len(told) != 267 || err != nil {
			t.Errorf("told of %d changes, %v", len(told), err)
		}
	})
}

func TestSpentBy(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		spent := core.Spent{Window: day.Truncate(time.Hour), Amount: 5, Total: 7}
		write(t, s, func(tx *store.Tx) error { return s.Spend.SetSpent(tx, core.PayerTeam, "a", spent) })
		got, err := s.Spend.SpentBy(t.Context(), core.PayerTeam, []string{"a", "b"})
		if err != nil || len(got) != 1 || got["a"] != spent {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := s.Spend.SpentBy(t.Context(), core.PayerUser, []string{"a"}); len(got) != 0 || err != nil {
			t.Errorf("of another kind: %v, %v", got, err)
		}
	})
}
