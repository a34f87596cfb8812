package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
	"github.com/sluice-gateway/sluice/core/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, store.Options{Dir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, store.Options{URL: pgtest.Database(t)})) })
}

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func write(t *testing.T, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

var day = time.Date(2026, 2, 1, 12, 0, 0, 123456000, time.UTC)

func key(n int) *core.Key {
	return &core.Key{Hash: fmt.Sprintf("hash%04d", n), Name: "sk-...abcd", Alias: ptr(fmt.Sprintf("alias %d", n)), TeamID: ptr(fmt.Sprintf("t%d", n%3)),
		Limits: core.Limits{MaxBudget: ptr(core.Dollars(0.1)), RPM: ptr(int64(5))}, Models: []string{"gpt-4o"},
		Metadata: map[string]any{"tags": []any{"a"}}, Change: core.Change{CreatedAt: day.Add(time.Duration(n) * time.Second)}}
}

func TestRowsAreKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error { return s.Keys.Insert(tx, key(1)) })
		got, err := s.Keys.Get(t.Context(), "hash0001")
		if err != nil {
			t.Fatal(err)
		}
		if *got.Alias != "alias 1" || *got.MaxBudget != core.Dollars(0.1) || *got.RPM != 5 || !got.CreatedAt.Equal(day.Add(time.Second)) ||
			fmt.Sprint(got.Metadata) != "map[tags:[a]]" {
			t.Errorf("got %+v", got)
		}
		if _, err := s.Keys.Get(t.Context(), "hash0002"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a key that is not there: %v", err)
		}
	})
}

func TestIdsAndAliasesAreUnique(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error { return s.Keys.Insert(tx, key(1)) })
		same, alias := key(1), key(2)
		same.Alias, alias.Alias = nil, key(1).Alias
		for _, k := range []*core.Key{same, alias} {
			err := s.Write(t.Context(), func(tx *store.Tx) error { return s.Keys.Insert(tx, k) })
			if !errors.Is(err, store.ErrConflict) {
				t.Errorf("%s: %v", k.Hash, err)
			}
		}
		none := key(3)
		none.Alias = nil
		other := key(4)
		other.Alias = ptr("")
		write(t, s, func(tx *store.Tx) error { return errors.Join(s.Keys.Insert(tx, none), s.Keys.Insert(tx, other)) })
	})
}

func TestChangeAndDelete(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error { return s.Keys.Insert(tx, key(1)) })
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				_, err := s.Keys.Change(context.Background(), func(k *core.Key) error { *k.RPM++; return nil }, "hash0001")
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if got, err := s.Keys.Get(t.Context(), "hash0001"); err != nil || *got.RPM != 25 {
			t.Errorf("after 20 changes at once: %v, %v", got, err)
		}
		refused := errors.New("no")
		if _, err := s.Keys.Change(t.Context(), func(k *core.Key) error { *k.RPM = 0; return refused }, "hash0001"); err != refused {
			t.Errorf("a refused change: %v", err)
		}
		write(t, s, func(tx *store.Tx) error { return s.Keys.Delete(tx, "hash0001") })
		err := s.Write(t.Context(), func(tx *store.Tx) error { return s.Keys.Delete(tx, "hash0001") })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

func TestLists(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for i := range 25 {
				if err := s.Keys.Insert(tx, key(i)); err != nil {
					return err
				}
			}
			return nil
		})
		hashes := func(p store.Page, w ...store.Where) []string {
			keys, err := s.Keys.List(t.Context(), p, w...)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, k := range keys {
				all = append(all, k.Hash)
			}
			return all
		}
		for _, c := range []struct {
			page  store.Page
			where []store.Where
			want  []string
		}{
			{store.Page{Limit: 2}, nil, []string{"hash0000", "hash0001"}},
			{store.Page{Limit: 2, Offset: 23}, nil, []string{"hash0023", "hash0024"}},
			{store.Page{Limit: 2, Descending: true}, nil, []string{"hash0024", "hash0023"}},
			{store.Page{Limit: 2, After: &store.Cursor{Created: day.Add(22 * time.Second), ID: "hash0022"}}, nil, []string{"hash0023", "hash0024"}},
			{store.Page{Limit: 2}, []store.Where{{Column: "team_id", Value: "t1"}}, []string{"hash0001", "hash0004"}},
			{store.Page{}, []store.Where{{Column: "user_id", Value: "nobody' OR 1 = 1 --"}}, nil},
			{store.Page{}, []store.Where{{Column: "alias", Value: "alias 24", Prefix: true}}, []string{"hash0024"}},
		} {
			if got := hashes(c.page, c.where...); !slices.Equal(got, c.want) {
				t.Errorf("%+v %v: %v, want %v", c.page, c.where, got, c.want)
			}
		}
		if n, err := s.Keys.Count(t.Context(), store.Where{Column: "team_id", Value: "t0"}); n != 9 || err != nil {
			t.Errorf("counted %d, %v", n, err)
		}
	})
}

func TestChangesAreAnnounced(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error { return s.Keys.Insert(tx, key(1)) })
		last, err := s.Changes.Last(t.Context())
		if err != nil || last == 0 {
			t.Fatal(last, err)
		}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(s.Keys.Delete(tx, "hash0001"),
				s.Members.Insert(tx, &core.Member{TeamID: "t", UserID: "u"}))
		})
		s.Write(t.Context(), func(tx *store.Tx) error { s.Keys.Insert(tx, key(2)); return errors.New("undone") })
		got, err := s.Changes.Since(t.Context(), last)
		if err != nil || len(got) != 2 || got[0].Kind != "keys" || got[0].ID != "hash0001" || got[1].ID != "t/u" {
			t.Errorf("changes %+v, %v", got, err)
		}
		if err := s.Changes.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if now, _ := s.Changes.Last(t.Context()); now < last {
			t.Errorf("the newest number went back from %d to %d", last, now)
		}
	})
}

// Two gateways may start at once on a database that neither knows.
func TestMigrateAtOnce(t *testing.T) {
	for name, o := range map[string]store.Options{"sqlite": {Dir: t.TempDir()}, "postgres": {}} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" {
				o.URL = pgtest.Database(t)
			}
			var wait sync.WaitGroup
			for range 4 {
				wait.Go(func() {
					s, err := store.Open(context.Background(), o)
					if err != nil {
						t.Error(err)
						return
					}
					s.Close()
				})
			}
			wait.Wait()
		})
	}
}

func TestUnavailable(t *testing.T) {
	if _, err := store.Open(t.Context(), store.Options{URL: "postgres://u:secret@127.0.0.1:1/x?connect_timeout=1"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("nobody listens: %v", err)
	}
}
